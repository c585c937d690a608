import { expect, test } from 'vitest';
import { LandmarkKeys } from '../../server/landmark/keys';
import { LayerShares } from '../../server/landmark/layerShares';

const keys = new LandmarkKeys(6, 3);
keys.set(0, { numbers: Int8Array.of(1, 1, 0, 4, -1, -1), scales: Float32Array.of(1) });
keys.set(2, { numbers: Int8Array.of(-1, -1, 0, 0, 0, 0), scales: Float32Array.of(1) });
const shares = new LayerShares(keys, Float32Array.of(1, 1, 1, 1, 0.5, 0.5), [2, 7, 11]);

test('a score is what its layers give, the most first', () => {
  const of = shares.of(0);
  expect(of.map(({ layer }) => layer)).toEqual([7, 2, 11]);
  // 4, 2 and -1 of 5
  expect(of.map(({ share }) => share)).toEqual([0.8, 0.4, -0.2]);
});

test('nothing is said of a block without a key, or against which the landmark speaks', () => {
  expect([shares.of(1), shares.of(2)]).toEqual([[], []]);
});

test('refuses keys that are not layers side by side', () => {
  expect(() => new LayerShares(keys, new Float32Array(6), [1, 2, 3, 4])).toThrow('Broken invariant');
});
