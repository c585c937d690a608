import { expect, test } from 'vitest';
import { mapBounded } from '../../server/concurrency';

test('keeps the order and the bound', async () => {
  let running = 0;
  let mostRunning = 0;
  const doubled = await mapBounded([5, 1, 4, 2, 3], 2, async (item, index) => {
    mostRunning = Math.max(mostRunning, ++running);
    await new Promise((resolve) => setTimeout(resolve, item));
    running--;
    return [item * 2, index];
  });
  expect(doubled).toEqual([
    [10, 0],
    [2, 1],
    [8, 2],
    [4, 3],
    [6, 4],
  ]);
  expect(mostRunning).toBe(2);
  expect(await mapBounded([], 2, () => Promise.resolve(1))).toEqual([]);
});

test('starts nothing after a failure', async () => {
  const started: number[] = [];
  const run = mapBounded([0, 1, 2, 3, 4, 5], 2, async (item) => {
    started.push(item);
    await Promise.resolve();
    if (item === 1) throw new Error('one');
    await new Promise((resolve) => setTimeout(resolve, 1));
  });
  await expect(run).rejects.toThrow('one');
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(started).toEqual([0, 1]);
});
