import { expect, test } from 'vitest';
import {
  blockText,
  cutWindows,
  headerTokens,
  textSha256,
  type WindowLayout,
} from '../../server/text/windows';
import { byteTokenizer, separatorToken } from './support/byteTokenizer';

const tokenizer = byteTokenizer();
const layout: WindowLayout = {
  packageId: 'package-a',
  prefixTokens: [separatorToken, 10],
  fileSeparatorToken: separatorToken,
  blockTokens: 8,
  windowTokens: 32,
  pathTokens: 6,
};

function linesOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `row${index % 10}`);
}

test('tokenizes text without letting it open special tokens', () => {
  expect(tokenizer.encodeText('abcab\n')).toEqual([257, 256, tokenizer.tokenId('Ċ')]);
  expect(tokenizer.encodeMarkup('<|sep|>')).toEqual([separatorToken]);
  expect(tokenizer.encodeText('<|sep|>')).not.toContain(separatorToken);
  expect(tokenizer.decode(tokenizer.encodeText('größe → ✓'))).toBe('größe → ✓');
});

test('opens each window with prefix and header, and fills at least half of its room', () => {
  const windows = cutWindows({ path: 'a/deep/file', lines: linesOf(20) }, tokenizer, layout);
  const opening = [...layout.prefixTokens, ...headerTokens('a/deep/file', tokenizer, layout)];
  expect(opening.length).toBe(2 + 1 + layout.pathTokens + 1);
  // 22 tokens remain: lines of 5 tokens, a block each, three or four of them by the hash of what follows.
  expect(windows.map(({ startLine, endLine }) => [startLine, endLine])).toEqual([
    [1, 4],
    [5, 8],
    [9, 11],
    [12, 14],
    [15, 18],
    [19, 20],
  ]);
  for (const window of windows) {
    expect(window.tokens.length).toBeLessThanOrEqual(layout.windowTokens);
    expect([...window.tokens.slice(0, opening.length)]).toEqual(opening);
    expect(window.prefixTokenCount + window.headerTokenCount).toBe(window.blocks[0]!.startToken);
    expect(window.blocks.at(-1)!.endToken).toBe(window.tokens.length);
  }
});

test('keeps the end of a long path in the header', () => {
  const [separator, ...path] = headerTokens('a/very/long/name.ts', tokenizer, layout);
  expect(separator).toBe(separatorToken);
  expect(tokenizer.decode(path)).toBe('ame.ts\n');
});

test('loses no text and overlaps none', () => {
  const lines = ['', 'abc', 'x'.repeat(50), 'é'.repeat(9), '', 'end'];
  const windows = cutWindows({ path: 'f', lines }, tokenizer, layout);
  const tokens = windows.flatMap((window) =>
    window.blocks.flatMap((block) => [...window.tokens.slice(block.startToken, block.endToken)]),
  );
  expect(tokenizer.decode(tokens)).toBe(lines.map((line) => `${line}\n`).join(''));
  for (const { blocks } of windows) {
    for (const block of blocks)
      expect(block.endToken - block.startToken).toBeLessThanOrEqual(layout.blockTokens);
  }
});

test('has no window for a file without lines', () => {
  expect(cutWindows({ path: 'f', lines: [] }, tokenizer, layout)).toEqual([]);
});

test('identifies a window by package, path and text, not by where it stands', () => {
  const idsOf = (path: string, lines: string[], packageId = layout.packageId): string[] =>
    cutWindows({ path, lines }, tokenizer, { ...layout, packageId }).map(({ id }) => id);
  // 27 tokens remain for text: a paragraph and a half, so each window is a paragraph.
  const paragraph = (name: string): string[] => [`${name} 1`, `${name} 2`, `${name} 3`, ''];
  const lines = [...paragraph('odd'), ...paragraph('even'), ...paragraph('odd')];
  const ids = idsOf('f', lines);
  expect(ids).toEqual([ids[0], expect.not.stringMatching(ids[0]!), ids[0]]);
  expect(idsOf('f', lines)).toEqual(ids);
  expect(idsOf('g', lines)).not.toEqual(ids);
  expect(idsOf('f', lines, 'package-b')).not.toEqual(ids);
  // What is inserted shifts every line below it, and leaves the ids below as they were.
  expect(idsOf('f', [...paragraph('new'), ...lines]).slice(1)).toEqual(ids);
});

test('gives the text of a block and its hash', () => {
  const file = { path: 'f', lines: ['one', 'two', 'three'] };
  expect(blockText(file, { startLine: 2, endLine: 3 })).toBe('two\nthree');
  expect(textSha256('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});
