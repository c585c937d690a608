import { setImmediate } from 'node:timers/promises';
import { CancelledError, throwIfCancelled } from './errors';

/** A message needs a turn of the event loop to arrive, one to be decoded, and one to be dispatched. */
const turnsPerMessage = 3;

/**
 * Lets waiting messages in, such as a cancel, and waiting notifications out. Called between native runs, each
 * of which holds the event loop.
 */
export async function breathe(signal: AbortSignal): Promise<void> {
  for (let turn = 0; turn < turnsPerMessage; turn++) await setImmediate();
  throwIfCancelled(signal);
}

/** How long many small steps may hold the event loop at once. */
const sliceMs = 10;

/** Gives the event loop a turn now and then during many small steps, each too short to wait for. */
export class TimeSlice {
  #start = performance.now();

  get isOver(): boolean {
    return performance.now() - this.#start > sliceMs;
  }

  /** Ends this slice and begins the next. */
  async next(signal: AbortSignal): Promise<void> {
    await setImmediate();
    throwIfCancelled(signal);
    this.#start = performance.now();
  }
}

/** Long work as many short steps; it may rest between any two of them. */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/** Takes all steps at once. */
export function finishSteps<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Takes steps while the event loop gets its turns. */
export async function takeSteps<Result>(steps: Steps<Result>, signal: AbortSignal): Promise<Result> {
  const slice = new TimeSlice();
  for (;;) {
    if (slice.isOver) await slice.next(signal);
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Waits for something that cannot be cancelled itself: a cancel ends the waiting. */
export async function unlessCancelled<Value>(pending: Promise<Value>, signal: AbortSignal): Promise<Value> {
  throwIfCancelled(signal);
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => {
      reject(new CancelledError());
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([pending, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/**
 * Lets what a user waits for go before work in the background: the background asks between two of its native runs,
 * each of which would hold up the other by up to a second.
 */
export class PriorityGate {
  #interactiveCount = 0;
  #freed: (() => void)[] = [];

  /** Runs what a user waits for. */
  async interactive<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#interactiveCount++;
    try {
      return await work();
    } finally {
      this.#interactiveCount--;
      if (this.#interactiveCount === 0) for (const resume of this.#freed.splice(0)) resume();
    }
  }

  /** Whether something interactive runs. */
  get isBusy(): boolean {
    return this.#interactiveCount > 0;
  }

  /** Resolves once nothing interactive runs. */
  async background(signal: AbortSignal): Promise<void> {
    while (this.#interactiveCount > 0) {
      throwIfCancelled(signal);
      await new Promise<void>((resolve) => {
        const resume = (): void => {
          signal.removeEventListener('abort', resume);
          resolve();
        };
        signal.addEventListener('abort', resume, { once: true });
        this.#freed.push(resume);
      });
    }
    throwIfCancelled(signal);
  }
}

/**
 * Maps in order with at most `limit` calls under way. The first failure ends the run: no further call starts,
 * and the failure is thrown.
 */
export async function mapBounded<Item, Result>(
  items: readonly Item[],
  limit: number,
  map: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      try {
        results[index] = await map(items[index]!, index);
      } catch (error) {
        next = items.length;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work));
  return results;
}
