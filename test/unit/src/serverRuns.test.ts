import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ConnectionState } from '../../../src/connection';
import { ServerRuns } from '../../../src/serverRuns';

let states: ConnectionState[];
let pauses: (number | undefined)[];
/** What each start does, in order; the last one is repeated. */
let script: ('starts' | 'dies' | 'fails')[];
let closers: (() => void)[];
let runs: ServerRuns<number>;

beforeEach(() => {
  vi.useFakeTimers();
  [states, pauses, closers] = [[], [], []];
  runs = new ServerRuns<number>({
    begin: async (onClosed) => {
      const at = closers.push(onClosed) - 1;
      const step = script[Math.min(at, script.length - 1)];
      await Promise.resolve();
      // As the client of the protocol does: the death is told before the start is.
      if (step === 'dies') onClosed();
      if (step !== 'starts') throw new Error(step);
      return at;
    },
    onState: (state) => states.push(state),
    onCrash: (pauseMs) => pauses.push(pauseMs),
  });
});
afterEach(() => {
  vi.useRealTimers();
});

it('starts once, however many ask', async () => {
  script = ['starts'];
  expect(await Promise.all([runs.running(), runs.running()])).toEqual([0, 0]);
  expect(states).toEqual(['starting', 'running']);
  expect(runs.isCurrent(0)).toBe(true);
});

it('is started again after a crash, with longer pauses, and asked for meanwhile it is waited for', async () => {
  script = ['starts'];
  await runs.running();
  closers[0]!();
  expect(runs.state).toBe('starting');
  const again = runs.running();
  await vi.advanceTimersByTimeAsync(pauses[0]!);
  expect(await again).toBe(1);
  expect(closers).toHaveLength(2);
  // The first one's end is no end of the second.
  closers[0]!();
  expect(runs.state).toBe('running');
  closers[1]!();
  expect(pauses[1]).toBeGreaterThan(pauses[0]!);
});

it('counts every death while it starts, and gives up', async () => {
  script = ['dies'];
  await expect(runs.running()).rejects.toThrow('dies');
  expect(runs.state).toBe('starting');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(pauses.at(-1)).toBeUndefined();
  expect(pauses.length).toBeGreaterThan(2);
  expect(pauses).toHaveLength(closers.length);
  expect(runs.state).toBe('failed');
  script = ['starts'];
  await runs.running();
  expect(runs.state).toBe('running');
});

it('that does not start without dying has failed, and is tried again when it is asked for', async () => {
  script = ['fails', 'starts'];
  await expect(runs.running()).rejects.toThrow('fails');
  expect([states, pauses]).toEqual([['starting', 'failed'], []]);
  expect(await runs.running()).toBe(1);
});

it('stopped in the pause after a crash, is not started', async () => {
  script = ['starts'];
  await runs.running();
  closers[0]!();
  const stopped = runs.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await stopped).toBeUndefined();
  expect(closers).toHaveLength(1);
  expect(runs.state).toBe('stopped');
});

it('stopped while it starts, is given to whoever stopped it', async () => {
  script = ['starts'];
  const first = runs.running();
  expect(await runs.stop()).toBe(0);
  expect(runs.isCurrent(await first)).toBe(false);
  expect(states).toEqual(['starting', 'stopped']);
  expect(await runs.running()).toBe(1);
});
