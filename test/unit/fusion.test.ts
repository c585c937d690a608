import { expect, test } from 'vitest';
import { fuseByRank, rankOf, topBlocks, unranked } from '../../server/landmark/fusion';

/** A repeatable sequence of scores with many ties, signs, gaps and zeros. */
function manyScores(count: number): Float32Array {
  let state = 7;
  return Float32Array.from({ length: count }, () => {
    state = (state * 48_271) % 2_147_483_647;
    const value = (state % 401) - 200;
    return state % 13 === 0 ? NaN : value / 64;
  });
}

/** What ranking means, said without regard to speed. */
function orderSlowly(scores: Float32Array): number[] {
  return [...scores.keys()]
    .filter((at) => scores[at] !== 0 && !Number.isNaN(scores[at]))
    .sort((left, right) => scores[right]! - scores[left]! || left - right);
}

test.each<[string, number[], number[]]>([
  ['nothing', [], []],
  ['descending scores', [3, 2, 1], [0, 1, 2]],
  ['negative scores below positive ones', [-1, 2, -3, 0.5], [2, 0, 3, 1]],
  ['ties by index', [1, 2, 1, 2], [2, 0, 3, 1]],
  ['no evidence as no rank', [0, NaN, 5, -0, -1], [unranked, unranked, 0, unranked, 1]],
  ['infinities', [Infinity, 1, -Infinity], [0, 1, 2]],
])('ranks %s', (_, scores, expected) => {
  expect([...rankOf(Float32Array.from(scores))]).toEqual(expected);
});

test('ranks and selects large arrays as a plain sort does', () => {
  const scores = manyScores(20_000);
  const order = orderSlowly(scores);
  const ranks = rankOf(scores);
  order.forEach((blockIndex, rank) => {
    if (ranks[blockIndex] !== rank)
      throw new Error(`Block ${blockIndex} has rank ${ranks[blockIndex]}, not ${rank}.`);
  });
  for (const top of [0, 1, 50, 20_000, 30_000]) expect(topBlocks(scores, top)).toEqual(order.slice(0, top));
});

test('sums reciprocal ranks over the arms that say something', () => {
  const landmark = Float32Array.of(0.9, NaN, 0.1);
  const lexical = Float32Array.of(0, 4, 2);
  const fused = fuseByRank([landmark, lexical]);
  expect(fused[0]).toBeCloseTo(1 / 20, 7);
  expect(fused[1]).toBeCloseTo(1 / 20, 7);
  expect(fused[2]).toBeCloseTo(1 / 21 + 1 / 21, 7);
  expect(topBlocks(fused, 3)).toEqual([2, 0, 1]);
});

test('an arm that found nothing leaves the other as it is', () => {
  const landmark = Float32Array.of(0.1, 0.2, 0.3);
  expect(topBlocks(fuseByRank([landmark, new Float32Array(3)]), 3)).toEqual([2, 1, 0]);
  expect([...fuseByRank([new Float32Array(3)])]).toEqual([0, 0, 0]);
  expect([...fuseByRank([])]).toEqual([]);
});

test('refuses arms over different blocks', () => {
  expect(() => fuseByRank([new Float32Array(2), new Float32Array(3)])).toThrow(RangeError);
});
