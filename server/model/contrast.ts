/**
 * Context-aware decoding (Shi et al. 2023, arXiv 2305.14739, section 2): what a context adds to a token's likelihood counts
 * beside the likelihood. Chosen is the token of the highest
 *
 *     (1 + weight) * logit after the context - weight * logit without it
 *
 * among those that are plausible after the context: at least `plausible` times as likely as the likeliest one (Li et al. 2022,
 * arXiv 2210.15097, section 3.3). Where no other token is, the likeliest one is chosen whatever would be said without the
 * context, so nothing needs to be run without it. Pure: knows logits.
 */

import { assertInvariant } from '../errors';
import type { KvCache } from './kvCache';
import { largestOf } from './sampling';

export interface ContrastWeights {
  /** 0 is greedy decoding. */
  weight: number;
  /** Share of the likeliest token's probability, above 0 and at most 1; 1 is greedy decoding. */
  plausible: number;
}

/** How a token is chosen beside what would be said without the context. */
export interface Contrast extends ContrastWeights {
  /**
   * What is to be said anyway: the prompt without the context, of the same reader. What is decoded after the context goes
   * through it too, when it is needed; its length is then the reader's, and nobody else may use it.
   */
  without: KvCache;
}

/**
 * The likeliest token, where no other is plausible.
 *
 * @param logits of one row, [vocabulary]
 */
export function onlyPlausible(logits: Float32Array, plausible: number): number | undefined {
  let largest = -Infinity;
  let second = -Infinity;
  let choice = -1;
  for (let token = 0; token < logits.length; token++) {
    const logit = logits[token]!;
    if (logit > largest) {
      second = largest;
      largest = logit;
      choice = token;
    } else if (logit > second) {
      second = logit;
    }
  }
  assertInvariant(Number.isFinite(largest), 'no logit is a number');
  return second < largest + Math.log(plausible) ? choice : undefined;
}

/**
 * @param logits after the context, of one row, [vocabulary]
 * @param without the same without it
 */
export function contrasted(
  logits: Float32Array,
  without: Float32Array,
  { weight, plausible }: ContrastWeights,
): number {
  const largest = largestOf(logits);
  assertInvariant(Number.isFinite(largest), 'no logit is a number');
  const least = largest + Math.log(plausible);
  let best = -Infinity;
  let choice = -1;
  for (let token = 0; token < logits.length; token++) {
    const logit = logits[token]!;
    if (!(logit >= least)) continue;
    const score = (1 + weight) * logit - weight * without[token]!;
    if (score <= best) continue;
    best = score;
    choice = token;
  }
  return choice;
}
