/** When encoding waits, by a clock of its own, and what is said of the time that is left. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { BatteryChoice } from '../../../protocol/messages';
import { CancelledError } from '../../../server/errors';
import { linuxPower, macOnBattery, seldomAsked, windowsOnBattery } from '../../../server/indexing/power';
import { RemainingTime } from '../../../server/indexing/remainingTime';
import { Throttle } from '../../../server/indexing/throttle';
import { temporaryFolder } from '../support/temporaryFolder';

const never = new AbortController().signal;

/** @param during is called while the throttle sleeps, with the time at its end */
function throttled(
  onBattery: BatteryChoice,
  state: { editedAtMs: number; isOnBattery: boolean },
  during: (nowMs: number) => void = () => undefined,
) {
  let nowMs = 0;
  const reasons: string[] = [];
  const throttle = new Throttle({
    editedAtMs: () => state.editedAtMs,
    power: { isOnBattery: () => Promise.resolve(state.isOnBattery) },
    onBattery,
    clock: () => nowMs,
    sleep: (ms) => {
      nowMs += ms;
      during(nowMs);
      return Promise.resolve();
    },
  });
  return {
    reasons,
    wait: async (lastRunMs = 0, signal = never) => {
      const waited = await throttle.wait(lastRunMs, (reason) => reasons.push(reason), signal);
      return { ...waited, nowMs };
    },
  };
}

describe('while the user types', () => {
  test('a run waits until a second has been quiet', async () => {
    const state = { editedAtMs: -300, isOnBattery: false };
    const { wait, reasons } = throttled('full', state, (nowMs) => {
      if (nowMs === 700) state.editedAtMs = 600;
    });
    expect(await wait()).toEqual({ nowMs: 1_600, restedMs: 0, isSlowed: false });
    expect(reasons).toEqual(['typing']);
    // It is quiet now.
    expect((await wait()).nowMs).toBe(1_600);
    expect(reasons).toEqual(['typing']);
  });

  test('without a pause, a run is let through every five seconds', async () => {
    const state = { editedAtMs: 0, isOnBattery: false };
    const { wait } = throttled('full', state, (nowMs) => (state.editedAtMs = nowMs));
    expect((await wait()).nowMs).toBe(5_000);
    expect((await wait()).nowMs).toBe(10_000);
  });
});

describe('on battery', () => {
  test.each<[BatteryChoice, number, string[]]>([
    ['full', 0, []],
    ['slow', 1_200, ['battery']],
  ])('%s: a run of 400 ms is followed by %i ms of rest', async (choice, restedMs, told) => {
    const { wait, reasons } = throttled(choice, { editedAtMs: -Infinity, isOnBattery: true });
    expect(await wait(400)).toEqual({ nowMs: restedMs, restedMs, isSlowed: restedMs > 0 });
    expect(reasons).toEqual(told);
  });

  test('no rest is longer than ten seconds', async () => {
    const { wait } = throttled('slow', { editedAtMs: -Infinity, isOnBattery: true });
    expect((await wait(60_000)).restedMs).toBe(10_000);
  });

  test('pause: it waits for mains, which is no time of its own', async () => {
    const state = { editedAtMs: -Infinity, isOnBattery: true };
    const { wait, reasons } = throttled('pause', state, (nowMs) => (state.isOnBattery = nowMs < 15_000));
    expect(await wait(400)).toEqual({ nowMs: 15_000, restedMs: 0, isSlowed: false });
    expect(reasons).toEqual(['battery']);
  });

  test('a cancel ends the waiting', async () => {
    const cancel = new AbortController();
    const state = { editedAtMs: -Infinity, isOnBattery: true };
    const { wait } = throttled('pause', state, () => {
      cancel.abort();
    });
    await expect(wait(400, cancel.signal)).rejects.toThrow(CancelledError);
  });

  test('a cancel ends a real sleep at once', async () => {
    const cancel = new AbortController();
    const power = { isOnBattery: () => Promise.resolve(true) };
    const throttle = new Throttle({ editedAtMs: () => -Infinity, power, onBattery: 'pause' });
    const began = performance.now();
    const waiting = throttle.wait(0, () => undefined, cancel.signal);
    setTimeout(() => {
      cancel.abort();
    }, 10);
    await expect(waiting).rejects.toThrow(CancelledError);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

describe('the power of Linux', () => {
  type Supplies = Record<string, Record<string, string>>;
  const laptop = (online: string, status: string): Supplies => ({
    AC: { type: 'Mains', online },
    BAT0: { type: 'Battery', status },
  });

  test.each<[string, Supplies, boolean]>([
    ['a desktop', {}, false],
    ['a laptop on mains', laptop('1', 'Charging'), false],
    ['a laptop on battery', laptop('0', 'Discharging'), true],
    ['a full laptop that was unplugged', laptop('0', 'Full'), false],
    ['mains that cannot feed a battery as fast as it empties', laptop('1', 'Discharging'), false],
    [
      'a second battery',
      { ...laptop('0', 'Not charging'), BAT1: { type: 'Battery', status: 'Discharging' } },
      true,
    ],
    [
      'a charger over USB',
      { usb: { type: 'USB', online: '1' }, BAT0: { type: 'Battery', status: 'Discharging' } },
      false,
    ],
    ['a mouse', { mouse: { type: 'Battery', scope: 'Device', status: 'Discharging' } }, false],
    ['a supply without properties', { odd: {} }, false],
  ])('%s', async (_, supplies, expected) => {
    const folder = temporaryFolder();
    for (const [supply, properties] of Object.entries(supplies)) {
      mkdirSync(join(folder, supply));
      for (const [name, value] of Object.entries(properties))
        writeFileSync(join(folder, supply, name), `${value}\n`);
    }
    expect(await linuxPower(folder).isOnBattery()).toBe(expected);
  });

  test('is mains where there is no such folder', async () => {
    expect(await linuxPower(join(temporaryFolder(), 'nowhere')).isOnBattery()).toBe(false);
  });

  test('is asked for at most every half minute', async () => {
    let asked = 0;
    let nowMs = 0;
    const source = seldomAsked({ isOnBattery: () => Promise.resolve(++asked > 1) }, () => nowMs);
    const told = [await source.isOnBattery(), await source.isOnBattery()];
    nowMs = 30_000;
    told.push(await source.isOnBattery());
    expect([told, asked]).toEqual([[false, false, true], 2]);
  });
});

test.each<[RegExp, string, boolean]>([
  [
    macOnBattery,
    "Now drawing from 'Battery Power'\n -InternalBattery-0 (id=1)\t80%; discharging; 4:02 remaining\n",
    true,
  ],
  [macOnBattery, "Now drawing from 'AC Power'\n -InternalBattery-0 (id=1)\t80%; charging\n", false],
  [windowsOnBattery, '1\r\n', true],
  [windowsOnBattery, '2\r\n', false],
  [windowsOnBattery, '11\r\n', false],
  [windowsOnBattery, '', false],
])('%# what other systems print is told apart', (pattern, output, expected) => {
  expect(pattern.test(output)).toBe(expected);
});

describe('the time that is left', () => {
  test('is not told before ten seconds and four thousand tokens were measured', () => {
    const few = new RemainingTime();
    few.add(1_000, 60_000);
    expect(few.secondsFor(1_000)).toBeUndefined();
    const short = new RemainingTime();
    short.add(10_000, 2_000);
    expect(short.secondsFor(1_000)).toBeUndefined();
    short.add(10_000, 8_000);
    expect(short.secondsFor(4_000)).toBe(2);
  });

  test('is by the last minute: a machine that became slow is noticed', () => {
    const remaining = new RemainingTime();
    for (let second = 0; second < 600; second++) remaining.add(1_000, 1_000);
    expect(remaining.secondsFor(60_000)).toBeCloseTo(60, 0);
    for (let second = 0; second < 61; second++) remaining.add(100, 1_000);
    expect(remaining.secondsFor(60_000)).toBeCloseTo(600, 0);
  });
});
