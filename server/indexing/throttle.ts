import { setTimeout as sleepFor } from 'node:timers/promises';
import type { BatteryChoice, WaitReason } from '../../protocol/messages';
import { throwIfCancelled } from '../errors';
import type { PowerSource } from './power';

/** Typing is over when no edit came for so long. */
const quietMs = 1_000;
/** Who types without a pause still gets an index: one run of the encoder after so much waiting. */
const typingWaitMsMax = 5_000;
/** On battery and slow, a run is followed by a rest of so many times its own length: a quarter of the power, … */
const restsPerRun = 3;
/** … but no rest is longer. */
const restMsMax = 10_000;
/** How often a paused build looks whether the machine is plugged in again. */
const batteryCheckMs = 5_000;

/** What a throttle asks of its surroundings; tests bring a time of their own. */
export interface ThrottleOptions {
  /** When a document was edited last, by `clock`. */
  editedAtMs: () => number;
  power: PowerSource;
  onBattery: BatteryChoice;
  clock?: () => number;
  /** Ends early where the signal is aborted. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface Waited {
  /** Milliseconds that belong to the work itself: the rests of a slow machine. */
  restedMs: number;
  /** On battery, and the work goes on with rests. */
  isSlowed: boolean;
}

/** Holds encoding in the background back while it would be felt: under typing hands and on battery. */
export class Throttle {
  readonly #clock: () => number;
  readonly #sleep: (ms: number, signal: AbortSignal) => Promise<void>;

  constructor(private readonly options: ThrottleOptions) {
    this.#clock = options.clock ?? (() => performance.now());
    this.#sleep = options.sleep ?? sleep;
  }

  /**
   * Awaited before each run.
   *
   * @param lastRunMs how long the run before took
   * @param onWait is told what is waited for, when waiting begins
   */
  async wait(lastRunMs: number, onWait: (reason: WaitReason) => void, signal: AbortSignal): Promise<Waited> {
    await this.#whileTyping(onWait, signal);
    const { onBattery, power } = this.options;
    if (onBattery === 'full' || !(await power.isOnBattery())) return { restedMs: 0, isSlowed: false };
    onWait('battery');
    if (onBattery === 'slow') {
      const restMs = Math.min(restMsMax, restsPerRun * lastRunMs);
      await this.#rest(restMs, signal);
      return { restedMs: restMs, isSlowed: true };
    }
    do await this.#rest(batteryCheckMs, signal);
    while (await power.isOnBattery());
    return { restedMs: 0, isSlowed: false };
  }

  async #whileTyping(onWait: (reason: WaitReason) => void, signal: AbortSignal): Promise<void> {
    const beganAtMs = this.#clock();
    for (let isFirst = true; ; isFirst = false) {
      const nowMs = this.#clock();
      const ms = Math.min(this.options.editedAtMs() + quietMs - nowMs, beganAtMs + typingWaitMsMax - nowMs);
      if (ms <= 0) return;
      if (isFirst) onWait('typing');
      await this.#rest(ms, signal);
    }
  }

  async #rest(ms: number, signal: AbortSignal): Promise<void> {
    await this.#sleep(ms, signal);
    throwIfCancelled(signal);
  }
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  // An abort rejects; who slept asks the signal.
  await sleepFor(ms, undefined, { signal }).catch(() => undefined);
}
