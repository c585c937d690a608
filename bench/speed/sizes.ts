/** How much is measured. */
export interface Sizes {
  /** Of each rival, in turns. */
  repetitions: number;
  prefillTokens: readonly number[];
  /** Of the files that are encoded from end to end. */
  encodeTokens: number;
  encodeTurns: { turns: number; secondsPerTurn: number };
  decodeContexts: readonly number[];
  decodeTokens: number;
  routedBlocks: readonly number[];
  questions: number;
  growthTokens: readonly number[];
  /** The first is small: what is beyond it is the workspace's. */
  memoryTokens: readonly number[];
  llamaContexts: readonly number[];
  probe: ProbeSizes;
}

export interface ProbeSizes {
  /** Matrices of so many rows and columns are multiplied. */
  width: number;
  /** Far more than any cache holds. */
  streamedBytes: number;
  runs: number;
}

/** 24 blocks come to about 1,500 tokens with headers and question. 32,768 tokens are the longest context that the default base was trained on. */
export const fullSizes: Sizes = {
  repetitions: 5,
  prefillTokens: [512, 2048],
  encodeTokens: 30_000,
  encodeTurns: { turns: 4, secondsPerTurn: 8 },
  decodeContexts: [512, 1024, 2048, 4096],
  decodeTokens: 48,
  routedBlocks: [1, 4, 16, 24, 64],
  questions: 3,
  growthTokens: [100_000, 1_000_000, 10_000_000],
  memoryTokens: [20_000, 1_000_000, 10_000_000],
  llamaContexts: [4096, 32_768],
  probe: { width: 1024, streamedBytes: 256 * 2 ** 20, runs: 20 },
};

/** Proves in some minutes that each part runs; its numbers mean nothing. */
export const quickSizes: Sizes = {
  repetitions: 1,
  prefillTokens: [32, 64],
  encodeTokens: 600,
  encodeTurns: { turns: 1, secondsPerTurn: 0.1 },
  decodeContexts: [64],
  decodeTokens: 4,
  routedBlocks: [1, 2],
  questions: 1,
  growthTokens: [5_000, 20_000],
  memoryTokens: [5_000],
  llamaContexts: [256],
  probe: { width: 256, streamedBytes: 2 ** 20, runs: 3 },
};
