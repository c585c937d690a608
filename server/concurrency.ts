import { setImmediate } from 'node:timers/promises';
import { throwIfCancelled } from './errors';

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
