import { describe, expect, test } from 'vitest';
import { DraftSource, draftTokensMax } from '../../server/answering/draft';

/** Drafts after these texts and an answer so far; undefined where nothing is drafted. */
function draft(texts: number[][], answer: number[], tokensMax = draftTokensMax): number[] {
  const source = new DraftSource(texts, answer.length);
  for (const token of answer) source.push(token);
  const target = new Int32Array(1 + draftTokensMax);
  const count = source.draft(target, 1, tokensMax);
  return [...target.subarray(1, 1 + count)];
}

const counting = Array.from({ length: 20 }, (_, i) => 100 + i);

describe('a draft', () => {
  test.each<[string, number[][], number[], number[]]>([
    ['is what followed the last token', [[1, 2, 3]], [9, 1], [2]],
    ['after two equal tokens is one', [counting], [100, 101], [102]],
    ['is longer the more tokens are equal', [counting], [100, 101, 102], [103, 104]],
    ['has a greatest length', [counting], counting.slice(0, 8), counting.slice(8, 8 + draftTokensMax)],
    [
      'follows the longest equal tail, not the latest',
      [
        [1, 2, 3],
        [2, 4],
      ],
      [1, 2],
      [3],
    ],
    [
      'follows the latest of equally long ones',
      [
        [2, 3],
        [2, 4],
      ],
      [9, 2],
      [4],
    ],
    ['may come from the answer itself', [[]], [5, 6, 7, 5], [6]],
    ['is none where the last token is new', [[1, 2, 3]], [4], []],
    ['is none before anything was answered', [[1, 2, 3]], [], []],
    ['is none without texts', [], [1], []],
    ['does not cross from one text into another', [[1, 2], [3]], [1, 2], []],
    ['ends where its text ends', [[1, 2, 3], [8]], [1, 2], [3]],
    [
      'is not matched across two texts',
      [
        [7, 1],
        [2, 5],
        [0, 2, 6],
      ],
      [1, 2],
      [6],
    ],
  ])('%s', (_, texts, answer, expected) => {
    expect(draft(texts, answer)).toEqual(expected);
  });

  test('has at most as many tokens as are asked for', () => {
    expect(draft([counting], counting.slice(0, 8), 3)).toHaveLength(3);
    expect(draft([counting], [100, 101, 102], 0)).toEqual([]);
  });
});
