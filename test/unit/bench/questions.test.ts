import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkQuestion, checkUnanswerable, checkUntrained } from '../../../bench/questions/check';
import { projectNames, readSources } from '../../../bench/questions/projects';
import {
  identifiersGiven,
  identifiersIn,
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
  ];
  test.each(cases)('%s', (_, change, expected) => {
    const problems = checkQuestion(smallRepository(), { ...good, ...change }).join('\n');
    if (expected === undefined) expect(problems).toBe('');
    else expect(problems).toMatch(expected);
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
