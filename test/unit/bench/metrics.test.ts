import { describe, expect, test } from 'vitest';
import { meanEstimate, pairedEstimate, randomNumbers } from '../../../bench/retrieval/bootstrap';
import { areaUnderCurve, find, hitsFile, hitsLine, type Entry } from '../../../bench/retrieval/metrics';

const entry = (path: string, startLine: number, endLine: number): Entry => ({ path, startLine, endLine });
const question = {
  id: 'q',
  question: '',
  answer: '',
  goldFiles: ['b', 'd'],
  goldSpans: [{ file: 'b', start: 10, end: 12 }],
};

describe('find', () => {
  const cases: [string, Entry[], ReturnType<typeof find>][] = [
    ['nothing returned', [], { fileRank: null, entryRank: null, linesToHit: null }],
    ['another file', [entry('a', 1, 9)], { fileRank: null, entryRank: null, linesToHit: null }],
    [
      'the gold file, lines beside the gold ones',
      [entry('a', 1, 9), entry('b', 13, 20)],
      { fileRank: 2, entryRank: null, linesToHit: null },
    ],
    [
      'the last gold line as the first line of an entry',
      [entry('a', 1, 9), entry('a', 10, 19), entry('b', 12, 20)],
      { fileRank: 2, entryRank: 3, linesToHit: 28 },
    ],
    [
      'a gold file without gold lines comes first',
      [entry('d', 1, 5), entry('b', 1, 10)],
      { fileRank: 1, entryRank: 2, linesToHit: 15 },
    ],
  ];
  test.each(cases)('%s', (_, entries, expected) => {
    expect(find(question, entries)).toEqual(expected);
  });
});

test('lines are paid for up to and with the entry that hits', () => {
  const found = find(question, [entry('a', 1, 40), entry('b', 1, 21)]);
  expect([60, 61].map((budget) => hitsLine(found, budget))).toEqual([false, true]);
  expect([1, 2].map((rank) => hitsFile(found, rank))).toEqual([false, true]);
});

test('the first entry is always returned, however long it is', () => {
  expect(hitsLine(find(question, [entry('b', 1, 500)]), 60)).toBe(true);
});

describe('area under the curve', () => {
  const cases: [string, number[], number[], number][] = [
    ['all above', [3, 4], [1, 2], 1],
    ['all below', [1, 2], [3, 4], 0],
    ['all alike', [1, 1, 1], [1, 1], 0.5],
    ['one tie of four pairs', [2, 3], [1, 2], 0.875],
  ];
  test.each(cases)('%s', (_, positives, negatives, expected) => {
    expect(areaUnderCurve(positives, negatives)).toBeCloseTo(expected);
  });
});

describe('bootstrap', () => {
  const values = Array.from({ length: 100 }, (_, index) => Number(index < 30));

  test('brackets the mean, and repeats', () => {
    const estimate = meanEstimate(values);
    expect(estimate.value).toBeCloseTo(0.3);
    // The normal approximation gives .21 to .39.
    expect(estimate.low).toBeGreaterThan(0.18);
    expect(estimate.low).toBeLessThan(0.24);
    expect(estimate.high).toBeGreaterThan(0.36);
    expect(estimate.high).toBeLessThan(0.42);
    expect(meanEstimate(values)).toEqual(estimate);
  });

  test('pairs cancel what both find', () => {
    expect(pairedEstimate(values, values)).toEqual({ value: 0, low: 0, high: 0 });
    expect(() => pairedEstimate([1], [])).toThrow(RangeError);
  });

  test('random numbers depend on the seed alone and stay in range', () => {
    const [first, again] = [randomNumbers(7), randomNumbers(7)];
    const drawn = Array.from({ length: 1000 }, first);
    expect(drawn).toEqual(Array.from({ length: 1000 }, again));
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...drawn)).toBeLessThan(1);
  });
});
