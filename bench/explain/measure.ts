/** Explains the symbols that questions are about, as a hover does without an editor's language features. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../../server/answering/engine';
import type { Answered } from '../answers/arms';
import { answeredOf } from '../answers/ours';
import type { AskedQuestion } from '../answers/questions';
import { firstSymbol, type PickedSymbol } from './symbols';

const never = new AbortController().signal;
const silent = (): void => undefined;

/** What is explained. */
export interface Subject extends PickedSymbol {
  /** The question whose gold lines it stands in. */
  id: string;
  repository: string;
  root: string;
  isOwn: boolean;
  path: string;
}

export interface Explained {
  subject: Subject;
  answered: Answered;
  firstTokenSeconds: number;
  /** What the product says about it, such as that it was cut. */
  notes: string[];
}

/** One symbol of each question, from its first gold lines; a symbol that two questions share, once. */
export function subjectsOf(questions: readonly AskedQuestion[]): Subject[] {
  const subjects = new Map<string, Subject>();
  for (const { id, repository, root, isOwn, goldSpans } of questions) {
    const [span] = goldSpans;
    if (!span) continue;
    const lines = readFileSync(join(root, span.file), 'utf8').split(/\r?\n/);
    const symbol = firstSymbol(lines, { startLine: span.start, endLine: span.end });
    if (!symbol) continue;
    const key = [repository, span.file, symbol.name].join('\0');
    if (!subjects.has(key)) {
      subjects.set(key, { ...symbol, id, repository, root, isOwn, path: span.file });
    }
  }
  return [...subjects.values()];
}

/** The first time encodes the windows that are read and have no stored KV yet; the second is what is measured. */
export async function explainWarm(engine: Engine, subject: Subject): Promise<Explained> {
  const { root, path, line, column } = subject;
  const params = { root, path, line, column };
  await engine.explain(params, silent, never);
  const result = await engine.explain(params, silent, never);
  return {
    subject,
    answered: answeredOf(root, result),
    firstTokenSeconds: result.timings.firstTokenMs / 1000,
    notes: result.notes,
  };
}
