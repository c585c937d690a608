import { describe, expect, test } from 'vitest';
import { Sampler, type Sampling } from '../../server/model/sampling';

const draws = 20_000;
const plain: Sampling = { temperature: 1, topP: 1, seed: 0 };

/** Logits between 0 and 10 that differ by token and row, made without the hash that is tested. */
function someLogits(count: number, row = 0): Float32Array {
  return Float32Array.from({ length: count }, (_, token) => {
    const wave = Math.sin((token + 1) * 12.9898 + row * 78.233) * 43_758.5453;
    return (wave - Math.floor(wave)) * 10;
  });
}

function softmax(logits: Float32Array, temperature: number): number[] {
  const weights = Array.from(logits, (logit) => Math.exp(logit / temperature));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** The nucleus by its definition, with a sort of everything. */
function nucleusOf(logits: Float32Array, { temperature, topP }: Sampling): Set<number> {
  const shares = softmax(logits, temperature);
  const byShare = shares.map((_, token) => token).sort((a, b) => shares[b]! - shares[a]!);
  const nucleus = new Set<number>();
  let sum = 0;
  for (const token of byShare) {
    nucleus.add(token);
    sum += shares[token]!;
    if (sum >= topP) break;
  }
  return nucleus;
}

/** Pearson's sum over cells of (found - expected)² / expected. */
function chiSquare(found: readonly number[], shares: readonly number[]): number {
  const total = found.reduce((sum, count) => sum + count, 0);
  return shares.reduce((sum, share, i) => sum + (found[i]! - total * share) ** 2 / (total * share), 0);
}

/** How often each token is drawn. */
function counts(logits: Float32Array, draw: (sampler: Sampler, at: number) => number): number[] {
  const sampler = new Sampler();
  const found = new Array<number>(logits.length).fill(0);
  for (let at = 0; at < draws; at++) found[draw(sampler, at)]!++;
  return found;
}

const argmax = (logits: Float32Array): number => logits.indexOf(Math.max(...logits));

describe('what is drawn', () => {
  const logits = Float32Array.of(2, 1, 0.5, 0, 0, -0.5, -1, -2);
  // Seven degrees of freedom: above 29.9 once in 10,000.
  const chiSquareMax = 29.9;

  test.each([0.6, 1, 2])('over positions has the shares of the softmax at temperature %d', (temperature) => {
    const sampling = { ...plain, temperature };
    const found = counts(logits, (sampler, at) => sampler.choose(logits, at, sampling));
    expect(chiSquare(found, softmax(logits, temperature))).toBeLessThan(chiSquareMax);
  });

  test('over seeds has the same shares', () => {
    const found = counts(logits, (sampler, at) => sampler.choose(logits, 1_000, { ...plain, seed: at }));
    expect(chiSquare(found, softmax(logits, 1))).toBeLessThan(chiSquareMax);
  });

  test('at one position tells nothing of the next, nor one seed of another', () => {
    const shares = softmax(logits, 1);
    const pairShares = shares.flatMap((one) => shares.map((other) => one * other));
    for (const [nextAt, nextSeed] of [
      [1, 0],
      [0, 1],
    ] as const) {
      const sampler = new Sampler();
      const pairs = new Array<number>(pairShares.length).fill(0);
      for (let at = 0; at < draws; at++) {
        const one = sampler.choose(logits, at * 2, plain);
        const other = sampler.choose(logits, at * 2 + nextAt, { ...plain, seed: nextSeed });
        pairs[one * logits.length + other]!++;
      }
      // 63 degrees of freedom: above 113 once in 10,000.
      expect(chiSquare(pairs, pairShares)).toBeLessThan(113);
    }
  });

  test('is spread evenly over a large vocabulary of equal logits', () => {
    const equal = new Float32Array(2_000);
    const sampler = new Sampler();
    const tenths = new Array<number>(10).fill(0);
    for (let at = 0; at < 2_000; at++) tenths[Math.floor(sampler.choose(equal, at, plain) / 200)]!++;
    // Nine degrees of freedom.
    expect(chiSquare(tenths, new Array<number>(10).fill(0.1))).toBeLessThan(33.7);
  });

  test('depends on seed and position, and on nothing that was drawn before', () => {
    const rows = Array.from({ length: 50 }, (_, row) => someLogits(500, row));
    const draw = (sampler: Sampler, order: number[], seed: number): number[] => {
      const found: number[] = [];
      for (const row of order) found[row] = sampler.choose(rows[row]!, 100 + row, { ...plain, seed });
      return found;
    };
    const forth = rows.map((_, row) => row);
    const expected = draw(new Sampler(), forth, 7);
    const used = new Sampler();
    used.choose(someLogits(9_000), 3, plain);
    expect(draw(used, forth.toReversed(), 7)).toEqual(expected);
    expect(draw(used, forth, 8)).not.toEqual(expected);
    expect(draw(used, forth, 2 ** 32 - 1)).not.toEqual(expected);
  });
});

describe('the nucleus', () => {
  test('has no tail, and keeps the shares of its tokens', () => {
    // .5, .3, .15, .05: the first three are the fewest that have .9.
    const logits = Float32Array.of(Math.log(0.05), Math.log(0.5), Math.log(0.15), Math.log(0.3));
    const sampling = { ...plain, topP: 0.9 };
    const [tail, ...kept] = counts(logits, (sampler, at) => sampler.choose(logits, at, sampling));
    expect(tail).toBe(0);
    // Two degrees of freedom.
    expect(chiSquare(kept, [0.5 / 0.95, 0.15 / 0.95, 0.3 / 0.95])).toBeLessThan(18.4);
    const all = counts(logits, (sampler, at) => sampler.choose(logits, at, plain));
    expect(all[0]).toBeGreaterThan(0);
  });

  test.each([
    [7, 0.3, 0.5],
    [1_000, 0.7, 0.9],
    [1_000, 2, 0.99],
    [20_000, 0.5, 0.9],
    [20_000, 2, 0.9],
  ])('of %d logits at temperature %d and share %d is what a full sort gives', (count, temperature, topP) => {
    const logits = someLogits(count);
    const sampling = { temperature, topP, seed: 3 };
    const nucleus = nucleusOf(logits, sampling);
    const sampler = new Sampler();
    const found = new Set<number>();
    for (let at = 0; at < 300; at++) found.add(sampler.choose(logits, at, sampling));
    for (const token of found) expect(nucleus).toContain(token);
    expect(found.size).toBeGreaterThan(nucleus.size < 20 ? nucleus.size - 1 : 20);
  });

  test('ends at the token that reaches the share', () => {
    // What each share adds: logits that are far apart and close together.
    const logits = Float32Array.from({ length: 4_000 }, (_, token) => -token / 500);
    for (const topP of [0.001, 0.2, 0.5, 0.9]) {
      const nucleus = nucleusOf(logits, { ...plain, topP });
      const sampler = new Sampler();
      let last = 0;
      for (let at = 0; at < 1_000; at++)
        last = Math.max(last, sampler.choose(logits, at, { ...plain, topP }));
      expect(last).toBeLessThan(nucleus.size);
      expect(last).toBeGreaterThan(nucleus.size * 0.95 - 1);
    }
  });

  test('of equal logits has all of them', () => {
    const logits = Float32Array.of(1, 1, 1, 1);
    const found = counts(logits, (sampler, at) => sampler.choose(logits, at, { ...plain, topP: 0.3 }));
    expect(chiSquare(found, [0.25, 0.25, 0.25, 0.25])).toBeLessThan(21.1);
  });
});

describe('the edges', () => {
  test.each([1e-8, 1e-30, Number.MIN_VALUE])('a temperature of %d is greedy', (temperature) => {
    const sampler = new Sampler();
    for (let row = 0; row < 50; row++) {
      const logits = someLogits(3_000, row);
      expect(sampler.choose(logits, row, { temperature, topP: 0.9, seed: row })).toBe(argmax(logits));
    }
  });

  test('a share near 0 is greedy', () => {
    const logits = someLogits(3_000);
    expect(new Sampler().choose(logits, 5, { ...plain, topP: 1e-9 })).toBe(argmax(logits));
  });

  test('a token that is ruled out is never drawn', () => {
    const logits = Float32Array.of(-Infinity, 0, NaN);
    const found = counts(logits, (sampler, at) => sampler.choose(logits, at, { ...plain, temperature: 2 }));
    expect(found).toEqual([0, draws, 0]);
  });

  test('what would divide by zero, or has no number, is refused', () => {
    const sampler = new Sampler();
    const logits = Float32Array.of(0, 1);
    expect(() => sampler.choose(logits, 0, { ...plain, temperature: 0 })).toThrow('Broken invariant');
    expect(() => sampler.choose(Float32Array.of(NaN, NaN), 0, plain)).toThrow('Broken invariant');
  });
});
