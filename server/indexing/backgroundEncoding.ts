import type { ProgressEvent, WaitReason } from '../../protocol/messages';
import type { PriorityGate } from '../concurrency';
import type { Encoder } from '../model/encoder';
import type { TextModel } from '../model/modelHost';
import { EncodingQueue } from './encodingQueue';
import { fileOrder, type Wanted } from './priorities';
import { RemainingTime } from './remainingTime';
import type { Throttle } from './throttle';
import { fetchWindowsMax, type EncodeReport, type WorkspaceIndex } from './workspaceIndex';

/** What holds the work back. */
export interface Pace {
  gate: PriorityGate;
  throttle: Throttle;
}

/** What is wanted first, which may change while the work runs. */
export interface WantedFiles {
  /** Another number after every change. */
  version(): number;
  now(): Wanted;
}

/** Encodes every window that has no landmark keys, the most wanted files first, when nobody would feel it. */
export class BackgroundEncoding {
  readonly #remaining = new RemainingTime();
  readonly #report: EncodeReport = {
    encodedWindows: 0,
    encodedTokens: 0,
    fetchedWindows: 0,
    elapsedMs: 0,
  };
  #runBeganAtMs = 0;
  #lastRunMs = 0;
  /** Of the windows that are encoded together now. */
  #restedMs = 0;
  #waitsFor: WaitReason | undefined;
  /** Windows that the team store was asked for. */
  #asked = new Set<number>();

  constructor(
    private readonly index: WorkspaceIndex,
    private readonly pace: Pace,
    private readonly wanted: WantedFiles,
    private readonly emit: (event: ProgressEvent) => void,
  ) {}

  async run(encoder: Encoder, text: TextModel, signal: AbortSignal): Promise<EncodeReport> {
    let version = this.wanted.version();
    const queue = new EncodingQueue(this.index, this.#order());
    const total = queue.leftWindows;
    for (;;) {
      if (this.wanted.version() !== version) {
        version = this.wanted.version();
        queue.reorder(this.#order());
      }
      const taken = queue.take();
      if (taken.length === 0) return this.#report;
      await this.#fetchAhead(taken, queue, signal);
      const doneBefore = total - queue.leftWindows - taken.length;
      // Some of what was taken may have been encoded for a question meanwhile: it is neither done again nor counted.
      const left = taken.filter((windowIndex) => !this.index.hasKeys(windowIndex));
      const skipped = taken.length - left.length;
      let done = doneBefore + skipped;
      const tell = (): void => {
        this.#tell(done, total, queue.leftTokens);
      };
      const options = {
        beforeRun: (waiting: AbortSignal) => this.#wait(tell, waiting),
        onProgress: (doneOfTaken: number) => {
          this.#lastRunMs = performance.now() - this.#runBeganAtMs;
          done = doneBefore + skipped + doneOfTaken;
          tell();
        },
      };
      this.#restedMs = 0;
      this.#add(await this.index.encodeKeys(left, encoder, text, options, signal));
    }
  }

  #order(): ReturnType<typeof fileOrder> {
    return fileOrder(this.index.scan, this.wanted.now());
  }

  /** Asks for many windows at once: what is taken is too little to keep a slow line busy. */
  async #fetchAhead(taken: readonly number[], queue: EncodingQueue, signal: AbortSignal): Promise<void> {
    if (taken.every((windowIndex) => this.#asked.has(windowIndex))) return;
    const ahead = [...taken, ...queue.next(fetchWindowsMax - taken.length)];
    this.#asked = new Set(ahead);
    this.#report.fetchedWindows += await this.index.fetchKeys(ahead, Infinity, signal);
  }

  /** Lets a question go first, then whatever the throttle waits for. */
  async #wait(tell: () => void, signal: AbortSignal): Promise<void> {
    const { gate, throttle } = this.pace;
    const onWait = (reason: WaitReason): void => {
      if (this.#waitsFor === reason) return;
      this.#waitsFor = reason;
      tell();
    };
    if (gate.isBusy) onWait('question');
    await gate.background(signal);
    const { restedMs, isSlowed } = await throttle.wait(this.#lastRunMs, onWait, signal);
    this.#restedMs += restedMs;
    // A machine that is slowed on battery stays so between its rests.
    this.#waitsFor = isSlowed ? 'battery' : undefined;
    this.#runBeganAtMs = performance.now();
  }

  #add({ encodedWindows, encodedTokens, fetchedWindows, elapsedMs }: EncodeReport): void {
    this.#report.encodedWindows += encodedWindows;
    this.#report.encodedTokens += encodedTokens;
    this.#report.fetchedWindows += fetchedWindows;
    this.#report.elapsedMs += elapsedMs;
    if (encodedTokens > 0) this.#remaining.add(encodedTokens, elapsedMs + this.#restedMs);
  }

  #tell(done: number, total: number, leftTokens: number): void {
    const remainingSeconds = this.#remaining.secondsFor(leftTokens);
    this.emit({
      type: 'progress',
      phase: 'index',
      done,
      total,
      message: 'encoding landmark keys',
      ...(remainingSeconds !== undefined && { remainingSeconds }),
      ...(this.#waitsFor && { waitsFor: this.#waitsFor }),
    });
  }
}
