import type { Window } from '../text/windows';

/** Padded tokens of one run: one full window. More would not be faster, and a run cannot be interrupted. */
export const maxBatchTokens = 512;

/** What the encoder needs of a window. */
export type EncodableWindow = Pick<Window, 'tokens' | 'prefixTokenCount'> & {
  blocks: readonly Pick<Window['blocks'][number], 'startToken' | 'endToken'>[];
};

/** Turns windows into landmark keys and questions into landmark queries. Knows nothing of files or stores. */
export interface Encoder {
  /** @returns per window its blocks' landmark keys, [blocks, R], each of length 1 */
  encodeKeys(windows: readonly EncodableWindow[]): Promise<Float32Array[]>;

  /**
   * @param tokens the question in its turn markup
   * @param margins tokens at its start and end that the mean query leaves out
   * @returns the landmark query, [R], of length 1
   */
  encodeQuery(tokens: readonly number[], margins: readonly [number, number]): Promise<Float32Array>;
}
