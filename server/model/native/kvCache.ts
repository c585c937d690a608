import { assertInvariant } from '../../errors';
import { emptyRaw, type KvCache, type RawKv } from '../kvCache';
import type { BaseShape } from '../manifest';
import type { RotaryTable } from '../rotary';
import { GivenRows, RunRows, type RowsMemory } from './kvRows';

/** Rows that copying in every run costs more than making them given once. */
const settledRowsMin = 256;

/**
 * A context in this thread's memory, in the two parts that the reader graph is given: what was placed before the first
 * run and does not change any more, and what was run since.
 */
export class NativeKvCache implements KvCache {
  answersFrom = Infinity;
  #given: GivenRows;
  #run: RunRows | undefined;
  #textEnds = false;
  #isDisposed = false;

  constructor(
    readonly shape: BaseShape,
    readonly capacity: number,
    private readonly rotary: RotaryTable,
    private readonly memory: RowsMemory,
    /** How many tokens are placed before anything is run, as far as it is known: the given part has room for them. */
    given = capacity,
  ) {
    this.#given = new GivenRows(shape, Math.min(given, capacity), memory);
  }

  get length(): number {
    return this.#given.length + (this.#run?.length ?? 0);
  }

  /** Closes the given part for a run, and makes room for all that the capacity leaves. */
  partsForRun(): { given: GivenRows; run: RunRows } {
    this.#given.close();
    const run = (this.#run ??= new RunRows(this.shape, this.capacity - this.#given.length, this.memory));
    return { given: this.#given, run };
  }

  append(raw: RawKv, from: number, to: number): void {
    const count = to - from;
    assertInvariant(from >= 0 && to <= raw.tokens, `tokens ${from}..${to} of ${raw.tokens}`);
    assertInvariant(
      this.length + count <= this.capacity,
      `${this.length} + ${count} tokens in ${this.capacity}`,
    );
    const rows = !this.#run?.length && count <= this.#given.free ? this.#given : this.partsForRun().run;
    rows.append({ raw, from, count, position: this.length }, this.rotary);
  }

  take(raw: RawKv): void {
    this.append(raw, 0, raw.tokens);
  }

  /** Counts rows that were run and written. */
  grow(count: number): void {
    this.partsForRun().run.length += count;
  }

  get isDisposed(): boolean {
    return this.#isDisposed;
  }

  /** A text was run to its end, and what is decoded after it may settle it. */
  endText(): void {
    this.#textEnds = true;
  }

  /**
   * Makes a text that was run a given part too, where it is long: a long part that changes is copied in every run. Once, before
   * anything is decoded after it: it changes the order in which attention adds up, so it must not come between a draft and
   * what the draft is compared with.
   */
  settle(): void {
    if (!this.#textEnds) return;
    this.#textEnds = false;
    const run = this.#run;
    if (!run || run.length < settledRowsMin) return;
    const settled = new GivenRows(this.shape, this.length, this.memory);
    for (const rows of [this.#given, run]) {
      settled.takeOver(rows);
      rows.release();
    }
    this.#given = settled;
    this.#run = undefined;
  }

  /** Tokens [from, to) before rotary position. */
  raw(from: number, to: number): RawKv {
    assertInvariant(from >= 0 && from <= to && to <= this.length, `tokens ${from}..${to} of ${this.length}`);
    const tokens = to - from;
    const raw = emptyRaw(this.shape, tokens);
    const given = this.#given.length;
    const ofGiven = Math.max(0, Math.min(to, given) - from);
    this.#given.copyRaw(from, { raw, from: 0, count: ofGiven, position: from }, this.rotary);
    const position = from + ofGiven;
    const ofRun = { raw, from: ofGiven, count: tokens - ofGiven, position };
    this.#run?.copyRaw(position - given, ofRun, this.rotary);
    return raw;
  }

  truncate(length: number): void {
    assertInvariant(length <= this.length, `truncating ${this.length} tokens to ${length}`);
    if (length < this.#given.length) {
      this.#given.length = length;
      this.#dropRun();
    } else if (this.#run) {
      this.#run.length = length - this.#given.length;
    }
  }

  /** A run that is under way may read what the next context writes; what it gives is not kept. */
  dispose(): void {
    this.#isDisposed = true;
    this.#dropRun();
    this.#given.release();
    this.#given = new GivenRows(this.shape, 0, this.memory);
  }

  #dropRun(): void {
    this.#run?.release();
    this.#run = undefined;
  }
}
