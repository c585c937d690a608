import { expect, test } from 'vitest';
import { answerProbability } from '../../server/landmark/answerable';

const weights = { landmark: 4, words: 2, bias: -3, atLeast: 0.5 };

test.each<[number, number, number]>([
  [0.75, 0, 0.5],
  [0.25, 1, 0.5],
  [0.75, 1, 0.880797],
  [-1, 0, 0.000911],
])('landmarks of %d and words of %d answer with %d', (bestLandmarkScore, bestCoverage, expected) => {
  expect(answerProbability(weights, { bestLandmarkScore, bestCoverage })).toBeCloseTo(expected, 6);
});
