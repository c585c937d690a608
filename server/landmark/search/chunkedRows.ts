import type { ScanQuery } from './query';
import type { RowMemory } from './rowMemory';

/** Rows of one memory: half a gibibyte for 768 numbers; rows of up to 8,000 numbers stay within 32-bit addresses. */
export const rowsPerChunk = 2 ** 19;

/** Rows in as many memories as they need: adding rows copies one memory at most, and 4 GiB are no limit. */
export class ChunkedRows implements RowMemory {
  readonly #chunks: RowMemory[] = [];

  constructor(
    private readonly width: number,
    private readonly createChunk: () => RowMemory,
    private readonly chunkRows = rowsPerChunk,
  ) {}

  reserve(rows: number): void {
    for (let first = 0, at = 0; first < rows; first += this.chunkRows, at++) {
      const chunk = (this.#chunks[at] ??= this.createChunk());
      chunk.reserve(Math.min(this.chunkRows, rows - first));
    }
  }

  set(firstRow: number, numbers: Int8Array): void {
    const { width } = this;
    const rows = numbers.length / width;
    for (let done = 0; done < rows;) {
      const count = Math.min(rows - done, this.#leftAfter(firstRow + done));
      const part = numbers.subarray(done * width, (done + count) * width);
      this.#chunkOf(firstRow + done).set((firstRow + done) % this.chunkRows, part);
      done += count;
    }
  }

  row(row: number): Int8Array {
    return this.#chunkOf(row).row(row % this.chunkRows);
  }

  dots(query: ScanQuery, firstRow: number, rows: number, out: Int32Array, at: number): void {
    for (let done = 0; done < rows;) {
      const count = Math.min(rows - done, this.#leftAfter(firstRow + done));
      const row = (firstRow + done) % this.chunkRows;
      this.#chunkOf(firstRow + done).dots(query, row, count, out, at + done);
      done += count;
    }
  }

  #chunkOf(row: number): RowMemory {
    return this.#chunks[Math.floor(row / this.chunkRows)]!;
  }

  /** Rows of its memory from this one on. */
  #leftAfter(row: number): number {
    return this.chunkRows - (row % this.chunkRows);
  }
}
