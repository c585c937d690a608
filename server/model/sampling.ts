/**
 * Sampled decoding: draws a token from the nucleus (top-p: the likeliest tokens that together have a share p; Holtzman et
 * al. 2019, arXiv 1904.09751) of softmax(logits / temperature), by the Gumbel-max trick (Gumbel 1954; Maddison et al.
 * 2014, arXiv 1411.0030): the highest of logit / temperature + Gumbel noise is a draw from the softmax.
 *
 * The noise is a hash of seed, position and token. What is drawn at a position thus depends on nothing but the logits
 * there: neither on earlier draws nor on how many rows a run has. So a draft that is judged in one run gives the text that
 * one token a run gives, and the same seed gives the same answer again. Pure: knows logits.
 */

import { assertInvariant } from '../errors';

/** How tokens are drawn; without it the likeliest one is chosen. */
export interface Sampling {
  /** Above 0: near it the likeliest token nearly always, at 1 as the model has it, above 1 more evenly. */
  temperature: number;
  /** Share of the nucleus, above 0 and at most 1. */
  topP: number;
  /** A whole number of 32 bits. */
  seed: number;
}

/** All tokens that are left out before the nucleus is looked for have less than this share together. */
const neglectedShare = 1e-4;
/** So many that few tokens share the bucket in which a nucleus ends: 0.02 nats wide with 151,936 tokens. */
const bucketCount = 1_024;
/** Of 2^32 over the golden ratio; a finalizer alone would turn zero into zero. */
const golden = 0x9e3779b9;

/** For one row at a time; keeps the memory that a row takes. */
export class Sampler {
  private kept = new Float32Array(0);
  /** Of each bucket of logits, the highest logits first. */
  private readonly weights = new Float64Array(bucketCount);

  /**
   * @param logits of one row, [vocabulary]
   * @param position how many tokens stand before the one that is drawn
   */
  choose(logits: Float32Array, position: number, { temperature, topP, seed }: Sampling): number {
    assertInvariant(temperature > 0, `a temperature of ${temperature}`);
    const largest = largestOf(logits);
    assertInvariant(Number.isFinite(largest), 'no logit is a number');
    const least = this.leastOfNucleus(logits, largest, temperature, topP);
    const noise = rowNoise(seed, position);
    let choice = -1;
    let best = -Infinity;
    for (let token = 0; token < logits.length; token++) {
      const logit = logits[token]!;
      if (!(logit >= least)) continue;
      const score = (logit - largest) / temperature + gumbel(noise, token);
      if (score <= best) continue;
      best = score;
      choice = token;
    }
    return choice;
  }

  /**
   * The lowest logit of the nucleus; equal ones are in it together. Logits are put into buckets and only those of the
   * bucket in which the nucleus ends are sorted, since a nucleus may have tens of thousands of 151,936 tokens.
   */
  private leastOfNucleus(logits: Float32Array, largest: number, temperature: number, topP: number): number {
    const range = temperature * Math.log(logits.length / neglectedShare);
    // Each below weighs less than neglectedShare / vocabulary of the likeliest.
    const cut = largest - range;
    const bucketOf = (logit: number): number =>
      Math.min(bucketCount - 1, Math.floor((largest - logit) * (bucketCount / range)));
    const weightOf = (logit: number): number => Math.exp((logit - largest) / temperature);
    const { weights } = this;
    weights.fill(0);
    let sum = 0;
    for (let token = 0; token < logits.length; token++) {
      const logit = logits[token]!;
      if (!(logit >= cut)) continue;
      const weight = weightOf(logit);
      weights[bucketOf(logit)]! += weight;
      sum += weight;
    }
    let missing = topP * sum;
    let last = 0;
    while (last < bucketCount - 1 && missing > weights[last]!) missing -= weights[last++]!;
    const sorted = this.sortedWhere(logits, (logit) => logit >= cut && bucketOf(logit) === last);
    let at = sorted.length;
    while (at > 0 && missing > 0) missing -= weightOf(sorted[--at]!);
    // Rounding may leave a little missing behind the last token.
    return sorted[at] ?? cut;
  }

  /** Some of the logits, the lowest first, in memory that the next call overwrites. */
  private sortedWhere(logits: Float32Array, isWanted: (logit: number) => boolean): Float32Array {
    if (this.kept.length < logits.length) this.kept = new Float32Array(logits.length);
    let count = 0;
    for (let token = 0; token < logits.length; token++) {
      if (isWanted(logits[token]!)) this.kept[count++] = logits[token]!;
    }
    return this.kept.subarray(0, count).sort();
  }
}

/** -Infinity where none is a number. */
export function largestOf(logits: Float32Array): number {
  let largest = -Infinity;
  for (let token = 0; token < logits.length; token++) {
    if (logits[token]! > largest) largest = logits[token]!;
  }
  return largest;
}

/** What the noise of a row's tokens is made of. */
interface RowNoise {
  first: number;
  second: number;
}

/** Two words, so that no two rows have the same noise at shifted tokens. */
function rowNoise(seed: number, position: number): RowNoise {
  const first = mixed(mixed(seed + golden) + position);
  return { first, second: mixed(first + golden) };
}

/** Gumbel noise of a token, from a uniform number between 0 and 1, both excluded. */
function gumbel({ first, second }: RowNoise, token: number): number {
  const bits = mixed(mixed(token ^ first) + second) >>> 0;
  return -Math.log(-Math.log((bits + 0.5) / 2 ** 32));
}

/** MurmurHash3's finalizer: a permutation of 32 bits in which each bit of the input turns half of the output's. */
function mixed(bits: number): number {
  let hash = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
