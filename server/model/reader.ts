import type { Contrast } from './contrast';
import type { KvCache, RawKv } from './kvCache';
import type { BaseShape } from './manifest';
import type { Sampling } from './sampling';

/** Tokens of one prefill run: long enough to fill the cores, short enough to stop between two of them. */
export const prefillChunkTokens = 256;

/** Fewer are not tried where a device has no memory for more: the weights alone fill it. */
export const prefillChunkTokensMin = 32;

/** Tokens of one run of which all are judged: their logits take 39 MB with a vocabulary of 151,936. */
export const judgedChunkTokens = 64;

/** As `prefillChunkTokensMin`: logits of 2 MB. */
export const judgedChunkTokensMin = 4;

/** Tokens of one run whose numbers do not depend on how many they are: the reader graph's `FEW_ROWS`. */
export const judgedRowsMax = 16;

/** How tokens are chosen where it is not greedily. */
export type Choosing = Sampling | Contrast;

export function isContrast(choosing: Choosing): choosing is Contrast {
  return 'without' in choosing;
}

/** The frozen base over a context of cached keys and values. Holds no landmark weight. */
export interface Reader {
  readonly shape: BaseShape;
  /** Most tokens of a context. */
  readonly contextTokens: number;

  /**
   * An empty context of this reader, and of no other.
   *
   * @param capacity most tokens of it
   * @param given how many tokens are appended before anything is run, as far as it is known; saves memory and copies
   */
  createCache(capacity: number, given?: number): KvCache;

  /**
   * Runs tokens after the cached ones and appends them to the cache, chunk by chunk.
   *
   * @returns logits of the last token, [vocabulary]
   */
  logitsAfter(tokens: ArrayLike<number>, cache: KvCache, signal: AbortSignal): Promise<Float32Array>;

  /**
   * Runs tokens after the cached ones and appends them to the cache, chunk by chunk.
   *
   * @param sampling how the choice is drawn; without it it is the greedy one
   * @returns the choice after the last token
   */
  choiceAfter(
    tokens: ArrayLike<number>,
    cache: KvCache,
    signal: AbortSignal,
    sampling?: Sampling,
  ): Promise<number>;

  /**
   * One run of a few tokens, after each of which the choice is told: the last token of an answer, and a draft of what
   * may follow. Appends all of them; the caller truncates the cache to those it accepts. A choice does not depend on
   * how many tokens are judged with it, to the last bit of its logits; a drawn one neither.
   *
   * @param tokens of which the first `count` are run, `judgedRowsMax` at most
   * @param choices [count or more] where the choice after each token is written; of a contrast up to the first one that differs
   * from the token which follows, as those after it are never said
   * @param choosing how choices are drawn, or compared with what would be said without the context; without it they are the
   * greedy ones
   */
  judge(
    tokens: Int32Array,
    count: number,
    cache: KvCache,
    choices: Int32Array,
    signal: AbortSignal,
    choosing?: Choosing,
  ): Promise<void>;

  /**
   * Keys and values of cached tokens [from, to), as if they had never been rotated: `append` puts them anywhere again.
   */
  rawKv(from: number, to: number, cache: KvCache, signal: AbortSignal): Promise<RawKv>;

  /**
   * How unlikely the base finds tokens after the cached ones, each by all that stand before it. Appends all but the last.
   *
   * @param tokens of which the first `given` are read and not judged; at least one, as the first judged needs one before it
   * @returns negative log-likelihoods in nats, [tokens - given]
   */
  losses(
    tokens: ArrayLike<number>,
    given: number,
    cache: KvCache,
    signal: AbortSignal,
  ): Promise<Float32Array>;

  /**
   * Encodes tokens after the cached ones and leaves the cache as it was.
   *
   * @returns keys (before rotary position) and values of the new tokens
   */
  encodeKv(tokens: ArrayLike<number>, cache: KvCache, signal: AbortSignal): Promise<RawKv>;
}
