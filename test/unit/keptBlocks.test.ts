import { expect, test } from 'vitest';
import { keptBlocks } from '../../server/indexing/keptBlocks';
import type { WindowCut } from '../../server/text/windows';

/** Windows of one block a line, written `path:id:startLine-endLine`. */
function windowsOf(...texts: string[]): WindowCut[] {
  return texts.map((text) => {
    const [path, id, lines] = text.split(':') as [string, string, string];
    const [startLine, endLine] = lines.split('-').map(Number) as [number, number];
    const blocks = Array.from({ length: endLine - startLine + 1 }, (_, at) => ({
      startLine: startLine + at,
      endLine: startLine + at,
      startToken: at,
      endToken: at + 1,
    }));
    const counts = { tokenCount: blocks.length, prefixTokenCount: 0, headerTokenCount: 0 };
    return { id, path, startLine, endLine, blocks, ...counts };
  });
}

const before = windowsOf('a:1:1-2', 'a:2:3-4', 'a:3:5-5', 'b:4:1-2', 'c:5:1-3', 'c:6:3-3');

function check(after: WindowCut[], expected: number[], runs: number): void {
  const kept = keptBlocks(before, after);
  expect([...kept.oldIndices]).toEqual(expected);
  expect(kept.runs).toHaveLength(runs);
  for (const { blockIndex, oldBlockIndex, blocks } of kept.runs) {
    for (let at = 0; at < blocks; at++) expect(kept.oldIndices[blockIndex + at]).toBe(oldBlockIndex + at);
  }
}

test('keeps all of a workspace that is as before, but for windows that share a line', () => {
  check(before, [0, 1, 2, 3, 4, 5, 6, -1, -1, -1, -1], 1);
});

test('keeps what stands above and below an edit, moved or not', () => {
  const after = windowsOf('a:1:1-2', 'a:9:3-5', 'a:3:6-6', 'b:4:1-2');
  check(after, [0, 1, -1, -1, -1, 4, 5, 6], 2);
});

test('keeps files below one that came or went', () => {
  check(windowsOf('a0:7:1-1', 'b:4:1-2'), [-1, 5, 6], 1);
});

test('keeps the order of blocks where windows changed places', () => {
  check(windowsOf('a:2:1-2', 'a:1:3-4', 'a:3:5-5'), [-1, -1, -1, -1, 4], 1);
});

test('keeps nothing of an empty workspace', () => {
  expect(keptBlocks([], before).runs).toEqual([]);
  check([], [], 0);
});
