import type { InferenceSession } from 'onnxruntime-node';
import { breathe } from '../concurrency';
import { assertInvariant } from '../errors';
import { KvCache, RotaryTable, type RawKv } from './kvCache';
import type { BaseShape } from './manifest';
import { ReaderBinding } from './readerBinding';

/** Tokens of one prefill run: long enough to fill the cores, short enough to stop between two of them. */
export const prefillChunkTokens = 256;

/** The frozen base over a context of cached keys and values. Holds no landmark weight. */
export class Reader {
  readonly rotary: RotaryTable;
  private readonly bindings = new WeakMap<KvCache, ReaderBinding>();

  constructor(
    private readonly session: InferenceSession,
    readonly shape: BaseShape,
    readonly contextTokens: number,
  ) {
    this.rotary = new RotaryTable(shape, contextTokens);
  }

  createCache(capacity: number): KvCache {
    assertInvariant(
      capacity <= this.contextTokens,
      `a context of ${capacity} tokens of ${this.contextTokens}`,
    );
    return new KvCache(this.shape, capacity);
  }

  /**
   * Runs tokens after the cached ones and appends them to the cache, chunk by chunk.
   *
   * @returns logits of the last token, [vocabulary]
   */
  async logitsAfter(tokens: ArrayLike<number>, cache: KvCache, signal: AbortSignal): Promise<Float32Array> {
    assertInvariant(tokens.length > 0, 'a run without tokens');
    const binding = this.bindingOf(cache);
    const fetches = binding.fetch(['logits']);
    let logits: Float32Array | undefined;
    for (let start = 0; start < tokens.length; start += prefillChunkTokens) {
      await breathe(signal);
      const count = Math.min(prefillChunkTokens, tokens.length - start);
      const results = await this.run(binding, { tokens, start, count, judged: 1 }, cache, fetches);
      logits = results['logits']!.data as Float32Array;
    }
    return logits!;
  }

  /**
   * Runs tokens after the cached ones and appends them to the cache, chunk by chunk.
   *
   * @returns the greedy choice after the last token
   */
  async choiceAfter(tokens: ArrayLike<number>, cache: KvCache, signal: AbortSignal): Promise<number> {
    assertInvariant(tokens.length > 0, 'a run without tokens');
    const choice = new Int32Array(1);
    const binding = this.bindingOf(cache);
    for (let start = 0; start < tokens.length; start += prefillChunkTokens) {
      await breathe(signal);
      const count = Math.min(prefillChunkTokens, tokens.length - start);
      await this.run(binding, { tokens, start, count, judged: 1 }, cache, binding.fetchChoices(1));
    }
    binding.readChoices(choice, 1);
    return choice[0]!;
  }

  /**
   * One run of a few tokens, after each of which the greedy choice is told: the last token of an answer, and a
   * draft of what may follow. Appends all of them; the caller truncates the cache to those it accepts. A choice does
   * not depend on how many tokens are judged with it, to the last bit of its logits.
   *
   * @param tokens of which the first `count` are run
   * @param choices [count or more] where the choice after each token is written
   */
  async judge(
    tokens: Int32Array,
    count: number,
    cache: KvCache,
    choices: Int32Array,
    signal: AbortSignal,
  ): Promise<void> {
    await breathe(signal);
    const binding = this.bindingOf(cache);
    await this.run(binding, { tokens, start: 0, count, judged: count }, cache, binding.fetchChoices(count));
    binding.readChoices(choices, count);
  }

  /**
   * Encodes tokens after the cached ones and leaves the cache as it was.
   *
   * @returns keys (before rotary position) and values of the new tokens
   */
  async encodeKv(tokens: ArrayLike<number>, cache: KvCache, signal: AbortSignal): Promise<RawKv> {
    const { layers, kvHeads, headDim } = this.shape;
    const total = tokens.length;
    const numbers = layers * kvHeads * total * headDim;
    const raw: RawKv = { tokens: total, keys: new Float32Array(numbers), values: new Float32Array(numbers) };
    const binding = this.bindingOf(cache);
    const fetches = binding.fetch(layerNames(['key', 'value'], layers));
    const before = cache.length;
    try {
      for (let start = 0; start < total; start += prefillChunkTokens) {
        await breathe(signal);
        const count = Math.min(prefillChunkTokens, total - start);
        const results = await this.run(binding, { tokens, start, count, judged: 1 }, cache, fetches);
        for (let layer = 0; layer < layers; layer++) {
          for (const part of ['key', 'value'] as const) {
            const rows = results[`${part}.${layer}`]!.data as Float32Array;
            scatterHeads(rows, part === 'key' ? raw.keys : raw.values, {
              layer,
              start,
              total,
              kvHeads,
              headDim,
            });
          }
        }
      }
    } finally {
      cache.truncate(before);
    }
    return raw;
  }

  private async run(
    binding: ReaderBinding,
    { tokens, start, count, judged }: TokenRun,
    cache: KvCache,
    fetches: InferenceSession.FetchesType,
  ): Promise<InferenceSession.OnnxValueMapType> {
    const after = cache.length + count;
    assertInvariant(after <= cache.capacity, `${after} tokens in a cache of ${cache.capacity}`);
    const results = await this.session.run(binding.feed(tokens, start, count, cache.length, judged), fetches);
    cache.length = after;
    return results;
  }

  private bindingOf(cache: KvCache): ReaderBinding {
    let binding = this.bindings.get(cache);
    if (!binding) this.bindings.set(cache, (binding = new ReaderBinding(cache)));
    return binding;
  }
}

/** Tokens [start, start + count) in one run; the last `judged` of them get logits. */
interface TokenRun {
  tokens: ArrayLike<number>;
  start: number;
  count: number;
  judged: number;
}

function layerNames(parts: readonly string[], layers: number): string[] {
  return Array.from({ length: layers }, (_, layer) => parts.map((part) => `${part}.${layer}`)).flat();
}

/** rows [S, kvHeads * headDim] into target [layers, kvHeads, total, headDim] at token `start` of `layer`. */
function scatterHeads(
  rows: Float32Array,
  target: Float32Array,
  at: { layer: number; start: number; total: number; kvHeads: number; headDim: number },
): void {
  const { layer, start, total, kvHeads, headDim } = at;
  const count = rows.length / (kvHeads * headDim);
  for (let token = 0; token < count; token++) {
    for (let head = 0; head < kvHeads; head++) {
      const from = (token * kvHeads + head) * headDim;
      const to = ((layer * kvHeads + head) * total + start + token) * headDim;
      target.set(rows.subarray(from, from + headDim), to);
    }
  }
}
