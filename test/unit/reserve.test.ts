import { expect, test } from 'vitest';
import { topBlocks } from '../../server/landmark/fusion';
import { reservePlaces } from '../../server/landmark/reserve';

/** Twenty blocks that fusion ranks by their index. */
const fused = (): Float32Array => Float32Array.from({ length: 20 }, (_, at) => 1 - at / 100);
/** Landmark scores where these blocks are the best, in this order. */
const landmarks = (...best: number[]): Float32Array => {
  const scores = Float32Array.from({ length: 20 }, (_, at) => -at / 100);
  best.forEach((blockIndex, rank) => (scores[blockIndex] = 1 - rank / 10));
  return scores;
};
function orderOf(landmarkScores: Float32Array, scores = fused()): number[] {
  reservePlaces(scores, landmarkScores);
  return topBlocks(scores, 20);
}

test('the best blocks of the landmarks come at every fourth place at the latest', () => {
  const order = orderOf(landmarks(19, 18, 17, 16));
  expect(order.slice(0, 16)).toEqual([0, 1, 2, 19, 3, 4, 5, 18, 6, 7, 8, 17, 9, 10, 11, 16]);
  expect(order.slice(16)).toEqual([12, 13, 14, 15]);
});

test('blocks that come soon enough stay where they are', () => {
  expect(orderOf(landmarks(0, 1, 2, 3))).toEqual([...fused().keys()]);
  expect(orderOf(landmarks(3, 7, 11, 15))).toEqual([...fused().keys()]);
  expect(orderOf(landmarks(4, 0, 1, 2)).slice(0, 6)).toEqual([0, 1, 2, 4, 3, 5]);
});

test('few blocks, and blocks without a landmark key, are left alone', () => {
  const scores = Float32Array.of(0.5, 0.4, 0);
  reservePlaces(scores, Float32Array.of(NaN, NaN, 0.9));
  expect([...scores]).toEqual([...Float32Array.of(0.5, 0.4, 0)]);
  const none = fused();
  reservePlaces(none, new Float32Array(20).fill(NaN));
  expect([...none]).toEqual([...fused()]);
});
