import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeRows } from '../../server/model/convert';
import { dequantize, Int8Matrix } from '../../server/model/int8Form';
import { quantForms } from '../../server/model/quantForms';

interface Fixture {
  rows: number;
  columns: number;
  types: Record<string, { blocks: string; weights: string }>;
}

const path = join(import.meta.dirname, '..', 'oracle', 'fixtures', 'quant-forms.json');
const fixture = JSON.parse(readFileSync(path, 'utf8')) as Fixture;

function floats(base64: string): Float32Array {
  const bytes = Buffer.from(base64, 'base64');
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

describe('blocks of', () => {
  it.each(Object.keys(quantForms))('%s keep every weight', (type) => {
    const { blocks, weights } = fixture.types[type]!;
    const form = quantForms[type]!;
    const found = dequantize(form, decodeRows(form, fixture, Buffer.from(blocks, 'base64'), fixture.rows));
    const expected = floats(weights);
    expect(found).toHaveLength(fixture.rows * fixture.columns);
    expect(expected).toHaveLength(found.length);
    for (const [i, weight] of expected.entries()) {
      // One rounding to fp32 of the scale, one of the offset.
      expect(Math.abs(found[i]! - weight)).toBeLessThan(1e-6 * (1 + Math.abs(weight)));
    }
  });
});

describe('a matrix in int8', () => {
  const { rows, columns } = fixture;
  const weights = floats(fixture.types['Q8_0']!.weights);
  const matrix = new Int8Matrix(rows, columns);
  for (let row = 0; row < rows; row++) {
    matrix.setRow(row, weights.subarray(row * columns, (row + 1) * columns));
  }

  it('is at most half a step away from every weight, columns first', () => {
    for (let row = 0; row < rows; row++) {
      const step = matrix.rowScales[row]!;
      expect(step).toBeGreaterThan(0);
      for (let column = 0; column < columns; column++) {
        const weight = weights[row * columns + column]!;
        const error = Math.abs(matrix.levels[column * rows + row]! * step - weight);
        expect(error).toBeLessThanOrEqual(step * (0.5 + 1e-4));
      }
    }
  });

  it("uses every row's whole range, and both signs alike", () => {
    for (let row = 0; row < rows; row++) {
      const levels = Array.from({ length: columns }, (_, column) => matrix.levels[column * rows + row]!);
      expect(Math.max(...levels.map(Math.abs))).toBe(127);
    }
  });

  it('holds a row of zeros', () => {
    const zeros = new Int8Matrix(1, 4);
    zeros.setRow(0, new Float32Array(4));
    expect([...zeros.levels]).toEqual([0, 0, 0, 0]);
    expect(zeros.rowScales[0]).toBe(1);
  });
});
