import { assertInvariant } from '../../errors';
import type { ScanQuery } from './query';
import { roomGrowth, type RowMemory } from './rowMemory';

export class PlainRows implements RowMemory {
  readonly #width: number;
  /** [capacity, width] */
  #numbers = new Int8Array(0);

  constructor(width: number) {
    this.#width = width;
  }

  reserve(rows: number): void {
    const need = rows * this.#width;
    if (need <= this.#numbers.length) return;
    const held = this.#numbers;
    this.#numbers = new Int8Array(
      Math.max(need, Math.ceil((held.length * roomGrowth) / this.#width) * this.#width),
    );
    this.#numbers.set(held);
  }

  set(firstRow: number, numbers: Int8Array): void {
    this.#numbers.set(numbers, firstRow * this.#width);
  }

  row(row: number): Int8Array {
    return this.#numbers.subarray(row * this.#width, (row + 1) * this.#width);
  }

  /** Four sums hide the latency of an addition; the rest of the width follows singly. */
  dots(query: ScanQuery, firstRow: number, rows: number, out: Int32Array, at: number): void {
    const numbers = this.#numbers;
    const width = this.#width;
    const other = query.numbers;
    assertInvariant(
      (firstRow + rows) * width <= numbers.length && other.length === width,
      'rows are scanned',
    );
    const wholeFours = width - (width % 4);
    for (let row = 0, start = firstRow * width; row < rows; row++, start += width) {
      let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
      for (let r = 0; r < wholeFours; r += 4) {
        sum0 += numbers[start + r]! * other[r]!;
        sum1 += numbers[start + r + 1]! * other[r + 1]!;
        sum2 += numbers[start + r + 2]! * other[r + 2]!;
        sum3 += numbers[start + r + 3]! * other[r + 3]!;
      }
      for (let r = wholeFours; r < width; r++) sum0 += numbers[start + r]! * other[r]!;
      out[at + row] = sum0 + sum1 + sum2 + sum3;
    }
  }
}
