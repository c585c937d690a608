import { assertInvariant } from '../../errors';

/** A landmark query as rows are scanned with it: `numbers[r] * scale`. Not to be changed once it was used. */
export interface ScanQuery {
  /** [width] */
  readonly numbers: Int16Array;
  readonly scale: number;
}

const int16Max = 0x7fff;
const int32Max = 0x7fff_ffff;
/** The largest magnitude of an int8 number. */
const rowMagnitudeMax = 128;

/**
 * As many bits as an inner product in int32 can bear: no sum over a row can overflow, whatever the row holds. For
 * 768 numbers that is 14 bits or more, against the 7 of a key, so what a score loses is what the key lost.
 */
export function scanQuery(query: Float32Array): ScanQuery {
  let largest = 0;
  let sum = 0;
  for (const number of query) {
    const magnitude = Math.abs(number);
    largest = Math.max(largest, magnitude);
    sum += magnitude;
  }
  assertInvariant(Number.isFinite(sum), 'a landmark query is finite');
  if (largest === 0) return { numbers: new Int16Array(query.length), scale: 0 };
  // Rounding adds at most half to each number.
  const sumMax = int32Max / rowMagnitudeMax - query.length / 2;
  const perUnit = Math.min(int16Max / largest, sumMax / sum);
  return { numbers: Int16Array.from(query, (number) => Math.round(number * perUnit)), scale: 1 / perUnit };
}
