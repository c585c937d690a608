/**
 * The sketch of a landmark key is the signs of its numbers, a bit each: an eighth of what the key takes. Sketches say
 * which keys are worth an exact inner product.
 *
 * Sixteen sketches lie together, so that a vector holds the same eight signs of sixteen blocks:
 *
 * | bytes                 | field                                                                      |
 * |----------------------:|----------------------------------------------------------------------------|
 * | groups * columns * 16 | uint8 [groups, columns, 16]: bit i is 1 where number 8 * column + i is < 0 |
 */

import { assertInvariant } from '../../errors';

export interface Sketches {
  /** Makes room for at least so many sketches. */
  reserve(rows: number): void;
  /** @param numbers [width] the key */
  set(row: number, numbers: Int8Array): void;
  /**
   * [rows] higher where the score is likely to be; comparable within one call only.
   *
   * @param query [width]
   */
  estimates(query: Float32Array, rows: number): Uint16Array;
}

/** Sketches of a group. */
export const groupRows = 16;
const signsPerTable = 4;
/** What four signs can be. */
export const tableEntries = 2 ** signsPerTable;
/** Two tables of a column stay within a byte. */
const entryMax = 127;
const sumMax = 0xffff;

/** Bytes of a sketch; rows of numbers begin at vectors, so their sketches have two bytes for each sixteen. */
export function columnsOf(width: number): number {
  return Math.ceil(width / 16) * 2;
}

/**
 * What each four signs add to an estimate: the inner product of these signs with the query, moved and scaled so that
 * entries fit 7 bits and sums 16.
 *
 * @returns uint8 [columns, 2, 16]
 */
export function signTables(query: Float32Array): Uint8Array {
  const tableCount = columnsOf(query.length) * 2;
  assertInvariant(tableCount <= sumMax, `a sketch of ${query.length} signs is summed in 16 bits`);
  const magnitudes = new Float64Array(tableCount);
  query.forEach((number, r) => {
    magnitudes[Math.floor(r / signsPerTable)]! += Math.abs(number);
  });
  const largest = magnitudes.reduce((most, magnitude) => Math.max(most, magnitude), 0);
  const tables = new Uint8Array(tableCount * tableEntries);
  if (largest === 0) return tables;
  const perUnit = Math.min(entryMax, Math.floor(sumMax / tableCount)) / (2 * largest);
  for (let table = 0; table < tableCount; table++) {
    for (let signs = 0; signs < tableEntries; signs++) {
      let sum = magnitudes[table]!;
      for (let i = 0; i < signsPerTable; i++) {
        const number = query[table * signsPerTable + i] ?? 0;
        sum += (signs >> i) & 1 ? -number : number;
      }
      tables[table * tableEntries + signs] = Math.round(sum * perUnit);
    }
  }
  return tables;
}
