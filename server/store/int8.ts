import { assertInvariant } from '../errors';

/** The largest magnitude of an int8 number that has its opposite. */
export const int8Max = 127;
/** Below it a scale would lose its own precision; such numbers are zero beside any that a model computes. */
const magnitudeMin = 1e-30;

/** The fp32 scale by which numbers of at most this magnitude become int8; 0 where all of them are zero. */
export function scaleOf(magnitude: number): number {
  assertInvariant(Number.isFinite(magnitude), 'what a model computes is finite');
  return magnitude < magnitudeMin ? 0 : Math.fround(magnitude / int8Max);
}

/** What a number is multiplied by to become int8. */
export function inverseOf(scale: number): number {
  return scale === 0 ? 0 : 1 / scale;
}
