import { expect, test } from 'vitest';
import { enlarge } from '../../../bench/search/enlarge';
import { ExactBest, meanShareFound } from '../../../bench/search/exact';
import type { RealKeys } from '../../../bench/search/realKeys';
import { compareSchemes } from '../../../bench/search/schemes';
import { textBlocks } from '../../../bench/search/texts';
import { timesOf } from '../../../bench/search/times';
import { randomBelow } from '../../store/support/random';

const keyWidth = 128;

/** Two heads of 64 numbers, each of one length. */
function realKeys(): RealKeys {
  const below = randomBelow(3);
  const floats = (rows: number): Float32Array =>
    Float32Array.from({ length: rows * keyWidth }, () => (below(2_001) - 1_000) / 1_000);
  return {
    model: 'random',
    packageId: 'none',
    keyWidth,
    keys: floats(40),
    blocksOfWindow: [8, 8, 3, 8, 8, 5],
    queries: floats(5),
  };
}

test('enlarged keys have length 1, come in whole windows, and are the same again', () => {
  const real = realKeys();
  const windows = [...enlarge(real, 300)];
  expect(windows.reduce((sum, keys) => sum + keys.length, 0)).toBe(300 * keyWidth);
  expect(windows.slice(0, -1).every((keys) => [3, 5, 8].includes(keys.length / keyWidth))).toBe(true);
  for (const keys of windows) {
    for (let at = 0; at < keys.length; at += keyWidth) {
      const key = keys.subarray(at, at + keyWidth);
      expect(key.reduce((sum, number) => sum + number * number, 0)).toBeCloseTo(1, 5);
    }
  }
  expect([...enlarge(real, 300)]).toEqual(windows);
});

test('the best blocks are those of a sort of all scores', () => {
  const { keys, queries } = realKeys();
  const best = new ExactBest(queries, keyWidth, 7);
  best.add(0, keys.subarray(0, 11 * keyWidth));
  best.add(11, keys.subarray(11 * keyWidth));
  const query = queries.subarray(2 * keyWidth, 3 * keyWidth);
  const scores = Float32Array.from({ length: 40 }, (_, block) =>
    query.reduce((sum, number, r) => sum + number * keys[block * keyWidth + r]!, 0),
  );
  const sorted = [...scores.keys()].sort((left, right) => scores[right]! - scores[left]!);
  expect([...best.of(2)].sort()).toEqual(sorted.slice(0, 7).sort());
});

test('what is found of what is wanted is counted by question', () => {
  const wanted = [new Set([1, 2, 3, 4]), new Set([5, 6])];
  expect(meanShareFound(wanted, wanted)).toBe(1);
  expect(meanShareFound([new Set([1, 2, 9]), new Set([5, 6])], wanted)).toBe(0.75);
});

test('every scheme looks at some keys, bounds at all that may be among the best', () => {
  const set = { ...realKeys(), keys: new Float32Array(800 * keyWidth) };
  let at = 0;
  const windows = [...enlarge(realKeys(), 800)];
  for (const keys of windows) {
    set.keys.set(keys, at);
    at += keys.length;
  }
  const rows = compareSchemes({
    ...set,
    blocksOfWindow: windows.map(({ length }) => length / keyWidth),
  });
  expect(rows.length).toBe(5);
  for (const { second } of rows) {
    // 62.72 of 800 blocks are the least that holds .98 of the best 64.
    expect(second).toBeGreaterThanOrEqual(0.078);
    expect(second).toBeLessThanOrEqual(1);
  }
});

test('blocks of text come again with more words where the files do not suffice', () => {
  const blocks = [...textBlocks(['bench/search/times.ts'], 40)];
  expect(blocks.length).toBe(40);
  expect(blocks.every(({ text }) => text.length <= 450)).toBe(true);
  expect(blocks[0]!.text).not.toMatch(/_\d/);
  expect(blocks.at(-1)!.text).toMatch(/\w_[1-9]/);
});

test('times are the middle, and what 99 of 100 stay below', () => {
  expect(timesOf(Array.from({ length: 200 }, (_, at) => 200 - at))).toEqual({ p50: 101, p99: 199 });
  expect(timesOf([3])).toEqual({ p50: 3, p99: 3 });
});
