import type { BaseShape } from './manifest';

/**
 * Keys and values of consecutive tokens before rotary position, as a window's encoding gives them and the
 * store keeps them: [layers, kvHeads, tokens, headDim] each.
 */
export interface RawKv {
  tokens: number;
  keys: Float32Array;
  values: Float32Array;
}

/** Memory for the encoding of some tokens. */
export function emptyRaw(
  { layers, kvHeads, headDim }: Pick<BaseShape, 'layers' | 'kvHeads' | 'headDim'>,
  tokens: number,
): RawKv {
  const numbers = layers * kvHeads * tokens * headDim;
  return { tokens, keys: new Float32Array(numbers), values: new Float32Array(numbers) };
}

/**
 * The context of one conversation: rotated keys, and values, of the tokens at positions 0..length-1. A reader makes it
 * and keeps its memory, which may lie in another thread.
 */
export interface KvCache {
  /** Most tokens it may hold. */
  readonly capacity: number;
  readonly length: number;
  /**
   * The position from which tokens are run as an answer, with the deltas of a package that has them; never by default. Not of
   * what is appended.
   */
  answersFrom: number;

  /**
   * Appends tokens [from, to) of a stored encoding: keys are rotated to the next consecutive positions. Within
   * 1 % (likelihood of true answers) of reading the same text again, and no layer is run.
   */
  append(raw: RawKv, from: number, to: number): void;

  /**
   * Appends a whole encoding, which the caller may not use afterwards. Its memory may be given away, so keys and values each
   * fill a buffer of their own.
   */
  take(raw: RawKv): void;

  /** Forgets everything after the first `length` tokens. */
  truncate(length: number): void;

  /** Gives the memory back; the cache is not used any more. Tens of megabytes should not wait for the collector. */
  dispose(): void;
}
