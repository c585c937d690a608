/** Encoder, reader and caches whose graphs and memory are a worker's. */

import { assertInvariant } from '../../errors';
import type { EncodableWindow, Encoder } from '../encoder';
import { emptyRaw, type KvCache, type RawKv } from '../kvCache';
import type { BaseShape } from '../manifest';
import { isContrast, type Choosing, type Reader } from '../reader';
import type { Sampling } from '../sampling';
import type { CallName, ParamsOf } from './messages';
import type { ModelWorker } from './modelWorker';

export class RemoteEncoder implements Encoder {
  constructor(
    private readonly worker: ModelWorker,
    private readonly graphId: number,
  ) {}

  encodeKeys(windows: readonly EncodableWindow[]): Promise<Float32Array[]> {
    // Only what is needed crosses; tokens are copied, as the window keeps them.
    const sent = windows.map(({ tokens, prefixTokenCount, blocks }) => ({
      tokens,
      prefixTokenCount,
      blocks: blocks.map(({ startToken, endToken }) => ({ startToken, endToken })),
    }));
    return this.worker.call('encodeKeys', { graphId: this.graphId, windows: sent });
  }

  encodeQuery(tokens: readonly number[], margins: readonly [number, number]): Promise<Float32Array> {
    return this.worker.call('encodeQuery', {
      graphId: this.graphId,
      tokens: Int32Array.from(tokens),
      margins,
    });
  }
}

export class RemoteReader implements Reader {
  constructor(
    private readonly worker: ModelWorker,
    private readonly graphId: number,
    readonly shape: BaseShape,
    readonly contextTokens: number,
  ) {}

  createCache(capacity: number, given?: number): RemoteKvCache {
    assertInvariant(
      capacity <= this.contextTokens,
      `a context of ${capacity} tokens of ${this.contextTokens}`,
    );
    return new RemoteKvCache(this.worker, this.graphId, this.shape, capacity, given);
  }

  async logitsAfter(tokens: ArrayLike<number>, cache: KvCache, signal: AbortSignal): Promise<Float32Array> {
    const { memory, run } = runOf(tokens, tokens.length, cache);
    const logits = await this.worker.call('logitsAfter', run, { signal });
    memory.grow(run.tokens.length);
    return logits;
  }

  async choiceAfter(
    tokens: ArrayLike<number>,
    cache: KvCache,
    signal: AbortSignal,
    sampling?: Sampling,
  ): Promise<number> {
    const { memory, run } = runOf(tokens, tokens.length, cache);
    const choice = await this.worker.call('choiceAfter', { ...run, sampling }, { signal });
    memory.grow(run.tokens.length);
    return choice;
  }

  async judge(
    tokens: Int32Array,
    count: number,
    cache: KvCache,
    choices: Int32Array,
    signal: AbortSignal,
    choosing?: Choosing,
  ): Promise<void> {
    const { memory, run } = runOf(tokens, count, cache);
    choices.set(await this.worker.call('judge', { ...run, choosing: sent(choosing) }, { signal }));
    memory.grow(count);
  }

  rawKv(from: number, to: number, cache: KvCache, signal: AbortSignal): Promise<RawKv> {
    assertInvariant(cache instanceof RemoteKvCache, 'a cache of another reader');
    return this.worker.call('rawKv', { cacheId: cache.id, at: cache.length, from, to }, { signal });
  }

  async losses(
    tokens: ArrayLike<number>,
    given: number,
    cache: KvCache,
    signal: AbortSignal,
  ): Promise<Float32Array> {
    const { memory, run } = runOf(tokens, tokens.length, cache);
    const losses = await this.worker.call('losses', { ...run, given }, { signal });
    memory.grow(run.tokens.length - 1);
    return losses;
  }

  encodeKv(tokens: ArrayLike<number>, cache: KvCache, signal: AbortSignal): Promise<RawKv> {
    return this.worker.call('encodeKv', runOf(tokens, tokens.length, cache).run, { signal });
  }
}

/** A cache crosses as its number. */
function sent(choosing: Choosing | undefined): ParamsOf<'judge'>['choosing'] {
  if (!choosing || !isContrast(choosing)) return choosing;
  const { without, weight, plausible } = choosing;
  assertInvariant(without instanceof RemoteKvCache, 'a cache of another reader');
  return { cacheId: without.id, weight, plausible };
}

function runOf(
  tokens: ArrayLike<number>,
  count: number,
  cache: KvCache,
): { memory: RemoteKvCache; run: ParamsOf<'logitsAfter'> } {
  assertInvariant(cache instanceof RemoteKvCache, 'a cache of another reader');
  const sent = new Int32Array(count);
  for (let i = 0; i < count; i++) sent[i] = tokens[i]!;
  const { id: cacheId, length: at, answersFrom } = cache;
  return { memory: cache, run: { cacheId, at, answersFrom, tokens: sent } };
}

let lastCacheId = 0;

/** Gives back what was forgotten without `dispose`: here a cache is small, so its collector is in no hurry. */
const forgotten = new FinalizationRegistry<() => void>((dispose) => {
  dispose();
});

/** What is appended is sent at once and in order; a failure of it is told by the next run. */
export class RemoteKvCache implements KvCache {
  readonly id = ++lastCacheId;
  answersFrom = Infinity;
  #length = 0;
  readonly #state: CacheState;

  constructor(
    worker: ModelWorker,
    graphId: number,
    private readonly shape: BaseShape,
    readonly capacity: number,
    given: number | undefined,
  ) {
    this.#state = new CacheState(worker, this.id);
    this.#state.send('createCache', { graphId, cacheId: this.id, capacity, given });
    const state = this.#state;
    forgotten.register(
      this,
      () => {
        state.dispose();
      },
      this,
    );
  }

  get length(): number {
    return this.#length;
  }

  append(raw: RawKv, from: number, to: number): void {
    assertInvariant(from >= 0 && to <= raw.tokens, `tokens ${from}..${to} of ${raw.tokens}`);
    // The encoding stays with its owner, such as a turn's memory: what is given away is a copy of these tokens.
    this.take(tokensOf(raw, from, to, this.shape));
  }

  take(raw: RawKv): void {
    this.#state.throwProblem();
    const { tokens, keys, values } = raw;
    assertInvariant(
      this.#length + tokens <= this.capacity,
      `${this.#length} + ${tokens} tokens in ${this.capacity}`,
    );
    const given = [keys.buffer as ArrayBuffer, values.buffer as ArrayBuffer];
    this.#state.send('append', { cacheId: this.id, at: this.#length, raw }, given);
    this.#length += tokens;
  }

  truncate(length: number): void {
    assertInvariant(length <= this.#length, `truncating ${this.#length} tokens to ${length}`);
    this.#length = length;
  }

  /** After a run has appended tokens in the worker. */
  grow(count: number): void {
    this.#state.throwProblem();
    this.#length += count;
  }

  dispose(): void {
    forgotten.unregister(this);
    this.#length = 0;
    this.#state.dispose();
  }
}

/** The worker's side of a cache; knows no more of it than its number, so that it can outlive it. */
class CacheState {
  private problem: Error | undefined;

  constructor(
    private readonly worker: ModelWorker,
    private readonly cacheId: number,
  ) {}

  send<Name extends CallName>(name: Name, params: ParamsOf<Name>, transfer: ArrayBuffer[] = []): void {
    this.worker.call(name, params, { transfer }).catch((error: unknown) => {
      this.problem ??= error instanceof Error ? error : new Error(String(error));
    });
  }

  throwProblem(): void {
    if (this.problem !== undefined) throw this.problem;
  }

  dispose(): void {
    this.send('disposeCache', { cacheId: this.cacheId });
  }
}

/** Tokens [from, to) of an encoding, in memory of their own. */
function tokensOf(raw: RawKv, from: number, to: number, shape: BaseShape): RawKv {
  const part = emptyRaw(shape, to - from);
  const { layers, kvHeads, headDim } = shape;
  for (let head = 0; head < layers * kvHeads; head++) {
    const source = (head * raw.tokens + from) * headDim;
    const target = head * part.tokens * headDim;
    part.keys.set(raw.keys.subarray(source, source + part.tokens * headDim), target);
    part.values.set(raw.values.subarray(source, source + part.tokens * headDim), target);
  }
  return part;
}
