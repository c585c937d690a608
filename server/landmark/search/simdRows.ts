import { assertInvariant } from '../../errors';
import type { ScanQuery } from './query';
import type { RowMemory } from './rowMemory';
import { vectorBytes, WasmMemory } from './wasmMemory';

/** Rows of one call into WebAssembly; their inner products pass through a buffer of this many. */
const rowsPerCall = 4096;

/**
 * | bytes           | field                                           |
 * |----------------:|-------------------------------------------------|
 * |      2 * stride | query, int16 [stride], ends with zeros          |
 * | 4 * rowsPerCall | inner products, int32 [rowsPerCall]             |
 * |   stride * rows | rows, int8 [rows, stride], each ends with zeros |
 */
export class SimdRows implements RowMemory {
  readonly #width: number;
  readonly #stride: number;
  readonly #outAt: number;
  readonly #rowsAt: number;
  readonly #memory = new WasmMemory();
  /** [rowsPerCall] */
  #out: Int32Array = new Int32Array(0);
  #query: ScanQuery | undefined;
  #rows = 0;

  constructor(width: number) {
    this.#width = width;
    this.#stride = Math.ceil(width / vectorBytes) * vectorBytes;
    this.#outAt = 2 * this.#stride;
    this.#rowsAt = this.#outAt + 4 * rowsPerCall;
  }

  reserve(rows: number): void {
    this.#memory.reserve(this.#at(rows));
    this.#out = new Int32Array(this.#memory.bytes.buffer, this.#outAt, rowsPerCall);
    this.#rows = Math.max(this.#rows, rows);
  }

  set(firstRow: number, numbers: Int8Array): void {
    const rows = numbers.length / this.#width;
    assertInvariant(firstRow + rows <= this.#rows, 'there is room for the rows');
    const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.length);
    // Rows without zeros at their ends lie as they come.
    const rowsAtOnce = this.#width === this.#stride ? rows : 1;
    for (let row = 0; row < rows; row += rowsAtOnce) {
      const part = bytes.subarray(row * this.#width, (row + rowsAtOnce) * this.#width);
      this.#memory.bytes.set(part, this.#at(firstRow + row));
    }
  }

  row(row: number): Int8Array {
    return new Int8Array(this.#memory.bytes.buffer, this.#at(row), this.#width);
  }

  dots(query: ScanQuery, firstRow: number, rows: number, out: Int32Array, at: number): void {
    assertInvariant(
      firstRow + rows <= this.#rows && query.numbers.length === this.#width,
      'rows are scanned',
    );
    // Many short runs are scanned with one query.
    if (query !== this.#query) {
      new Int16Array(this.#memory.bytes.buffer, 0, this.#stride).set(query.numbers);
      this.#query = query;
    }
    for (let done = 0; done < rows; done += rowsPerCall) {
      const count = Math.min(rowsPerCall, rows - done);
      this.#memory.kernel.dots(this.#at(firstRow + done), count, this.#stride, 0, this.#outAt);
      // Most runs of chosen rows are a single row, for which a view would cost more than the inner product.
      if (count === 1) out[at + done] = this.#out[0]!;
      else out.set(this.#out.subarray(0, count), at + done);
    }
  }

  #at(row: number): number {
    return this.#rowsAt + row * this.#stride;
  }
}
