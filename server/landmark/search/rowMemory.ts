import type { ScanQuery } from './query';

/** Rows of int8 numbers in one growing memory, and their inner products with a query. Rows never set are zero. */
export interface RowMemory {
  /** Makes room for at least so many rows. */
  reserve(rows: number): void;
  /** @param numbers [rows, width] */
  set(firstRow: number, numbers: Int8Array): void;
  /** [width] a row as it is now; not to be kept: the next `reserve` may move it. */
  row(row: number): Int8Array;
  /** Writes the inner products of consecutive rows to `out[at]` and what follows; they are exact. */
  dots(query: ScanQuery, firstRow: number, rows: number, out: Int32Array, at: number): void;
}

/** Room grows by a quarter at least, so that adding row by row stays linear. */
export const roomGrowth = 1.25;
