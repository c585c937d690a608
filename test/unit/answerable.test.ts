import { expect, test } from 'vitest';
import {
  answerProbability,
  marginOf,
  marginWithVerdict,
  problemOfAnswerable,
  problemOfVerdict,
} from '../../server/landmark/answerable';

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

test.each([
  [0.5, 0.5, 0],
  [0.8, 0.5, Math.log(4)],
  [0.2, 0.8, 2 * Math.log(1 / 4)],
  [1, 0.5, Infinity],
  [0, 0.5, -Infinity],
])('a probability of %d passes a threshold of %d by %d nats', (probability, atLeast, margin) => {
  expect(marginOf({ atLeast }, probability)).toBeCloseTo(margin, 6);
});

test('a verdict is added in log odds', () => {
  expect(marginWithVerdict({ lead: 2, bias: -0.25, reach: 1 }, 0.5, -0.5)).toBeCloseTo(-0.75);
});

test('a verdict without one of its numbers says what to do', () => {
  expect(problemOfVerdict({ lead: 2, bias: -0.25, reach: 1 })).toBeUndefined();
  expect(problemOfVerdict({ lead: 2 } as never)).toBe(
    'the verdict of its reader has no number for bias, reach; export the package again',
  );
});
