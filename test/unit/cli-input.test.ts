import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { displayPath, parseLocation, workspacePath } from '../../cli/location';
import { packageNameOrFolder, positiveInteger, seed, temperature } from '../../cli/options';
import { parseQuestions } from '../../cli/questions';

describe('FILE:LINE[:COLUMN]', () => {
  it.each([
    ['src/a.ts:12', { file: 'src/a.ts', line: 12 }],
    ['src/a.ts:12:5', { file: 'src/a.ts', line: 12, column: 5 }],
    ['C:\\work\\a.ts:12', { file: 'C:\\work\\a.ts', line: 12 }],
    ['C:\\work\\a.ts:12:5', { file: 'C:\\work\\a.ts', line: 12, column: 5 }],
    ['c:/repos/a.ts:1', { file: 'c:/repos/a.ts', line: 1 }],
    ['odd:7:name:3:4', { file: 'odd:7:name', line: 3, column: 4 }],
    ['with space.ts:3', { file: 'with space.ts', line: 3 }],
  ])('reads %s', (given, expected) => {
    expect(parseLocation(given)).toEqual(expected);
  });

  it.each([
    '',
    'a.ts',
    ':3',
    'a.ts:',
    'a.ts:x',
    'a.ts:0',
    'a.ts:1:0',
    'a.ts:-1',
    'a.ts:1:',
    'C:\\work\\a.ts',
    `a:${'9'.repeat(20)}`,
  ])('refuses "%s" and says how to write it', (given) => {
    expect(() => parseLocation(given)).toThrow(/Write FILE:LINE or FILE:LINE:COLUMN/);
  });
});

describe('paths', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'landmark-location-'));
    mkdirSync(join(root, 'src'));
    writeFileSync(join(root, 'src', 'a.ts'), '');
  });
  afterAll(() => {
    rmSync(root, { recursive: true });
  });

  it.each([
    { file: 'src/a.ts', expected: 'src/a.ts' },
    { file: './src/../src/a.ts', expected: 'src/a.ts' },
    { file: 'absent.ts', expected: 'absent.ts' },
    { file: '../outside.ts', expected: '../outside.ts' },
    { file: 'src', expected: 'src/' },
    { file: 'src/', expected: 'src/' },
    { file: '.', expected: './' },
  ])('names $file relative to the root', ({ file, expected }) => {
    expect(workspacePath(root, file)).toBe(expected);
  });

  it('takes absolute names and names completed from the current folder', () => {
    expect(workspacePath(root, join(root, 'src', 'a.ts'))).toBe('src/a.ts');
    expect(workspacePath(resolve('cli'), 'cli/main.ts')).toBe('main.ts');
  });

  it('shows a name the terminal can open', () => {
    expect(displayPath(root, root, 'src/a.ts')).toBe(join('src', 'a.ts'));
    expect(displayPath(root, join(root, 'src'), 'src/a.ts')).toBe('a.ts');
    expect(displayPath(root, tmpdir() + '-elsewhere', 'src/a.ts')).toBe(join(root, 'src', 'a.ts'));
  });
});

describe('a file of questions', () => {
  it('reads one question a line, skips blank lines and keeps ids as they are', () => {
    const text = '\ufeff{"id":"a","question":"one","file":"x.py"}\r\n\r\n{"id":2,"question":""}\n';
    expect(parseQuestions('q.jsonl', text)).toEqual([
      { id: 'a', question: 'one' },
      { id: 2, question: '' },
    ]);
  });

  it.each([
    { text: '{"id":"a","question":"one"}\n{', message: /^q\.jsonl:2: This is not JSON\./ },
    { text: '[]', message: /^q\.jsonl:1: This is not an object\./ },
    { text: 'null', message: /^q\.jsonl:1: This is not an object\./ },
    { text: '\n\n{"question":"one"}', message: /^q\.jsonl:3: "id" must be a string or a number\./ },
    { text: '{"id":1,"question":["one"]}', message: /^q\.jsonl:1: "question" must be a string\./ },
    { text: '\n \n', message: /holds no questions/ },
  ])('refuses $text with the number of the line', ({ text, message }) => {
    expect(() => parseQuestions('q.jsonl', text)).toThrow(message);
  });
});

describe('options', () => {
  it('reads whole numbers only', () => {
    expect(positiveInteger('12')).toBe(12);
    for (const wrong of ['', '0', '-1', '1.5', '1e3', 'x', '9'.repeat(20)]) {
      expect(() => positiveInteger(wrong)).toThrow();
    }
  });

  it('reads a temperature from 0 to 2', () => {
    expect(['0', '0.7', '.5', '1', '2.0'].map(temperature)).toEqual([0, 0.7, 0.5, 1, 2]);
    for (const wrong of ['', '-1', '2.1', '1e0', '0,7', '0x1', 'NaN', 'hot', '.', ' ']) {
      expect(() => temperature(wrong)).toThrow(/a number from 0 to 2/);
    }
  });

  it('reads a seed of 32 bits', () => {
    expect(['0', '7', '4294967295'].map(seed)).toEqual([0, 7, 2 ** 32 - 1]);
    for (const wrong of ['', '-1', '1.5', '4294967296', '1e3', 'x']) {
      expect(() => seed(wrong)).toThrow(/a whole number from 0 to 4294967295/);
    }
  });

  it('tells a package name from a folder', () => {
    expect(packageNameOrFolder('qwen2.5-coder')).toBe('qwen2.5-coder');
    expect(packageNameOrFolder('./models/toy')).toBe(resolve('models/toy'));
    expect(packageNameOrFolder('.')).toBe(resolve('.'));
  });
});
