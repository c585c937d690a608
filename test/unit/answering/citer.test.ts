import { expect, it } from 'vitest';
import { sourcesOf } from '../../../server/answering/citer';
import type { BlockPlace } from '../../../server/indexing/workspaceIndex';

const file = { path: 'README.md', lines: ['one long line', 'two', 'three'] };
const place = (blockIndex: number, startLine: number, endLine: number): BlockPlace =>
  ({ blockIndex, file, startLine, endLine }) as unknown as BlockPlace;

it('takes the pieces of a line that is longer than a block for one source', () => {
  const sources = sourcesOf([place(4, 1, 1), place(5, 1, 1), place(6, 1, 3), place(7, 2, 2)]);
  expect(sources.map(({ blockIndices, text }) => ({ blockIndices, text }))).toEqual([
    { blockIndices: [4, 5], text: 'one long line' },
    { blockIndices: [6], text: 'one long line\ntwo\nthree' },
    { blockIndices: [7], text: 'two' },
  ]);
});
