import { expect, test } from 'vitest';
import { LandmarkKeys } from '../../server/landmark/keys';
import { LayerShares } from '../../server/landmark/layerShares';
import { randomBelow } from '../store/support/random';

/** Three layers of two heads of two numbers; block 1 has no key. */
const layout = { layers: [2, 7, 11], kvHeads: 2 };
const keys = new LandmarkKeys(12, 3);
keys.set(0, { numbers: Int8Array.of(1, 1, 0, 0, 0, 1, 2, 1, 0, 0, -1, -1), scales: Float32Array.of(1) });
keys.set(2, { numbers: new Int8Array(12).fill(-1), scales: Float32Array.of(1) });
const query = Float32Array.of(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0.5, 0.5);
const shares = new LayerShares(keys, query, layout);

test('a score is what its layers give, the most first, and a layer what its heads give, in their order', () => {
  // 2 and 0, 1 and 3, 0 and -1 of 5
  expect(shares.of(0)).toEqual([
    { layer: 7, share: 0.8, heads: [0.2, 0.6] },
    { layer: 2, share: 0.4, heads: [0.4, 0] },
    { layer: 11, share: -0.2, heads: [0, -0.2] },
  ]);
});

test('heads add up to their layer and all to the score, but for rounding, at the width of real keys', () => {
  const [layers, kvHeads, headDim] = [[2, 5, 6, 7, 8, 11], 2, 64];
  const width = layers.length * kvHeads * headDim;
  const below = randomBelow(7);
  const wide = new LandmarkKeys(width);
  const scale = 1 / 2048;
  const numbers = Int8Array.from({ length: width }, () => below(255) - 127);
  wide.set(0, { numbers, scales: Float32Array.of(scale) });
  // Leans towards the key, so that the score is above 0.
  const asked = Float32Array.from(numbers, (number) => (number + below(511) - 255) / 4096);
  const score = wide.score(0, asked);
  const told = new LayerShares(wide, asked, { layers, kvHeads }).of(0);
  expect(told).toHaveLength(layers.length);
  for (const { layer, share, heads } of told) {
    expect(heads.reduce((all, part) => all + part, 0)).toBeCloseTo(share, 12);
    heads.forEach((part, head) => {
      const first = (layers.indexOf(layer) * kvHeads + head) * headDim;
      let given = 0;
      for (let at = first; at < first + headDim; at++) given += numbers[at]! * scale * asked[at]!;
      expect(part * score).toBeCloseTo(given, 3);
    });
  }
  expect(told.reduce((all, { share }) => all + share, 0)).toBeCloseTo(1, 12);
});

test('nothing is said of a block without a key, or against which the landmark speaks', () => {
  expect([shares.of(1), shares.of(2)]).toEqual([[], []]);
});

test('refuses keys that are not equal heads of layers side by side', () => {
  for (const other of [
    { layers: [1, 2, 3, 4, 5], kvHeads: 2 },
    { layers: [2, 7, 11], kvHeads: 8 },
  ]) {
    expect(() => new LayerShares(keys, query, other)).toThrow('Broken invariant');
  }
});
