import { expect, test } from 'vitest';
import { answerProbability, problemOfAnswerable } from '../../server/landmark/answerable';

const weights = { landmark: 4, evidence: 0.2, bias: -3, atLeast: 0.5 };

test.each<[number, number | undefined, number]>([
  [0.75, 0, 0.5],
  [0.75, undefined, 0.5],
  [0.25, 10, 0.5],
  [0.75, 10, 0.880797],
  [-1, 0, 0.000911],
])('landmarks of %d and evidence of %d answer with %d', (bestLandmarkScore, evidence, expected) => {
  expect(answerProbability(weights, { bestLandmarkScore, evidence })).toBeCloseTo(expected, 6);
});

test('a package of older weights says what to do', () => {
  const older = { landmark: 4, words: 2, bias: -3, atLeast: 0.5 };
  expect(problemOfAnswerable(weights)).toBeUndefined();
  expect(problemOfAnswerable(older as never)).toBe(
    'whether there is an answer has no weight for evidence; export the package again',
  );
});
