import { expect, test } from 'vitest';
import {
  finishSteps,
  mapBounded,
  PriorityGate,
  takeSteps,
  unlessCancelled,
  type Steps,
} from '../../server/concurrency';
import { CancelledError } from '../../server/errors';

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

test('work in the background waits while anything interactive runs', async () => {
  const gate = new PriorityGate();
  const never = new AbortController().signal;
  const order: string[] = [];
  await gate.background(never);
  let finishFirst: () => void = () => undefined;
  const first = gate.interactive(() => new Promise<void>((resolve) => (finishFirst = resolve)));
  const failing = gate.interactive(() => Promise.reject(new Error('as it may')));
  const background = gate.background(never).then(() => order.push('background'));
  await expect(failing).rejects.toThrow('as it may');
  order.push('interactive');
  finishFirst();
  await first;
  await background;
  expect(order).toEqual(['interactive', 'background']);
});

test('work in the background that is cancelled stops waiting', async () => {
  const gate = new PriorityGate();
  const controller = new AbortController();
  void gate.interactive(() => new Promise(() => undefined));
  const background = gate.background(controller.signal);
  controller.abort();
  await expect(background).rejects.toThrow(CancelledError);
  await expect(gate.background(controller.signal)).rejects.toThrow(CancelledError);
});

test('a cancel ends the waiting, not what is waited for', async () => {
  const controller = new AbortController();
  expect(await unlessCancelled(Promise.resolve(3), controller.signal)).toBe(3);
  const waiting = unlessCancelled(new Promise(() => undefined), controller.signal);
  controller.abort();
  await expect(waiting).rejects.toThrow(CancelledError);
  await expect(unlessCancelled(Promise.resolve(3), controller.signal)).rejects.toThrow(CancelledError);
});

test('long work in steps gives the event loop its turns, and ends with a cancel', async () => {
  function* busy(): Steps<number> {
    for (let step = 0; step < 40; step++) {
      const start = performance.now();
      while (performance.now() - start < 1);
      yield;
    }
    return 40;
  }
  expect(finishSteps(busy())).toBe(40);
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  expect(await takeSteps(busy(), new AbortController().signal)).toBe(40);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(0);
  const controller = new AbortController();
  const cancelled = takeSteps(busy(), controller.signal);
  controller.abort();
  await expect(cancelled).rejects.toThrow(CancelledError);
});
