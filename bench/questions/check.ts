/** Whether questions still fit the sources they were written for. Each function tells what is wrong. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { holdsFact } from './facts';
import type { PackageName } from './packages';
import {
  goldText,
  identifiersGiven,
  type GoldSpan,
  type OwnQuestion,
  type Question,
  type QuestionFacts,
  type UnanswerableQuestion,
} from './questions';
import { readTable } from './tables';

export function checkQuestion(root: string, question: OwnQuestion): string[] {
  const { id, goldFiles, goldSpans, identifiers } = question;
  const misplaced = goldSpans.flatMap((span) => checkSpan(root, span));
  if (goldSpans.length === 0) misplaced.push('has no gold lines');
  if (misplaced.length > 0) return misplaced.map((problem) => `${id}: ${problem}`);
  const problems: string[] = [];
  const spanFiles = [...new Set(goldSpans.map(({ file }) => file))];
  if (spanFiles.join() !== goldFiles.join()) problems.push(`goldFiles are not those of its lines`);
  const gold = goldText(root, goldSpans);
  const given = identifiersGiven(question.question, gold);
  if (identifiers !== given.length > 0)
    problems.push(`identifiers is ${identifiers}, found: ${given.join(' ')}`);
  problems.push(...checkFacts(question, gold));
  return problems.map((problem) => `${id}: ${problem}`);
}

function checkSpan(root: string, { file, start, end }: GoldSpan): string[] {
  if (!existsSync(join(root, file))) return [`${file} does not exist`];
  const lineCount = readFileSync(join(root, file), 'utf8').trimEnd().split('\n').length;
  return start >= 1 && start <= end && end <= lineCount ? [] : [`${file} has no lines ${start}-${end}`];
}

/** The gold lines hold each fact of their question, else the lines do not answer it. */
function checkFacts(question: OwnQuestion, gold: string): string[] {
  const { keyFacts } = question;
  const lacking = keyFacts.filter((fact) => !holdsFact(gold, fact));
  return [...checkSaid(question, keyFacts), ...lacking.map((fact) => `the gold lines lack ${fact}`)];
}

/** An answer holds all its facts. The question holds none: who repeats it would be right. */
function checkSaid({ question, answer }: Question, keyFacts: readonly string[]): string[] {
  return keyFacts.flatMap((fact) => [
    ...(holdsFact(answer, fact) ? [] : [`the answer lacks ${fact}`]),
    ...(holdsFact(question, fact) ? [`the question says ${fact}`] : []),
  ]);
}

/** How many facts a question of others has: one alone says little, and five would be a text to recite. */
const givenFacts = { min: 2, max: 4 };

/** Facts that were read out of others' reference answers. */
export function checkGivenFacts(questions: readonly Question[], facts: readonly QuestionFacts[]): string[] {
  const byId = new Map(facts.map(({ id, keyFacts }) => [id, keyFacts]));
  const unknown = facts.filter(({ id }) => !questions.some((question) => question.id === id));
  const repeated = facts.length > byId.size ? ['an id comes twice among the facts'] : [];
  const ofQuestions = questions.flatMap((question) => {
    const keyFacts = byId.get(question.id) ?? [];
    const { min, max } = givenFacts;
    const isCounted = keyFacts.length >= min && keyFacts.length <= max;
    const problems = isCounted ? [] : [`has ${keyFacts.length} facts, not ${min} to ${max}`];
    return [...problems, ...checkSaid(question, keyFacts)].map((problem) => `${question.id}: ${problem}`);
  });
  return [...repeated, ...unknown.map(({ id }) => `${id}: has facts and no question`), ...ofQuestions];
}

/** What training reads must not be asked about. The table's first line names its columns after `# `. */
export function checkUntrained(sources: readonly PackageName[], table: string): string[] {
  const trained = new Set(
    readTable(table)
      .filter((row) => row['# role'] === 'train')
      .map((row) => `${row['registry']!} ${row['name']!}`),
  );
  return sources
    .map(({ registry, name }) => `${registry} ${name}`)
    .filter((name) => trained.has(name))
    .map((name) => `${name} is trained on: ${table}`);
}

export function checkUnanswerable(root: string, { id, absent }: UnanswerableQuestion): string[] {
  const pattern = new RegExp(absent, 'i');
  return textFilesUnder(root)
    .filter((file) => pattern.test(readFileSync(join(root, file), 'utf8')))
    .map((file) => `${id}: ${file} matches ${absent}`);
}

function textFilesUnder(root: string): string[] {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}
