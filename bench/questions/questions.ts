/** Questions about a repository, with the lines that answer them. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { questionFolder } from './projects';
import { readJsonLines } from './tables';

/** 1-based, inclusive. */
export interface GoldSpan {
  file: string;
  start: number;
  end: number;
}

export interface Question {
  id: string;
  question: string;
  goldFiles: string[];
  /** Several places, or several ways to the answer: one of them suffices. */
  goldSpans: GoldSpan[];
  answer: string;
}

/** A question of our own, read out of the code. */
export interface OwnQuestion extends Question {
  style: 'where' | 'how' | 'what' | 'why' | 'what happens when';
  /** Whether an identifier of the gold lines stands in the question. */
  identifiers: boolean;
  /** Words, names or numbers that a right answer holds; alternatives are separated by `|`. */
  keyFacts: string[];
}

/** What a right answer to a question of others holds. */
export type QuestionFacts = Pick<OwnQuestion, 'id' | 'keyFacts'>;

/** A question that its repository cannot answer. */
export interface UnanswerableQuestion {
  id: string;
  repository: string;
  question: string;
  answerable: false;
  /** A regular expression that would match where something of the asked-for kind existed. */
  absent: string;
}

export function readOwnQuestions(project: string): OwnQuestion[] {
  return readJsonLines(join(questionFolder, `${project}.jsonl`)) as OwnQuestion[];
}

/** Of questions that are not kept here; none for another project. */
export function readFacts(project: string): QuestionFacts[] {
  const path = join(questionFolder, `${project}.facts.jsonl`);
  return existsSync(path) ? (readJsonLines(path) as QuestionFacts[]) : [];
}

export function readUnanswerable(): UnanswerableQuestion[] {
  return readJsonLines(join(questionFolder, 'unanswerable.jsonl')) as UnanswerableQuestion[];
}

/** Likewise, each of something that sibling projects have: nearer to what its repository does, and harder to refuse. */
export function readPresumed(): UnanswerableQuestion[] {
  return readJsonLines(join(questionFolder, 'presumed.jsonl')) as UnanswerableQuestion[];
}

/** The text of the gold lines; lines that do not exist are missing from it. */
export function goldText(root: string, spans: readonly GoldSpan[]): string {
  return spans
    .map(({ file, start, end }) =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .slice(start - 1, end)
        .join('\n'),
    )
    .join('\n');
}

/** Names as only code spells them: at least four letters, with an underscore or an inner capital. */
export function identifiersIn(text: string): Set<string> {
  const names = text.match(/[A-Za-z_$][\w$]*/g) ?? [];
  return new Set(
    names.filter(
      (name) => name.length >= 4 && /[A-Za-z0-9]_[A-Za-z0-9]|[a-z][A-Z]|[A-Z]{2,}[a-z]/.test(name),
    ),
  );
}

/** The identifiers of the gold lines that a question gives away. */
export function identifiersGiven(question: string, gold: string): string[] {
  const ofGold = identifiersIn(gold);
  return [...identifiersIn(question)].filter((name) => ofGold.has(name));
}
