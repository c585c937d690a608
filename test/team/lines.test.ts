/** A store of a team whose line fails: everything goes on without it, and it is used again by itself. */

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { idOf, keysOf, never } from '../store/support/smallStore';
import type { Fault } from './support/faultyLine';
import { fetchKeys, Machines, wanted } from './support/machines';

let machines: Machines;
beforeAll(async () => {
  machines = await Machines.start();
});
afterEach(() => machines.closeStores());
afterAll(() => machines.stop());

describe('a line on which things go wrong', () => {
  const faults: [Fault, RegExp][] = [
    ['error500', /answered 500 InternalError/],
    ['slowDown', /answered 503 SlowDown/],
    ['silence', /no answer within 0.5 s/],
    ['cutBody', /cannot be reached/],
  ];

  it.each(faults)('is left alone, longer each time, and used again: %s', async (fault, problem) => {
    await machines.fill(1);
    let nowMs = 1_000_000;
    const store = await machines.open({ clock: () => nowMs });
    machines.line.fault = fault;
    expect(await fetchKeys(store, 1)).toBe(0);
    expect(store.team!.status().state).toBe('away');
    expect(store.team!.status().problem).toMatch(problem);
    machines.line.requests = [];
    expect(await fetchKeys(store, 1)).toBe(0);
    expect(machines.line.requests).toEqual([]);
    nowMs += 5_000;
    expect(await fetchKeys(store, 1)).toBe(0);
    machines.line.fault = 'none';
    nowMs += 5_000;
    expect(await fetchKeys(store, 1)).toBe(0);
    nowMs += 5_000;
    expect(await fetchKeys(store, 1)).toBe(1);
    expect(store.team!.status()).toMatchObject({ state: 'ready', fetched: 1 });
  });

  it('leads to no other place: a redirect is refused', async () => {
    await machines.fill(1);
    machines.line.fault = 'redirect';
    const store = await machines.open();
    expect(await fetchKeys(store, 1)).toBe(0);
    expect(store.team!.status()).toMatchObject({ state: 'refused' });
    expect(store.team!.status().problem).toMatch(/307, a redirect, which is not followed/);
  });

  it('keeps no write waiting: it comes later by itself, and the end of a session waits a moment at most', async () => {
    await machines.fill();
    machines.line.fault = 'silence';
    const store = await machines.open();
    const startMs = performance.now();
    for (let number = 0; number < 40; number++) await store.writeKeys(idOf(number), keysOf(number));
    expect(performance.now() - startMs).toBeLessThan(5_000);
    await expect.poll(() => store.team!.status().state, { timeout: 5_000 }).toBe('away');
    expect(store.team!.status()).toMatchObject({ uploaded: 0, waiting: 40 });
    machines.line.fault = 'none';
    await expect.poll(() => store.team!.status().uploaded, { timeout: 20_000 }).toBe(40);
    machines.line.fault = 'silence';
    await store.writeKeys(idOf(99), keysOf(99));
    await store.close();
    expect(store.team!.status()).toMatchObject({ waiting: 0, dropped: 1 });
  });

  it('that is slow ends with the patience of a question', async () => {
    await machines.fill(1);
    machines.line.fault = 'silence';
    const store = await machines.open({ isPatient: true });
    const startMs = performance.now();
    expect(await store.fetchKeys(wanted(1), 'question', never)).toBe(0);
    expect(performance.now() - startMs).toBeLessThan(4_500);
    expect(store.team!.status().problem).toMatch(/within 2 s/);
  });

  it('is let go of at once when the user cancels', async () => {
    await machines.fill(1);
    machines.line.fault = 'silence';
    const store = await machines.open();
    const cancel = new AbortController();
    const fetching = store.fetchKeys(wanted(1), 'background', cancel.signal);
    setTimeout(() => {
      cancel.abort();
    }, 50);
    await expect(fetching).rejects.toMatchObject({ name: 'CancelledError' });
    expect(store.team!.status().state).toBe('ready');
  });
});
