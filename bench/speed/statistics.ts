/** Repeated measurements, and how they are taken so that what else the machine does meets all rivals alike. */

/** The middle of several values, and how far they lie apart. */
export interface Spread {
  median: number;
  low: number;
  high: number;
  count: number;
}

export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new Error('there is no median of no values');
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, low: sorted[0]!, high: sorted.at(-1)!, count: sorted.length };
}

/** Of each pair, which were measured one right after the other, the first over the second. */
export function ratioOf(values: readonly number[], others: readonly number[]): Spread {
  if (values.length !== others.length)
    throw new Error(`${values.length} values have ${others.length} partners`);
  return spreadOf(values.map((value, at) => value / others[at]!));
}

/** Per second, out of milliseconds: the most is where the least time was taken. */
export function rateOf(count: number, { median, low, high, count: times }: Spread): Spread {
  const rate = (ms: number): number => (count / ms) * 1000;
  return { median: rate(median), low: rate(high), high: rate(low), count: times };
}

/** Tells milliseconds of its own work; what it takes to get there is left out. */
export type Timed = () => Promise<number>;

/** A, B, A, B, … after one turn that is not counted. Milliseconds by name, in the order of the turns. */
export async function inTurns<Name extends string>(
  rivals: Readonly<Record<Name, Timed>>,
  repetitions: number,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(rivals) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (const name of names) await rivals[name]();
  for (let turn = 0; turn < repetitions; turn++) {
    for (const name of names) times[name].push(await rivals[name]());
  }
  return times;
}

export async function elapsedMs(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** `12.3 (11.9–14.0)` */
export function told({ median, low, high, count }: Spread, digits = 1): string {
  const text = (value: number): string => value.toFixed(digits);
  return count === 1 ? text(median) : `${text(median)} (${text(low)}–${text(high)})`;
}
