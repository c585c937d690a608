/** Whether questions still fit the sources they were written for. Each function tells what is wrong. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PackageName } from './packages';
import {
  goldText,
  identifiersGiven,
  type GoldSpan,
  type OwnQuestion,
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

/** An answer holds all its facts; the gold lines hold each of them too, else the lines do not answer. */
function checkFacts({ answer, keyFacts }: OwnQuestion, gold: string): string[] {
  const holds = (text: string, fact: string): boolean =>
    fact.split('|').some((word) => text.toLowerCase().includes(word.toLowerCase()));
  return keyFacts.flatMap((fact) => [
    ...(holds(answer, fact) ? [] : [`the answer lacks ${fact}`]),
    ...(holds(gold, fact) ? [] : [`the gold lines lack ${fact}`]),
  ]);
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
