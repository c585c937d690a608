import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { answerWithCitations, placeLink, threadMarkdown } from '../../../src/ask/model/export';
import { findQuoted } from '../../../src/ask/model/quoted';
import { rankPaths } from '../../../src/ask/model/rankPaths';
import { askedScope, scopeChoices } from '../../../src/ask/model/scope';
import { decodeText } from '../../../server/workspace/textLines';
import { defaultLimits } from '../../../server/workspace/workspace';
import type { ThreadTurn } from '../../../src/ask/model/state';
import { dedented, shortened } from '../../../src/ask/model/text';
import { tokenColors } from '../../../src/ask/model/themeColors';
import { currentStep, doneSteps, likelihood, readLine, strongestHeads } from '../../../src/ask/model/words';
import { hostEnglish, pageEnglish } from '../../../src/ask/strings';
import { after, answer, asked, environment, hit } from './support/samples';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const words = { strings: pageEnglish, language: 'en' };
const hostWords = { strings: hostEnglish, language: 'en' };
const answered = after([asked('t1', 'How?'), { type: 'answered', turnId: 't1', result: answer() }]);
const turn = answered.threads[0]!.turns[0]!;

describe('quoted lines', () => {
  const text = 'two\nthree';
  const quoted = { startLine: 2, endLine: 3, text, sha256: sha256(text) };
  test.each([
    ['one\ntwo\nthree\n', 'same', 2, 3],
    ['one\r\ntwo\r\nthree\r\n', 'same', 2, 3],
    ['zero\nhalf\none\ntwo\nthree', 'moved', 4, 5],
    ['two\nthree\none\n2\n3\ntwo\nthree', 'moved', 1, 2],
    ['one\ntwo\nthr33', 'changed', 2, 3],
    ['one', 'changed', 1, 1],
    ['', 'changed', 1, 1],
  ])('of %j are %s', (file, state, startLine, endLine) => {
    expect(findQuoted(file, quoted, sha256)).toEqual({ state, startLine, endLine });
  });

  test('that are empty are found nowhere else', () => {
    const empty = { startLine: 1, endLine: 1, text: '', sha256: sha256('') };
    expect(findQuoted('a\n\nb', empty, sha256).state).toBe('changed');
  });

  test('that were cut for their length are known by their hash', () => {
    const lines = Array.from({ length: 10 }, (_, i) => `${i}`.repeat(1_500)).join('\n');
    const cut = { startLine: 1, endLine: 10, text: lines.slice(0, 6_000), sha256: sha256(lines) };
    expect(findQuoted(lines, cut, sha256).state).toBe('same');
    expect(findQuoted('other', cut, sha256).state).toBe('changed');
  });

  test.each([
    ['of 3,000 characters', 'x'.repeat(3_000)],
    ['with a pair where it is cut', `${'x'.repeat(defaultLimits.maxLineChars - 1)}😀${'y'.repeat(900)}`],
  ])('are the same in a line %s that the server cut', (_, line) => {
    const { lines } = decodeText(Buffer.from(`${line}\n`), defaultLimits.maxLineChars) as { lines: string[] };
    const [text] = lines as [string];
    expect(text.length).toBeLessThan(line.length);
    const cut = { startLine: 1, endLine: 1, text, sha256: sha256(text) };
    expect(findQuoted(`${line}\n`, cut, sha256).state).toBe('same');
    expect(findQuoted(`above\n${line}\n`, cut, sha256)).toEqual({ state: 'moved', startLine: 2, endLine: 2 });
    expect(findQuoted(`z${line}\n`, cut, sha256).state).toBe('changed');
  });
});

describe('words about a block', () => {
  const landmarkLayers = [
    { layer: 7, share: 0.612, heads: [0.102, 0.51] },
    { layer: 2, share: 0.43, heads: [0.41, 0.02] },
    { layer: 5, share: 0.05, heads: [-0.4, 0.45] },
    { layer: 11, share: -0.092, heads: [-0.092, 0] },
  ];

  test('say how likely it is, and by which heads of which layers it was chosen', () => {
    expect(likelihood(hit('a.ts', 1, { probability: 0.734 }), words)).toBe('73%');
    expect(likelihood(hit('a.ts', 1, { probability: 0.0123 }), words)).toBe('1.2%');
    // The second strongest head is of the third strongest layer.
    expect(strongestHeads({ landmarkLayers }, hostWords)).toBe(
      'layer 7, head 1 (51%); layer 5, head 1 (45%)',
    );
    expect(strongestHeads({ landmarkLayers: landmarkLayers.slice(3) }, hostWords)).toBe('');
  });

  test('are none where that is not known, as of a hit that an older version kept', () => {
    expect([likelihood(hit('a.ts', 1), words), likelihood({}, words)]).toEqual(['', '']);
    const ofLayers = { landmarkLayers: [{ layer: 7, share: 1 }] };
    expect([strongestHeads({}, hostWords), strongestHeads(ofLayers, hostWords)]).toEqual(['', '']);
  });
});

describe('words about the work', () => {
  test('tell what was done in numbers', () => {
    expect(doneSteps(turn, words)).toEqual([
      'Searched 5,312 blocks',
      'Chose 3 blocks in 2 files',
      'Read 1,503 tokens, 1,420 from cache',
      '14 tokens/s',
    ]);
    const told = { ...turn, work: { ...turn.work, contextTokens: 8_191 } };
    expect(doneSteps(told, words)).toContain('Read 1,503 tokens of the 8,191 that fit, 1,420 from cache');
    expect(readLine(turn, words)).toBe('Read 3 blocks in 2 files');
    expect(readLine({ ...turn, read: turn.read.slice(0, 1) }, words)).toBe('Read 1 block in 1 file');
  });

  test('tell what is being done', () => {
    const step = (phase: 'index' | 'route'): string | undefined =>
      currentStep({ ...turn, text: '', work: { ...turn.work, phase, done: 1_200, total: 5_000 } }, words);
    expect(step('index')).toBe('Reading the workspace: 1,200 of 5,000');
    expect(step('route')).toBe('Searching');
    expect(currentStep(turn, words)).toBeUndefined();
  });
});

describe('the export', () => {
  const exportWords = {
    sources: hostEnglish.sources,
    nearest: hostEnglish.nearest,
    unsupported: hostEnglish.unsupported,
    noAnswer: hostEnglish.noAnswer,
  };
  test('names every source by path and lines', () => {
    const markdown = answerWithCitations(turn, exportWords);
    expect(markdown).toContain('an app context is active. [1] It stores');
    expect(markdown).toContain('- \\[1\\] [src/flask/ctx.py#L367-L373](./src/flask/ctx.py#L367-L373)');
    expect(markdown).toContain('most web frameworks do it. (?)');
    expect(markdown).not.toMatch(/[\ue000-\ue00f]/);
  });

  test('tells the nearest places where there is no answer', () => {
    const abstained = { ...turn, abstained: true, text: 'Nothing.', citations: [] };
    expect(answerWithCitations(abstained, exportWords)).toContain('- [src/flask/app.py#L1466-L1474]');
    const failure = { kind: 'modelMissing' as const, message: '' };
    const found: ThreadTurn = { ...turn, text: '', sentences: [], citations: [], status: 'failed', failure };
    const thread = { ...answered.threads[0]!, turns: [found] };
    expect(threadMarkdown(thread, exportWords)).toContain(
      '*There is no answer.*\n\nThe nearest places to look:\n\n- [src/flask/app.py',
    );
  });

  test('holds a whole thread, and what was never answered', () => {
    const state = after(
      [asked('t2', '[x](command:y) <b>', { atMs: 2_000 }), { type: 'stopped', turnId: 't2' }],
      answered,
    );
    const markdown = threadMarkdown(state.threads[0]!, exportWords);
    expect(markdown).toMatch(/^# How\?\n\n## How\?\n\nA request context/);
    expect(markdown).toContain('## \\[x\\](command:y) \\<b>\n\n*There is no answer.*');
  });

  test('can name any path', () => {
    const place = { path: 'a b/[c](d)*.py', startLine: 1, endLine: 2 };
    expect(placeLink(place)).toBe('[a b/\\[c\\](d)\\*.py#L1-L2](./a%20b/%5Bc%5D(d)*.py#L1-L2)');
  });
});

describe('the scope', () => {
  test('offers what the window has', () => {
    expect(scopeChoices(environment).map(({ kind }) => kind)).toEqual([
      'workspace',
      'folder',
      'openEditors',
      'currentFile',
    ]);
    expect(scopeChoices({ ...environment, folders: [], openEditors: [], currentFile: null })).toHaveLength(1);
  });

  test('is what stood there when the question was asked', () => {
    expect(askedScope({ kind: 'workspace' }, [], environment).paths).toBeNull();
    expect(askedScope({ kind: 'folder', path: 'src/' }, [], environment).paths).toEqual(['src/']);
    expect(askedScope({ kind: 'currentFile' }, [], environment).paths).toEqual(['src/flask/app.py']);
    expect(askedScope({ kind: 'workspace' }, ['a.py'], environment).paths).toEqual(['a.py']);
    expect(askedScope({ kind: 'openEditors' }, [], { ...environment, openEditors: [] }).paths).toBeNull();
  });
});

test('paths are ranked by name, then by being open', () => {
  const paths = ['docs/ctx/index.md', 'tests/test_ctx.py', 'src/ctx.py', 'lib/ctx.py', 'src/app.py'];
  expect(rankPaths(paths, 'CTX', ['lib/ctx.py'])).toEqual([
    'lib/ctx.py',
    'src/ctx.py',
    'tests/test_ctx.py',
    'docs/ctx/index.md',
  ]);
});

test('a theme gives each kind of code its colour', () => {
  const rules = [
    { settings: { foreground: '#ffffff' } },
    { scope: 'comment', settings: { foreground: '#111111' } },
    { scope: ['string', 'meta.embedded string'], settings: { foreground: '#222222' } },
    { scope: 'keyword, storage.type', settings: { foreground: '#333333' } },
    { scope: 'keyword.control', settings: { foreground: '#444444' } },
    { scope: 'comment', settings: { foreground: 'url(https://x.test)' } },
  ];
  expect(tokenColors(rules)).toMatchObject({
    comment: '#111111',
    string: '#222222',
    regexp: '#222222',
    keyword: '#444444',
  });
  expect(tokenColors([])).toEqual({});
});

test('texts are cut between words, and lines lose what they share', () => {
  expect(shortened('  A  question\nof several words ', 16)).toBe('A question of…');
  expect(shortened('x'.repeat(100), 10)).toBe(`${'x'.repeat(9)}…`);
  expect(dedented(['    a', '', '      b'])).toEqual(['a', '', '  b']);
  expect(dedented(['\ta', '  b'])).toEqual(['\ta', '  b']);
});

test('every text of the panel is translated', () => {
  const bundle = JSON.parse(readFileSync('l10n/bundle.l10n.de.json', 'utf8')) as Record<string, string>;
  const texts = [...Object.values(pageEnglish), ...Object.values(hostEnglish)];
  expect(texts.filter((text) => bundle[text] === undefined)).toEqual([]);
  const placeholders = (text: string): string[] => (text.match(/\{\d\}/g) ?? []).sort();
  for (const text of texts) expect(placeholders(bundle[text]!)).toEqual(placeholders(text));
});
