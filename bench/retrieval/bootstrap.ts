/** Intervals by resampling questions with replacement; seeded, so that a run can be repeated. */

export interface Estimate {
  value: number;
  /** The 95 % interval. */
  low: number;
  high: number;
}

const resamples = 2_000;
const seed = 20_240_601;

export function meanEstimate(values: readonly number[]): Estimate {
  return estimate([values], ([sample]) => mean(sample!));
}

/** The mean of left minus right over the same questions. */
export function pairedEstimate(left: readonly number[], right: readonly number[]): Estimate {
  if (left.length !== right.length) throw new RangeError('pairs need equal lengths');
  return meanEstimate(left.map((value, index) => value - right[index]!));
}

/** A statistic of several samples, each of which is resampled on its own. */
export function estimate(
  samples: readonly (readonly number[])[],
  statistic: (samples: readonly (readonly number[])[]) => number,
): Estimate {
  const random = randomNumbers(seed);
  const values = Array.from({ length: resamples }, () =>
    statistic(samples.map((sample) => resample(sample, random))),
  );
  values.sort((a, b) => a - b);
  const at = (share: number): number => values[Math.round(share * (resamples - 1))]!;
  return { value: statistic(samples), low: at(0.025), high: at(0.975) };
}

function resample(values: readonly number[], random: () => number): number[] {
  return values.map(() => values[Math.floor(random() * values.length)]!);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

/** Mulberry32: numbers in [0, 1) that depend on the seed alone. */
export function randomNumbers(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
