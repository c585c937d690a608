import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { breathe } from '../concurrency';
import { assertInvariant } from '../errors';
import { KvCache, RotaryTable, type RawKv } from './kvCache';
import type { BaseShape } from './manifest';

/** Tokens of one prefill run: long enough to fill the cores, short enough to stop between two of them. */
export const prefillChunkTokens = 256;

/** The frozen base over a context of cached keys and values. Holds no landmark weight. */
export class Reader {
  readonly rotary: RotaryTable;

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
  async prefill(tokens: ArrayLike<number>, cache: KvCache, signal: AbortSignal): Promise<Float32Array> {
    let logits: Float32Array | undefined;
    for (let start = 0; start < tokens.length; start += prefillChunkTokens) {
      await breathe(signal);
      const chunk = Array.prototype.slice.call(tokens, start, start + prefillChunkTokens) as number[];
      logits = (await this.run(chunk, cache, ['logits']))['logits']!.data as Float32Array;
    }
    assertInvariant(logits !== undefined, 'prefill without tokens');
    return logits;
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
    const names = layerNames(['key', 'value'], layers);
    const before = cache.length;
    try {
      for (let start = 0; start < total; start += prefillChunkTokens) {
        await breathe(signal);
        const chunk = Array.prototype.slice.call(tokens, start, start + prefillChunkTokens) as number[];
        const results = await this.run(chunk, cache, names);
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
    tokens: readonly number[],
    cache: KvCache,
    outputs: readonly string[],
  ): Promise<InferenceSession.OnnxValueMapType> {
    const count = cache.length + tokens.length;
    assertInvariant(count <= cache.capacity, `${count} tokens in a cache of ${cache.capacity}`);
    const feeds: Record<string, Tensor> = {
      tokens: new Tensor('int64', BigInt64Array.from(tokens, BigInt), [1, tokens.length]),
      last_token: new Tensor('int32', Int32Array.of(count - 1), [1]),
      token_count: new Tensor('int32', Int32Array.of(count), []),
    };
    // Past and present name the same memory, so the graph appends in place and nothing is copied.
    const fetches: Record<string, Tensor | null> = Object.fromEntries(outputs.map((name) => [name, null]));
    const { layers, kvHeads, headDim } = this.shape;
    for (let layer = 0; layer < layers; layer++) {
      for (const [part, memory] of [
        ['key', cache.keys[layer]!],
        ['value', cache.values[layer]!],
      ] as const) {
        const tensor = new Tensor('float32', memory, [1, kvHeads, cache.capacity, headDim]);
        feeds[`past_${part}.${layer}`] = tensor;
        fetches[`present_${part}.${layer}`] = tensor;
      }
    }
    const results = await this.session.run(feeds, fetches);
    cache.length = count;
    return results;
  }
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
