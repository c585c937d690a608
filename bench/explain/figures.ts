/** What explanations are worth, each figure with its 95 % interval by resampling explanations. */

import { identifiersOf, namesIn, namesOutside } from '../../server/landmark/cite';
import { mean, median, quantile, ratioOf, type Figure } from '../answers/figures';
import { textRead, wordCount, type Lines, type Share } from '../answers/judge';
import type { Explained } from './measure';

/** A hover that takes longer is not waited for. */
export const hoverSeconds = 3;

/** One explanation, judged. */
export interface Judged {
  id: string;
  repository: string;
  firstTokenSeconds: number;
  seconds: number;
  words: number;
  /** At the most tokens that an explanation may have, or where it began to repeat itself. */
  isCut: boolean;
  /** Of its sentences, those that cite. */
  citing: Share;
  citesOwnBlock: boolean;
  /** Of the distinct identifiers that it says, those that stand in no block that was read. */
  invented: Share;
  inventedNames: string[];
  /** Undefined where the definition has none. */
  saysParameter: boolean | undefined;
  /** Undefined where no other block that was read holds the symbol. */
  citesUse: boolean | undefined;
  citationProblems: string[];
}

export interface ExplainFigures {
  explanations: number;
  firstToken: { median: Figure; p95: Figure; within: Figure };
  end: { median: Figure; p95: Figure; within: Figure };
  sentences: Figure;
  words: Figure;
  cut: Figure;
  sentencesCiting: Figure;
  citesOwnBlock: Figure;
  inventedCount: number;
  /** Of all identifiers that are said. */
  inventedShare: Figure;
  /** Of the explanations. */
  withInvented: Figure;
  withParameters: number;
  saysParameter: Figure;
  withUses: number;
  citesUse: Figure;
  citedBlocks: number;
  citationProblems: string[];
}

export function judge({ subject, answered, firstTokenSeconds, notes }: Explained): Judged {
  const { id, repository, name, parameters } = subject;
  const { answer, sentences, read, seconds, citationProblems } = answered;
  const cited = sentences.flatMap((sentence) => sentence.cited);
  const inventedNames = namesOutside(answer, namesIn(textRead(read)));
  const said = namesIn(answer);
  const uses = read.filter((block) => !isOwn(block, subject) && namesIn(block.text).has(name));
  return {
    ...{ id, repository, firstTokenSeconds, seconds, inventedNames, citationProblems },
    words: wordCount(answer),
    isCut: notes.some((note) => note.startsWith('The answer was cut because')),
    citing: {
      of: sentences.length,
      count: sentences.filter((sentence) => sentence.cited.length > 0).length,
    },
    citesOwnBlock: cited.some((block) => isOwn(block, subject)),
    invented: { of: identifiersOf(answer).length, count: inventedNames.length },
    saysParameter: parameters.length === 0 ? undefined : parameters.some((parameter) => said.has(parameter)),
    citesUse:
      uses.length === 0
        ? undefined
        : uses.some(({ path, startLine }) =>
            cited.some((block) => block.path === path && block.startLine === startLine),
          ),
  };
}

function isOwn({ path, startLine, endLine }: Lines, subject: { path: string; line: number }): boolean {
  return path === subject.path && startLine <= subject.line && subject.line <= endLine;
}

/** @param citedBlocks of all explanations, each block once an explanation */
export function figuresOf(rows: readonly Judged[], citedBlocks: number): ExplainFigures {
  const seconds = (pick: (row: Judged) => number): ExplainFigures['end'] => {
    const values = rows.map(pick);
    return {
      median: median(values),
      p95: quantile(values, 0.95),
      within: mean(values.map((value) => Number(value <= hoverSeconds))),
    };
  };
  const shareOf = (values: readonly boolean[]): Figure => mean(values.map(Number));
  const parameters = rows.flatMap(({ saysParameter }) => saysParameter ?? []);
  const uses = rows.flatMap(({ citesUse }) => citesUse ?? []);
  return {
    explanations: rows.length,
    firstToken: seconds(({ firstTokenSeconds }) => firstTokenSeconds),
    end: seconds((row) => row.seconds),
    sentences: mean(rows.map(({ citing }) => citing.of)),
    words: mean(rows.map(({ words }) => words)),
    cut: shareOf(rows.map(({ isCut }) => isCut)),
    sentencesCiting: ratioOf(rows.map(({ citing }) => citing)),
    citesOwnBlock: shareOf(rows.map((row) => row.citesOwnBlock)),
    inventedCount: rows.reduce((sum, { invented }) => sum + invented.count, 0),
    inventedShare: ratioOf(rows.map(({ invented }) => invented)),
    withInvented: shareOf(rows.map(({ invented }) => invented.count > 0)),
    withParameters: parameters.length,
    saysParameter: shareOf(parameters),
    withUses: uses.length,
    citesUse: shareOf(uses),
    citedBlocks,
    citationProblems: rows.flatMap(({ id, citationProblems }) =>
      citationProblems.map((problem) => `${id}: ${problem}`),
    ),
  };
}
