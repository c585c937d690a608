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
    this.#forEachPart(firstRow, numbers.length / width, (chunk, row, rows, done) => {
      chunk.set(row, numbers.subarray(done * width, (done + rows) * width));
    });
  }

  row(row: number): Int8Array {
    return this.#chunks[Math.floor(row / this.chunkRows)]!.row(row % this.chunkRows);
  }

  dots(query: ScanQuery, firstRow: number, rows: number, out: Int32Array, at: number): void {
    this.#forEachPart(firstRow, rows, (chunk, row, rowsOfPart, done) => {
      chunk.dots(query, row, rowsOfPart, out, at + done);
    });
  }

  #forEachPart(
    firstRow: number,
    rows: number,
    visit: (chunk: RowMemory, row: number, rows: number, done: number) => void,
  ): void {
    for (let done = 0; done < rows;) {
      const row = (firstRow + done) % this.chunkRows;
      const rowsOfPart = Math.min(rows - done, this.chunkRows - row);
      visit(this.#chunks[Math.floor((firstRow + done) / this.chunkRows)]!, row, rowsOfPart, done);
      done += rowsOfPart;
    }
  }
}
