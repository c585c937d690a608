import { describe, expect, test } from 'vitest';
import { newSides, stands } from '../../server/answering/summarize/changes';
import { chooseFiles, folderFilesMax, isEntry } from '../../server/answering/summarize/folder';
import { joinSpoken, numberTogether } from '../../server/answering/summarize/numbering';
import {
  runsOf,
  sectionsMax,
  sectionsOf,
  sectionTokensMin,
  type Section,
} from '../../server/answering/summarize/sections';

const entry = (title: string, startLine: number, endLine: number): Section => ({ title, startLine, endLine });
const written = (sections: readonly Section[]): string =>
  sections.map(({ title, startLine, endLine }) => `${title}:${startLine}-${endLine}`).join(' ');

describe('runs of lines', () => {
  test.each<[string, Section[], string]>([
    ['of no outline', [], ':1-20'],
    ['between symbols', [entry('f', 3, 5), entry('g', 10, 20)], ':1-2 f:3-5 :6-9 g:10-20'],
    [
      'of nested symbols',
      [entry('C', 1, 20), entry('m', 4, 6), entry('n', 7, 9)],
      'C:1-3 m:4-6 n:7-9 C:10-20',
    ],
    ['of overlapping symbols', [entry('f', 1, 12), entry('g', 8, 16)], 'f:1-7 g:8-16 :17-20'],
    [
      'out of order, outside and reversed',
      [entry('g', 15, 99), entry('x', 30, 40), entry('y', 9, 4), entry('f', 0, 3)],
      'f:1-3 :4-14 g:15-20',
    ],
    ['of symbols on the same line', [entry('C', 2, 9), entry('m', 2, 4)], ':1-1 m:2-4 C:5-9 :10-20'],
  ])('%s', (_, outline, expected) => {
    expect(written(runsOf({ startLine: 1, endLine: 20 }, outline))).toBe(expected);
  });

  test('of a selection', () => {
    expect(written(runsOf({ startLine: 4, endLine: 8 }, [entry('f', 1, 5)]))).toBe('f:4-5 :6-8');
  });
});

describe('sections', () => {
  /** Every line of `lines` lies in exactly one section, in order. */
  function expectCover(sections: readonly Section[], lines: number): void {
    let next = 1;
    for (const { startLine, endLine } of sections) {
      expect(startLine).toBe(next);
      expect(endLine).toBeGreaterThanOrEqual(startLine);
      next = endLine + 1;
    }
    expect(next).toBe(lines + 1);
  }

  test('join short neighbours under their titles and keep long ones', () => {
    const outline = [
      entry('a', 1, 10),
      entry('b', 11, 20),
      entry('c', 21, 30),
      entry('d', 31, 40),
      entry('e', 41, 100),
    ];
    const sections = sectionsOf(
      runsOf({ startLine: 1, endLine: 100 }, outline),
      new Array<number>(100).fill(10),
    );
    expect(written(sections)).toBe('a, b, c and 1 more:1-40 e:41-100');
  });

  test('split long symbols into parts of about equal length', () => {
    const sections = sectionsOf([entry('long', 1, 500)], new Array<number>(500).fill(10));
    expect(written(sections)).toBe('long (1 of 3):1-167 long (2 of 3):168-334 long (3 of 3):335-500');
  });

  test.each([
    ['20,000 lines of short functions', 20_000, 8, 12],
    ['20,000 lines of one function', 20_000, 20_000, 12],
    ['20,000 lines of long and short ones', 20_000, 777, 9],
    ['a line a symbol', 5_000, 1, 15],
    ['a short file', 12, 4, 8],
  ])('of %s are few and leave no line out', (_, lines, every, tokens) => {
    const outline = Array.from({ length: Math.ceil(lines / every) }, (__, i) =>
      entry(`f${i}`, i * every + 1, Math.min(lines, (i + 1) * every - (i % 3))),
    );
    const lineTokens = Array.from({ length: lines }, (__, i) => (i % 2 === 0 ? tokens : tokens / 2));
    const sections = sectionsOf(runsOf({ startLine: 1, endLine: lines }, outline), lineTokens);
    expectCover(sections, lines);
    expect(sections.length).toBeLessThanOrEqual(sectionsMax);
    if (lines * tokens > 40 * sectionTokensMin) expect(sections.length).toBeGreaterThan(10);
  });

  test('of single lines longer than a section', () => {
    const lineTokens = [10, 9_000, 10, 9_000, 10];
    expectCover(sectionsOf([entry('', 1, 5)], lineTokens), 5);
  });
});

describe('citations of several texts', () => {
  const citation = (n: number, path: string, startLine: number) => ({
    n,
    path,
    startLine,
    endLine: startLine,
    score: 1,
    sha256: path,
    text: '',
  });
  const spoken = (text: string, citations: ReturnType<typeof citation>[]) => ({
    answer: text,
    sentences: [{ text, citations: citations.map(({ n }) => n) }],
    citations,
    read: [],
    promptTokens: 1,
    cachedTokens: 2,
    generatedTokens: 3,
    notes: ['The same note.'],
  });

  test('are numbered as one list, a block once', () => {
    const texts = [
      spoken('One.', [citation(1, 'a', 1), citation(2, 'b', 1)]),
      spoken('Two.', [citation(1, 'b', 1), citation(2, 'a', 9)]),
    ];
    const { sentences, citations } = numberTogether(texts);
    expect(citations.map(({ n, path, startLine }) => `${n} ${path}:${startLine}`)).toEqual([
      '1 a:1',
      '2 b:1',
      '3 a:9',
    ]);
    expect(sentences.map((list) => list[0]!.citations)).toEqual([
      [1, 2],
      [2, 3],
    ]);
    expect(joinSpoken(texts)).toMatchObject({
      answer: 'One. Two.',
      promptTokens: 2,
      cachedTokens: 4,
      generatedTokens: 6,
      notes: ['The same note.'],
    });
  });
});

test('a map of a folder takes introductions and what lies near the top, in the order of paths', () => {
  const deep = Array.from({ length: 100 }, (_, i) => ({ path: `src/deep/f${i}.ts` }));
  const files = [{ path: 'Makefile' }, { path: 'README.md' }, ...deep, { path: 'src/main.ts' }];
  const chosen = chooseFiles(files).map(({ path }) => path);
  expect(chosen).toHaveLength(folderFilesMax);
  expect(chosen).toEqual([...chosen].sort());
  expect(chosen).toEqual(expect.arrayContaining(['Makefile', 'README.md', 'src/main.ts']));
});

test.each([
  ['package.json', true],
  ['crates/core/Cargo.toml', true],
  ['cmd/server/main.go', true],
  ['src/app/__main__.py', true],
  ['src/index.ts', true],
  ['src/indexes.ts', false],
  ['docs/main-ideas.md', false],
  ['src/domain.ts', false],
])('%s says where a project is entered: %s', (path, expected) => {
  expect(isEntry(path)).toBe(expected);
});

test('the new side of a difference is where its hunks say', () => {
  const diff = '@@ -1,3 +1,4 @@ f\n a\n+b\n@@ -20 +21 @@\n-x\n+y\n@@ -30,2 +30,0 @@\n-z\n@@ -1,0 +0,0 @@\n';
  expect(newSides(diff)).toEqual([
    { startLine: 1, endLine: 4, lines: ['a', 'b'] },
    { startLine: 21, endLine: 21, lines: ['y'] },
    { startLine: 30, endLine: 30, lines: [] },
    { startLine: 1, endLine: 1, lines: [] },
  ]);
  expect(newSides('Binary files differ')).toEqual([]);
});

test('a hunk stands in a file that holds its lines where it says', () => {
  const long = 'x'.repeat(2_500);
  const file = { lines: ['a', 'b', '', long.slice(0, 2_000)] };
  const [hunk] = newSides(`@@ -2,2 +2,3 @@\r\n b\r\n \r\n+${long}\r\n`);
  expect(stands(hunk!, file)).toBe(true);
  expect(stands({ ...hunk!, startLine: 1 }, file)).toBe(false);
  expect(stands({ ...hunk!, lines: ['b', '', `${'x'.repeat(1_500)}y`] }, file)).toBe(false);
  expect(stands({ ...hunk!, lines: ['b', '', long, 'beyond the end'] }, file)).toBe(false);
  expect(stands({ startLine: 1, endLine: 1, lines: ['a longer line'] }, file)).toBe(false);
});
