import { expect, test } from 'vitest';
import { LandmarkKeys } from '../../server/landmark/keys';

test('scores are inner products, NaN where a block has no key', () => {
  const keys = new LandmarkKeys(6, 4);
  keys.set(2, Float32Array.of(1, 2, 3, 4, 5, 6));
  keys.set(0, Float32Array.of(-1, 0, 0, 0, 0, 0.5));
  const scores = keys.scores(Float32Array.of(1, 1, 1, 1, 1, 10));
  expect([...scores]).toEqual([4, NaN, 75, NaN]);
  expect([keys.count, keys.blockCount]).toEqual([2, 4]);
  expect([0, 1, 2, 3, 4].map((blockIndex) => keys.has(blockIndex))).toEqual([
    true,
    false,
    true,
    false,
    false,
  ]);
});

test('takes the keys of a window at once, and replaces keys without counting them twice', () => {
  const keys = new LandmarkKeys(2);
  keys.set(1, Float32Array.of(1, 0, 0, 1, 1, 1));
  expect([keys.count, keys.blockCount]).toEqual([3, 4]);
  keys.set(2, Float32Array.of(5, 5));
  expect([keys.count, keys.blockCount]).toEqual([3, 4]);
  expect([...keys.scores(Float32Array.of(1, 2))]).toEqual([NaN, 1, 15, 3]);
});

test('grows block by block and keeps what it held', () => {
  const keys = new LandmarkKeys(3);
  for (let blockIndex = 0; blockIndex < 300; blockIndex++)
    keys.set(blockIndex, Float32Array.of(blockIndex, 1, 0));
  expect([...keys.scores(Float32Array.of(1, 1, 9))]).toEqual(Array.from({ length: 300 }, (_, at) => at + 1));
});

test('refuses what is no key or no query of its width', () => {
  const keys = new LandmarkKeys(4, 1);
  expect(() => {
    keys.set(0, new Float32Array(6));
  }).toThrow('Broken invariant');
  expect(() => keys.scores(new Float32Array(3))).toThrow('Broken invariant');
});

test('takes over keys that are there from another state of the workspace', () => {
  const before = new LandmarkKeys(2, 4);
  before.set(1, Float32Array.of(1, 2, 3, 4));
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
  expect([...after.scores(Float32Array.of(1, 10))]).toEqual([NaN, NaN, 21, 43, NaN]);
  after.copy(2, before, 3, 1);
  expect(after.count).toBe(1);
});
