import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  checkGivenFacts,
  checkQuestion,
  checkUnanswerable,
  checkUntrained,
} from '../../../bench/questions/check';
import { holdsFact } from '../../../bench/questions/facts';
import { projectNames, readSources } from '../../../bench/questions/projects';
import {
  identifiersGiven,
  identifiersIn,
  readFacts,
  readOwnQuestions,
  readUnanswerable,
  type OwnQuestion,
} from '../../../bench/questions/questions';
import { temporaryFolder } from '../support/temporaryFolder';

const projects = projectNames(readSources());

describe('the committed questions', () => {
  test.each(projects)('%s has enough, half of them without identifiers', (project) => {
    const questions = readOwnQuestions(project);
    expect(questions.length).toBeGreaterThanOrEqual(22);
    expect(questions.filter(({ identifiers }) => !identifiers).length * 2).toBeGreaterThanOrEqual(
      questions.length,
    );
    expect(questions.every(({ keyFacts }) => keyFacts.length >= 1 && keyFacts.length <= 4)).toBe(true);
  });

  test('have ids of their own', () => {
    const ids = [...projects.flatMap(readOwnQuestions), ...readUnanswerable()].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('name sources by hash', () => {
    for (const { sha256 } of readSources()) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  });
});

test('identifiers are names as only code spells them', () => {
  const text = 'Why does max_len or maxLen of the HTTPServer cut Rows and aB?';
  expect([...identifiersIn(text)]).toEqual(['max_len', 'maxLen', 'HTTPServer']);
  expect(identifiersGiven('What is maxLen?', 'let maxLen = rowCount;')).toEqual(['maxLen']);
  expect(identifiersGiven('What is the longest row?', 'let maxLen = rowCount;')).toEqual([]);
});

test('facts of others are kept for 95 questions, each with an id of its own', () => {
  const facts = ['flask', 'requests'].flatMap(readFacts);
  expect(new Set(facts.map(({ id }) => id)).size).toBe(95);
  expect(facts).toHaveLength(95);
  expect(readFacts('none')).toEqual([]);
});

describe('a fact is said', () => {
  const cases: [string, string, boolean][] = [
    ['max_len', 'It reads `self.max_len`.', true],
    ['max_len', 'It reads max_length.', false],
    ['maxLen', 'It reads maxlen.', false],
    ['_store', 'The key is in _store.', true],
    ['_store', 'The key is in kv_store.', false],
    ['16', 'At most 16, then less.', true],
    ['16', 'At most 160, or 1.16, or u16.', false],
    ['UTF-8', 'the utf-8 text', true],
    ['3*n', 'up to 3*n times', true],
    ['-1', 'It is `-1` at first.', true],
    ['-1', 'It is `-10` at first.', false],
    ['min', 'to determine the minimum', false],
    ['tag', 'Its tags are kept.', true],
    ['escape', 'They are Escaped.', true],
    ['cape', 'They are escaped.', false],
    ['string', 'the `builtin_string`', true],
    ['.remove(', 'hooks.remove(hook)', true],
    ['multiple inheritance', 'It allows multiple inheritance.', true],
    ['absent|64', 'It is 64.', true],
    ['absent|65', 'It is 64.', false],
  ];
  test.each(cases)('%s in "%s": %s', (fact, text, expected) => {
    expect(holdsFact(text, fact)).toBe(expected);
  });
});

/** A repository of one file, gone when the test ends. */
function smallRepository(): string {
  const root = temporaryFolder();
  mkdirSync(join(root, 'src'));
  writeFileSync(join(root, 'src', 'cut.ts'), 'const maxLen = 64;\nexport const cut = (row) => row;\n');
  return root;
}

describe('check', () => {
  const good: OwnQuestion = {
    id: 'q',
    question: 'How long may a row be?',
    style: 'what',
    identifiers: false,
    goldFiles: ['src/cut.ts'],
    goldSpans: [{ file: 'src/cut.ts', start: 1, end: 1 }],
    answer: 'maxLen, 64.',
    keyFacts: ['64', 'length|maxLen'],
  };
  const cases: [string, Partial<OwnQuestion>, RegExp | undefined][] = [
    ['a good question', {}, undefined],
    ['a missing file', { goldSpans: [{ file: 'src/gone.ts', start: 1, end: 1 }] }, /does not exist/],
    ['lines past the end', { goldSpans: [{ file: 'src/cut.ts', start: 2, end: 3 }] }, /no lines 2-3/],
    ['no lines', { goldSpans: [] }, /no gold lines/],
    ['a hidden identifier', { question: 'What is maxLen?' }, /identifiers is false/],
    ['a fact that the lines lack', { keyFacts: ['row'], answer: 'row' }, /gold lines lack row/],
    ['a fact that the answer lacks', { keyFacts: ['const'] }, /answer lacks const/],
    ['a fact that the question says', { question: 'May a row have 64?' }, /question says 64/],
  ];
  test.each(cases)('%s', (_, change, expected) => {
    const problems = checkQuestion(smallRepository(), { ...good, ...change }).join('\n');
    if (expected === undefined) expect(problems).toBe('');
    else expect(problems).toMatch(expected);
  });

  const facts: [string, string[][], RegExp | undefined][] = [
    ['good facts', [['64', 'maxLen']], undefined],
    ['a fact that the reference lacks', [['64', 'minLen']], /q: the answer lacks minLen/],
    ['a fact that the question says', [['row|64', 'maxLen']], /q: the question says row/],
    ['a single fact', [['64']], /1 facts, not 2 to 4/],
    ['no facts', [], /0 facts, not 2 to 4/],
    [
      'an id that comes twice',
      [
        ['64', 'maxLen'],
        ['64', 'maxLen'],
      ],
      /comes twice/,
    ],
  ];
  test.each(facts)('of others: %s', (_, given, expected) => {
    const problems = checkGivenFacts(
      [good],
      given.map((keyFacts) => ({ id: 'q', keyFacts })),
    ).join('\n');
    if (expected === undefined) expect(problems).toBe('');
    else expect(problems).toMatch(expected);
    expect(checkGivenFacts([], [{ id: 'r', keyFacts: ['64', 'maxLen'] }])).toEqual([
      'r: has facts and no question',
    ]);
  });

  test('what is trained on is told', () => {
    const table = join(temporaryFolder(), 'packages.tsv');
    writeFileSync(table, '# role\tregistry\tname\ntrain\tnpm\tseen\nheldOut\tnpm\tkept\n');
    const source = (name: string) => ({ registry: 'npm' as const, name, version: '1' });
    expect(checkUntrained([source('kept'), source('other')], table)).toEqual([]);
    expect(checkUntrained([source('seen')], table)).toHaveLength(1);
  });

  test('what should be absent is looked for everywhere', () => {
    const root = smallRepository();
    const question = { id: 'n', repository: 'r', question: '', answerable: false as const };
    expect(checkUnanswerable(root, { ...question, absent: 'websocket' })).toEqual([]);
    expect(checkUnanswerable(root, { ...question, absent: 'MAXLEN' })).toHaveLength(1);
  });
});
