/** Where files are cut into windows: as the oracle says, and again after an edit. */

import { beforeAll, expect, test } from 'vitest';
import type { TextModel } from '../../server/model/modelHost';
import { recutWindows } from '../../server/text/recut';
import { cutWindows, windowOfCut, withoutTokens, type TextFile } from '../../server/text/windows';
import { readCuts } from '../oracle/fixtures';
import { toyText } from './support/toyText';

const files = readCuts();
let text: TextModel;
beforeAll(async () => {
  text = await toyText();
});

function fileOf(path: string, content: string): TextFile {
  const lines = content.split(/\r\n|\n/);
  if (lines.at(-1) === '') lines.pop();
  return { path, lines };
}

function cut(file: TextFile) {
  return cutWindows(file, text.tokenizer, text.layout).map(withoutTokens);
}

test.each(files.map(({ name }, at) => [name, at] as const))('cuts as the oracle: %s', (_, at) => {
  const { name, text: content, windows } = files[at]!;
  const found = cut(fileOf(name, content)).map((window) => ({
    tokenCount: window.tokenCount - window.prefixTokenCount - window.headerTokenCount,
    blocks: window.blocks.map((block) => [block.startLine, block.endLine, block.endToken - block.startToken]),
  }));
  expect(found).toEqual(windows);
});

/** As a hash of nothing but its counter, so that the edits of a run are those of every other. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
}

test.each(files.map(({ name }, at) => [name, at] as const))('cuts edits as from the start: %s', (_, at) => {
  const { name, text: content } = files[at]!;
  const next = numbers(at + 1);
  const others = files
    .map((other) => fileOf(other.name, other.text).lines)
    .filter(({ length }) => length > 0);
  const oneOf = <Item>(items: readonly Item[]): Item => items[next(items.length)]!;
  let before = fileOf(name, content);
  let windows = cut(before);
  for (let edit = 0; edit < 40; edit++) {
    const lines = [...before.lines];
    const removed = next(4) === 0 ? next(6) : next(2);
    const added = Array.from({ length: next(4) === 0 ? next(6) : next(2) }, () => oneOf(oneOf(others)));
    lines.splice(next(lines.length + 1), removed, ...added);
    const file = { path: name, lines };
    const again = recutWindows({ file: before, windows }, file, text.tokenizer, text.layout);
    expect(again).toEqual(cut(file));
    before = file;
    windows = again;
  }
});

/** Functions of a few lines each, as no two of them read the same. */
function functions(count: number): string[] {
  return Array.from({ length: count }, (_, at) => [
    `def function_${at}(value):`,
    `    first = value + ${at * 7}`,
    '',
    `    return first * ${at * at}`,
    '',
    '',
  ]).flat();
}

test('keeps windows below and above an edit, and tokenizes a few of them', () => {
  const before = { path: 'f.py', lines: functions(600) };
  const windows = cut(before);
  const lines = [...before.lines];
  lines.splice(9, 0, '    inserted = 1');
  let tokenized = 0;
  const tokenizer = {
    ...text.tokenizer,
    encodeText: (line: string) => {
      tokenized++;
      return text.tokenizer.encodeText(line);
    },
  };
  const file = { path: 'f.py', lines };
  const again = recutWindows({ file: before, windows }, file, tokenizer, text.layout);
  expect(again).toEqual(cut(file));
  const ids = new Set(windows.map(({ id }) => id));
  expect(again.filter(({ id }) => !ids.has(id)).length).toBeLessThanOrEqual(2);
  expect(tokenized).toBeLessThan(lines.length / 20);
});

test('ends windows between functions, so that each stands whole in one', () => {
  const lines = functions(100);
  const starts = cut({ path: 'f.py', lines }).map(({ startLine }) => lines[startLine - 1]!);
  expect(starts.length).toBeGreaterThan(3);
  for (const line of starts) expect(line).toMatch(/^def /);
});

test('makes a window again from its own lines, also where it begins inside one', () => {
  for (const { name, text: content } of files) {
    const file = fileOf(name, content);
    for (const window of cutWindows(file, text.tokenizer, text.layout)) {
      const again = windowOfCut(file, withoutTokens(window), text.tokenizer, text.layout);
      expect(again).toEqual(window);
    }
  }
  const gone = { ...cut({ path: 'f', lines: ['a'] })[0]!, id: 'x' };
  expect(windowOfCut({ path: 'f', lines: ['b'] }, gone, text.tokenizer, text.layout)).toBeUndefined();
});
