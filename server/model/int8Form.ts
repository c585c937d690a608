/**
 * A quantized matrix in int8 with a scale for each row: weight = level * scale. Unlike the GGUF's blocks of 16 or 32
 * weights this form rounds a second time, and lets a product run in integers from end to end. What the rounding costs
 * stands in docs/model-packages.md.
 */

import type { QuantForm } from './quantForms';

/** Levels are -127..127, so that both signs have as many. */
const mostLevel = 127;
const zeroPoints = { 4: 8, 8: 128 } as const;

export interface DecodedRows {
  quants: Uint8Array;
  scales: Float32Array;
  offsets: Float32Array | undefined;
}

/** The numbers of whole rows, [rows * columns], out of the blocks that they are stored in. */
export function dequantize(
  { bits, blockWeights }: QuantForm,
  { quants, scales, offsets }: DecodedRows,
): Float32Array {
  const weights = new Float32Array(scales.length * blockWeights);
  const zeroPoint = zeroPoints[bits];
  for (let i = 0; i < weights.length; i++) {
    const block = Math.floor(i / blockWeights);
    // Of 4 bits two weights share a byte, the low half first.
    const quant = bits === 8 ? quants[i]! : (quants[i >> 1]! >> ((i & 1) * 4)) & 15;
    weights[i] = scales[block]! * (quant - zeroPoint) + (offsets?.[block] ?? 0);
  }
  return weights;
}

/** Some columns of a matrix as `MatMulIntegerToFloat` reads them, filled row by row. */
export class Int8Matrix {
  /** [columns, rows] */
  readonly levels: Int8Array;
  /** [rows] */
  readonly rowScales: Float32Array;

  constructor(
    private readonly rows: number,
    private readonly columns: number,
  ) {
    this.levels = new Int8Array(rows * columns);
    this.rowScales = new Float32Array(rows);
  }

  /** @param weights [columns] */
  setRow(row: number, weights: Float32Array): void {
    let largest = 0;
    for (const weight of weights) largest = Math.max(largest, Math.abs(weight));
    // A row of zeros has no step; any other does as well.
    const step = largest > 0 ? largest / mostLevel : 1;
    this.rowScales[row] = step;
    for (let column = 0; column < this.columns; column++) {
      this.levels[column * this.rows + row] = Math.round(weights[column]! / step);
    }
  }
}
