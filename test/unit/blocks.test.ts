import { expect, test } from 'vitest';
import { cutBlocks } from '../../server/text/blocks';

/** Blocks of four tokens from lines of the given token counts, as `startLine-endLine:tokenCount`. */
function check(lineLengths: readonly number[], expected: readonly string[]): void {
  let nextToken = 0;
  const lineTokens = lineLengths.map((length) => Array.from({ length }, () => nextToken++));
  const blocks = cutBlocks(lineTokens, 4);
  expect(blocks.map(({ startLine, endLine, tokens }) => `${startLine}-${endLine}:${tokens.length}`)).toEqual(
    expected,
  );
  // Whatever the cut, no token is lost, doubled or moved.
  expect(blocks.flatMap(({ tokens }) => tokens)).toEqual(lineTokens.flat());
}

test.each<[string, number[], string[]]>([
  ['nothing', [], []],
  ['one line', [3], ['1-1:3']],
  ['one line that fits exactly', [4], ['1-1:4']],
  ['lines that fill a block exactly', [2, 2, 1], ['1-2:4', '3-3:1']],
  ['a line that does not fit beside the one before', [3, 2], ['1-1:3', '2-2:2']],
  ['single tokens', [1, 1, 1, 1, 1], ['1-4:4', '5-5:1']],
  ['a line longer than a block', [5], ['1-1:4', '1-1:1']],
  ['a line of exactly two blocks', [8], ['1-1:4', '1-1:4']],
  ['the rest of a long line beside the line below', [6, 2], ['1-1:4', '1-2:4']],
  ['the rest of a long line that fills its block', [6, 3], ['1-1:4', '1-1:2', '2-2:3']],
  ['a long line below a short one', [1, 9], ['1-1:1', '2-2:4', '2-2:4', '2-2:1']],
])('cuts %s', (_, lineLengths, expected) => {
  check(lineLengths, expected);
});
