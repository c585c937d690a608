import { describe, expect, test } from 'vitest';
import { LandmarkKeys, type Int8Keys } from '../../server/landmark/keys';
import { floatKeys, quantizeKeys } from '../../server/store/keysInt8';
import { randomBelow } from '../store/support/random';

/** Keys of whole numbers up to 127, which int8 holds exactly. */
function wholeKeys(keyWidth: number, ...numbers: number[]): Int8Keys {
  return {
    numbers: Int8Array.from(numbers),
    scales: new Float32Array(numbers.length / keyWidth).fill(1),
  };
}

/** Within what 15 bits of the query's numbers leave out. */
function expectScores(scores: Float32Array, expected: readonly number[]): void {
  expect(scores.length).toBe(expected.length);
  expected.forEach((score, blockIndex) => {
    if (Number.isNaN(score)) expect(scores[blockIndex]).toBeNaN();
    else expect(Math.abs(scores[blockIndex]! - score)).toBeLessThanOrEqual(1e-4 * Math.abs(score));
  });
}

test('scores are inner products, NaN where a block has no key', () => {
  const keys = new LandmarkKeys(6, 4);
  keys.set(2, wholeKeys(6, 1, 2, 3, 4, 5, 6));
  keys.set(0, { numbers: Int8Array.of(-2, 0, 0, 0, 0, 1), scales: Float32Array.of(0.5) });
  const query = Float32Array.of(1, 1, 1, 1, 1, 10);
  expectScores(keys.scores(query), [4, NaN, 75, NaN]);
  expect(keys.score(2, query)).toBe(keys.scores(query)[2]);
  expect([keys.score(1, query), keys.score(9, query)]).toEqual([-1, -1]);
  expect([keys.count, keys.blockCount]).toEqual([2, 4]);
  const held = [0, 1, 2, 3, 4].map((blockIndex) => keys.has(blockIndex));
  expect(held).toEqual([true, false, true, false, false]);
});

test('takes the keys of a window at once, and replaces keys without counting them twice', () => {
  const keys = new LandmarkKeys(2);
  keys.set(1, wholeKeys(2, 1, 0, 0, 1, 1, 1));
  expect([keys.count, keys.blockCount]).toEqual([3, 4]);
  keys.set(2, wholeKeys(2, 5, 5));
  expect([keys.count, keys.blockCount]).toEqual([3, 4]);
  expectScores(keys.scores(Float32Array.of(1, 2)), [NaN, 1, 15, 3]);
});

test('grows block by block and keeps what it held', () => {
  const keys = new LandmarkKeys(3);
  const at = Array.from({ length: 300 }, (_, blockIndex) => blockIndex);
  for (const blockIndex of at) keys.set(blockIndex, wholeKeys(3, blockIndex % 100, 1, 0));
  expectScores(
    keys.scores(Float32Array.of(1, 1, 9)),
    at.map((blockIndex) => (blockIndex % 100) + 1),
  );
});

test('forgets keys, and takes them again', () => {
  const keys = new LandmarkKeys(2);
  keys.set(0, wholeKeys(2, 1, 0, 2, 0, 3, 0, 4, 0));
  keys.delete(1, 2);
  keys.delete(2, 1);
  expect([keys.count, keys.blockCount]).toEqual([2, 4]);
  expectScores(keys.scores(Float32Array.of(1, 0)), [1, NaN, NaN, 4]);
  keys.set(2, wholeKeys(2, 9, 0));
  expect(keys.count).toBe(3);
  expectScores(keys.scores(Float32Array.of(1, 0)), [1, NaN, 9, 4]);
});

test('takes over what other keys hold, and what they lack', () => {
  const before = new LandmarkKeys(2);
  before.set(0, wholeKeys(2, 1, 0, 2, 0, 3, 0));
  before.delete(1, 1);
  const keys = new LandmarkKeys(2, 2);
  keys.set(0, wholeKeys(2, 7, 0, 8, 0, 9, 0));
  keys.copy(1, before, 0, 3);
  expectScores(keys.scores(Float32Array.of(1, 0)), [7, 1, NaN, 3]);
  expect([keys.count, keys.blockCount]).toEqual([3, 4]);
  expect(() => {
    new LandmarkKeys(3).copy(0, before, 0, 1);
  }).toThrow('Broken invariant');
});

test('scores only what is inside', () => {
  const keys = new LandmarkKeys(2, 5);
  keys.set(0, wholeKeys(2, 1, 0, 2, 0, 3, 0, 4, 0));
  const inside = Uint8Array.of(0, 1, 1, 0, 1);
  expectScores(keys.scores(Float32Array.of(1, 0), inside), [NaN, 2, 3, NaN, NaN]);
  expect([keys.countInside(inside), keys.countInside()]).toEqual([2, 4]);
});

test('refuses what is no key or no query of its width', () => {
  const keys = new LandmarkKeys(4, 1);
  expect(() => {
    keys.set(0, { numbers: new Int8Array(6), scales: new Float32Array(1) });
  }).toThrow('Broken invariant');
  expect(() => keys.scores(new Float32Array(3))).toThrow('Broken invariant');
});

const keyWidth = 768;

/** Normal numbers that depend on the seed alone (Box and Muller). */
function normals(seed: number): () => number {
  const below = randomBelow(seed);
  return () => Math.sqrt(-2 * Math.log((below(1e6) + 1) / 1e6)) * Math.cos((2 * Math.PI * below(1e6)) / 1e6);
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, number) => sum + number * number, 0));
  return vector.map((number) => number / length);
}

/**
 * Keys as the model's are: of length 1, all of them with a mean in common, those of a window nearer to each other
 * (cosines of about .3 and .6), and a query of which some windows have more.
 */
function clusteredKeys(blocks: number, seed: number): { keys: Float32Array; query: Float32Array } {
  const normal = normals(seed);
  const random = (): Float32Array => Float32Array.from({ length: keyWidth }, normal);
  const [common, query] = [random(), unit(random())];
  const keys = new Float32Array(blocks * keyWidth);
  let window = random();
  let liking = 0;
  for (let block = 0; block < blocks; block++) {
    if (block % 8 === 0) [window, liking] = [random(), normal()];
    const gain = (liking + normal()) * 3;
    const key = random().map(
      (own, r) => 0.55 * common[r]! + 0.55 * window[r]! + 0.63 * own + gain * query[r]!,
    );
    keys.set(unit(key), block * keyWidth);
  }
  return { keys, query };
}

function exactScores(keys: Float32Array, query: Float32Array): Float32Array {
  return Float32Array.from({ length: keys.length / keyWidth }, (_, block) =>
    query.reduce((sum, number, r) => sum + number * keys[block * keyWidth + r]!, 0),
  );
}

function best(scores: Float32Array, top: number): number[] {
  const known = [...scores.keys()].filter((blockIndex) => !Number.isNaN(scores[blockIndex]!));
  return known.sort((left, right) => scores[right]! - scores[left]!).slice(0, top);
}

function shareFound(found: readonly number[], wanted: readonly number[]): number {
  return wanted.filter((blockIndex) => found.includes(blockIndex)).length / wanted.length;
}

describe('on keys like those of the model', () => {
  const blocks = 6_000;
  const { keys, query } = clusteredKeys(blocks, 7);
  const stored = quantizeKeys(keys, keyWidth);
  const exact = exactScores(keys, query);
  const filled = (options: ConstructorParameters<typeof LandmarkKeys>[2]): LandmarkKeys => {
    const all = new LandmarkKeys(keyWidth, blocks, options);
    all.set(0, stored);
    return all;
  };

  test('the exact scan differs from fp32 by what int8 costs, and by next to nothing from fp32 over int8', () => {
    const scores = filled({}).scores(query);
    const overInt8 = exactScores(floatKeys(stored), query);
    const farthest = (from: Float32Array): number =>
      scores.reduce((most, score, block) => Math.max(most, Math.abs(score - from[block]!)), 0);
    expect(farthest(exact)).toBeLessThan(0.002);
    expect(farthest(overInt8)).toBeLessThan(2e-5);
    expect(shareFound(best(scores, 64), best(exact, 64))).toBeGreaterThanOrEqual(0.98);
  });

  test('with vectors and without, scores are the same to the last bit', () => {
    for (const options of [{}, { exactBlocksMax: 1_000, candidatesMin: 500 }]) {
      const simd = filled({ ...options, kind: 'simd' }).scores(query);
      expect(filled({ ...options, kind: 'plain' }).scores(query)).toEqual(simd);
    }
  });

  test('two levels find the best 64, score them as one does, and say nothing of the rest', () => {
    const one = filled({}).scores(query);
    const two = filled({ exactBlocksMax: 1_000, candidatesMin: 500 }).scores(query);
    expect(shareFound(best(two, 64), best(one, 64))).toBeGreaterThanOrEqual(0.98);
    const looked = [...two.keys()].filter((block) => !Number.isNaN(two[block]!));
    expect(looked.length).toBe(500);
    expect(looked.every((block) => two[block] === one[block])).toBe(true);
  });

  test('a scope that is small is scanned whole, a large one by two levels', () => {
    const two = filled({ exactBlocksMax: 1_000, candidatesMin: 500 });
    const one = filled({}).scores(query);
    const small = new Uint8Array(blocks).fill(1, 3_000, 3_900);
    const scores = two.scores(query, small);
    expect([...scores.subarray(3_000, 3_900)]).toEqual([...one.subarray(3_000, 3_900)]);
    expect(scores.filter((score) => !Number.isNaN(score)).length).toBe(900);
    const large = new Uint8Array(blocks).fill(1, 0, 4_000);
    const inside = best(one.subarray(0, 4_000), 64);
    const found = two.scores(query, large);
    expect(shareFound(best(found, 64), inside)).toBeGreaterThanOrEqual(0.98);
    expect(found.subarray(4_000).every((score) => Number.isNaN(score))).toBe(true);
  });

  test('two levels follow what is replaced, forgotten and added', () => {
    const two = new LandmarkKeys(keyWidth, 0, { exactBlocksMax: 1_000, candidatesMin: 500 });
    // Window by window, so that sketches are made of what was there before they were needed.
    for (let block = 0; block < blocks; block += 8) {
      const numbers = stored.numbers.subarray(block * keyWidth, (block + 8) * keyWidth);
      two.set(block, { numbers, scales: stored.scales.subarray(block, block + 8) });
    }
    const one = filled({}).scores(query);
    expect(two.scores(query)).toEqual(filled({ exactBlocksMax: 1_000, candidatesMin: 500 }).scores(query));
    const [first, second] = best(one, 2) as [number, number];
    const [worst] = best(
      one.map((score) => -score),
      1,
    ) as [number];
    two.delete(first, 1);
    const row = stored.numbers.slice(first * keyWidth, (first + 1) * keyWidth);
    two.set(worst, { numbers: row, scales: stored.scales.slice(first, first + 1) });
    const scores = two.scores(query);
    expect(scores[first]).toBeNaN();
    expect(best(scores, 2)).toEqual([worst, second]);
    expect(scores[worst]).toBe(one[first]);
  });
});

test('takes over keys that are there from another state of the workspace', () => {
  const before = new LandmarkKeys(2, 4);
  before.set(1, wholeKeys(2, 1, 2, 3, 4));
  const after = new LandmarkKeys(2, 5);
  after.copy(2, before, 1, 3);
  expect(after.count).toBe(2);
  expect([0, 1, 2, 3, 4].map((blockIndex) => after.has(blockIndex))).toEqual([
    false,
    false,
    true,
    true,
    false,
  ]);
  // The query is rounded to 16 bits; the scores are those of the other to the last bit.
  const query = Float32Array.of(1, 10);
  expect([...after.scores(query)]).toEqual([NaN, NaN, before.score(1, query), before.score(2, query), NaN]);
  expect(before.score(2, query)).toBeCloseTo(43, 2);
  after.copy(2, before, 3, 1);
  expect(after.count).toBe(1);
});
