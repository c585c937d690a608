/**
 * What an answer is worth, from the answer, the blocks that were read and what is known of the question. Pure: nobody
 * is asked, no model judges.
 */

import { identifiersOf, namesIn, namesOutside } from '../../server/landmark/cite';
import { holdsFact } from '../questions/facts';
import type { GoldSpan } from '../questions/questions';

/** Lines of a file, 1-based and inclusive. */
export interface Lines {
  path: string;
  startLine: number;
  endLine: number;
}

/** A block as it was read. */
export interface ReadBlock extends Lines {
  text: string;
}

export interface JudgedSentence {
  text: string;
  /** The blocks it cites. */
  cited: readonly ReadBlock[];
}

export interface CitationScore {
  /** Of the cited lines, those in a gold file. */
  inGoldFiles: number;
  /** Of the cited lines, those in a gold span. */
  inGoldSpans: number;
  /** Some cited block overlaps a gold span. */
  hitsGold: boolean;
  /** Of the gold spans, those that a cited block overlaps. */
  spansHit: number;
}

/** Of so many, so many. */
export interface Share {
  of: number;
  count: number;
}

/** The facts that an answer says. */
export function factsSaid(answer: string, keyFacts: readonly string[]): string[] {
  return keyFacts.filter((fact) => holdsFact(answer, fact));
}

/** 0 to 1; a question without facts cannot be judged. */
export function factRecall(answer: string, keyFacts: readonly string[]): number {
  if (keyFacts.length === 0) throw new RangeError('there are no key facts to recall');
  return factsSaid(answer, keyFacts).length / keyFacts.length;
}

/**
 * Each cited line counts once, however many sentences cite it.
 *
 * @returns undefined where nothing is cited or no gold lines are known
 */
export function citationScore(
  cited: readonly Lines[],
  { goldSpans, goldFiles }: { goldSpans: readonly GoldSpan[]; goldFiles: readonly string[] },
): CitationScore | undefined {
  if (cited.length === 0 || goldSpans.length === 0) return undefined;
  const lines = distinctLines(cited);
  const inFiles = lines.filter(({ path }) => goldFiles.includes(path));
  const inSpans = lines.filter(({ path, line }) =>
    goldSpans.some(({ file, start, end }) => file === path && start <= line && line <= end),
  );
  const hit = spansHit(cited, goldSpans);
  return {
    inGoldFiles: inFiles.length / lines.length,
    inGoldSpans: inSpans.length / lines.length,
    hitsGold: hit > 0,
    spansHit: hit,
  };
}

/** Of the gold spans, the share that some of the blocks overlap; 0 without gold spans. */
export function spansHit(blocks: readonly Lines[], goldSpans: readonly GoldSpan[]): number {
  const hit = goldSpans.filter(({ file, start, end }) =>
    blocks.some(({ path, startLine, endLine }) => path === file && startLine <= end && endLine >= start),
  );
  return hit.length / Math.max(1, goldSpans.length);
}

function distinctLines(blocks: readonly Lines[]): { path: string; line: number }[] {
  const lines = new Map<string, { path: string; line: number }>();
  for (const { path, startLine, endLine } of blocks) {
    for (let line = startLine; line <= endLine; line++) lines.set(`${path}:${line}`, { path, line });
  }
  return [...lines.values()];
}

/** Of the sentences that cite and name identifiers, those whose every identifier stands in a block they cite. */
export function identifierSupport(sentences: readonly JudgedSentence[]): Share {
  const naming = sentences.filter(({ text, cited }) => cited.length > 0 && identifiersOf(text).length > 0);
  const supported = naming.filter(({ text, cited }) => holdsAll(cited, identifiersOf(text)));
  return { of: naming.length, count: supported.length };
}

/** Of all sentences, those with an identifier that stands neither in a block that was read nor in the question. */
export function unsupportedSentences(
  sentences: readonly JudgedSentence[],
  read: readonly ReadBlock[],
  question: string,
): Share {
  const known = namesIn(`${textRead(read)}\n${question}`);
  const unsupported = sentences.filter(({ text }) => namesOutside(text, known).length > 0);
  return { of: sentences.length, count: unsupported.length };
}

/** A block's path is read as well as its text. */
export function textRead(blocks: readonly ReadBlock[]): string {
  return blocks.flatMap(({ path, text }) => [path, text]).join('\n');
}

function holdsAll(blocks: readonly ReadBlock[], names: readonly string[]): boolean {
  const held = namesIn(textRead(blocks));
  return names.every((name) => held.has(name));
}

/** Runs of what is not white space. */
export function wordCount(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}
