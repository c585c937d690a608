import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeRows } from '../../server/model/convert';
import { quantForms, type QuantForm } from '../../server/model/quantForms';

interface Fixture {
  rows: number;
  columns: number;
  types: Record<string, { blocks: string; weights: string }>;
}

const path = join(import.meta.dirname, '..', 'oracle', 'fixtures', 'quant-forms.json');
const fixture = JSON.parse(readFileSync(path, 'utf8')) as Fixture;

/** What MatMulNBits and the product of the offsets make of the parts. */
function weightAt(form: QuantForm, parts: ReturnType<typeof decodeRows>, index: number): number {
  const block = Math.floor(index / form.blockWeights);
  const byte = parts.quants[form.bits === 8 ? index : index >> 1]!;
  const quant = form.bits === 8 ? byte : (byte >> ((index & 1) * 4)) & 15;
  return parts.scales[block]! * (quant - 2 ** (form.bits - 1)) + (parts.offsets?.[block] ?? 0);
}

describe('blocks of', () => {
  it.each(Object.keys(quantForms))('%s keep every weight', (type) => {
    const { blocks, weights } = fixture.types[type]!;
    const form = quantForms[type]!;
    const parts = decodeRows(form, fixture, Buffer.from(blocks, 'base64'), fixture.rows);
    const bytes = Buffer.from(weights, 'base64');
    const count = fixture.rows * fixture.columns;
    expect(bytes.length).toBe(4 * count);
    for (let i = 0; i < count; i++) {
      // One rounding to fp32 of the scale, one of the offset.
      const expected = bytes.readFloatLE(4 * i);
      expect(Math.abs(weightAt(form, parts, i) - expected)).toBeLessThan(1e-6 * (1 + Math.abs(expected)));
    }
  });
});
