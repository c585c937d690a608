import { expect, test } from 'vitest';
import { definitionsOf } from '../../../bench/edits/definitions';
import { replay } from '../../../bench/edits/replay';
import { cutWindows } from '../../../server/text/windows';
import { toyText } from '../support/toyText';

test('finds functions and methods with all of their lines', () => {
  const lines = [
    'def one(a):',
    '    return a',
    '',
    'x = 1',
    'export async function two() {',
    '  if (a) {',
    '  }',
    '}',
    'class A {',
    '  three(b: number): void {',
    '    b;',
    '  }',
    '}',
  ];
  expect(definitionsOf(lines)).toEqual([
    { startLine: 0, endLine: 2 },
    { startLine: 4, endLine: 8 },
    { startLine: 9, endLine: 12 },
  ]);
});

test('measures the windows of the product, which encode less than full ones', async () => {
  const text = await toyText();
  const functions = Array.from(
    { length: 60 },
    (_, at) => `def name_${at}(a):\n    b = a + ${at}\n\n    return b\n\n`,
  );
  const content = functions.join('\n');
  const project = { name: 'p', files: [{ path: 'f.py', text: content }] };
  const { rules, functions: count } = replay(project, text, 60);
  expect(count).toBe(60);
  const [full, kept] = [rules[0]!, rules.at(-1)!];
  const windows = cutWindows(
    { path: 'f.py', lines: content.split('\n').slice(0, -1) },
    text.tokenizer,
    text.layout,
  );
  expect(kept.windows).toBe(windows.length);
  expect(kept.blocks).toBe(windows.reduce((sum, { blocks }) => sum + blocks.length, 0));
  expect(kept.tokensPerWindow).toBeCloseTo(
    windows.reduce((sum, { tokens }) => sum + tokens.length, 0) / windows.length,
  );
  expect(kept.wholeFunctions).toBe(1);
  expect(kept.edits.tokens).toBeLessThan(full.edits.tokens);
});
