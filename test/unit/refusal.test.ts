import { describe, expect, it } from 'vitest';
import { isRefusedByReader, marginOf, problemOfAnswerable } from '../../server/landmark/answerable';
import { logOddsOf } from '../../server/answering/refusal';

describe('the verdict', () => {
  it('is the log odds of a token against all others', () => {
    const logits = Float32Array.of(1, -2, 0.5, 3);
    const weights = [...logits].map(Math.exp);
    const sum = weights.reduce((total, weight) => total + weight, 0);
    weights.forEach((weight, token) => {
      expect(logOddsOf(logits, token)).toBeCloseTo(Math.log(weight / (sum - weight)), 5);
    });
    expect(logOddsOf(Float32Array.of(900, 899), 1)).toBeCloseTo(-1, 5);
  });

  it('counts against what routing says', () => {
    const weights = { weight: 1, bias: 0.5, from: -1 };
    expect(isRefusedByReader(weights, 1, 1.4)).toBe(false);
    expect(isRefusedByReader(weights, 1, 1.6)).toBe(true);
    expect(isRefusedByReader(weights, Infinity, 99)).toBe(false);
  });
});

it('a margin is 0 at the threshold, and whatever it is where nothing is refused', () => {
  const answerable = { landmark: 0, evidence: 0, bias: 0, atLeast: 0.25 };
  expect(marginOf(answerable, 0.25)).toBeCloseTo(0, 10);
  expect(marginOf(answerable, 0.5)).toBeCloseTo(Math.log(3), 10);
  expect(marginOf({ ...answerable, atLeast: 0 }, 0.01)).toBe(Infinity);
});

it('a verdict without its numbers is no verdict', () => {
  const answerable = { landmark: 1, evidence: 1, bias: 0, atLeast: 0.2 };
  expect(problemOfAnswerable({ ...answerable, reader: { weight: 1, bias: 0, from: -1 } })).toBeUndefined();
  const lacking = { weight: 1, from: NaN } as unknown as { weight: number; bias: number; from: number };
  expect(problemOfAnswerable({ ...answerable, reader: lacking })).toMatch(/no bias, from/);
});
