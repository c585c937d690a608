/** What a token costs: operations done and bytes moved, by the shape of the base. Pure. */

import type { BaseShape } from '../../server/model/manifest';

/** Of one token, on average over a run. */
export interface Cost {
  /** Products with quantized weights; a product and a sum are two. */
  weightOperations: number;
  /** Of attention: queries by keys, weights by values. */
  attentionOperations: number;
  bytes: number;
}

export interface Roof {
  /** Of quantized weights' products: int8 on both sides. */
  int8OperationsPerSecond: number;
  fp32OperationsPerSecond: number;
  bytesPerSecond: number;
}

export interface Placed {
  /** By arithmetic alone, and by memory alone. */
  arithmeticShare: number;
  memoryShare: number;
  limit: 'arithmetic' | 'memory';
}

export interface RunOfTokens {
  layers: number;
  /** Numbers of the matrices of one layer. */
  layerNumbers: number;
  /** Tokens of the whole run, and of each pass over the weights. */
  tokens: number;
  tokensPerPass: number;
  /** Tokens that were there before. */
  contextTokens: number;
  /** How many of the tokens a next one is chosen for. */
  choices: number;
  weightBytes: number;
  /** Read for each choice pass: the matrix of the vocabulary. */
  headBytes: number;
  /** Of a number of a key or value. */
  kvBytes: number;
}

export function costOf(shape: BaseShape, run: RunOfTokens): Cost {
  const { width, heads, kvHeads, headDim, vocabulary } = shape;
  const { layers, tokens, tokensPerPass, contextTokens, choices } = run;
  const headOperations = (2 * width * vocabulary * choices) / tokens;
  // A token sees those before it and itself.
  const seen = contextTokens + (tokens + 1) / 2;
  const passes = Math.ceil(tokens / tokensPerPass);
  const choicePasses = Math.min(passes, choices);
  // Each pass reads the keys and values that are there when it ends.
  const seenByPasses = passes * contextTokens + (tokens * (passes + 1)) / 2;
  const bytes =
    passes * run.weightBytes +
    choicePasses * run.headBytes +
    seenByPasses * layers * 2 * kvHeads * headDim * run.kvBytes;
  return {
    weightOperations: 2 * layers * run.layerNumbers + headOperations,
    attentionOperations: layers * 4 * heads * headDim * seen,
    bytes: bytes / tokens,
  };
}

/** Which share of the time a token took would be enough on a machine that did nothing else. */
export function placeUnder(
  roof: Roof,
  { weightOperations, attentionOperations, bytes }: Cost,
  tokensPerSecond: number,
): Placed {
  const arithmeticSeconds =
    weightOperations / roof.int8OperationsPerSecond + attentionOperations / roof.fp32OperationsPerSecond;
  const memorySeconds = bytes / roof.bytesPerSecond;
  return {
    arithmeticShare: arithmeticSeconds * tokensPerSecond,
    memoryShare: memorySeconds * tokensPerSecond,
    limit: arithmeticSeconds > memorySeconds ? 'arithmetic' : 'memory',
  };
}
