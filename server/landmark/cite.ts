/**
 * Which of the blocks that were read a sentence of the answer rests on.
 *
 * The landmark at the sentence's end scores them as it would score them for a question. A sentence that names
 * identifiers must find at least one of them in a block it cites: a right-looking citation that does not hold
 * the named thing is worse than none. A sentence that says again what a block says in its words rests on it.
 */

import { contentWords } from './lexical';

export interface CitableBlock {
  text: string;
  /** Inner product of the sentence's landmark query and the block's landmark key. */
  landmarkScore: number;
}

export interface CitationChoice {
  /** Index into the blocks that were given. */
  blockIndex: number;
  score: number;
}

/** More numbers behind one sentence than this are noise to a reader. */
const maxCitations = 3;
/** What a block gains when it holds every identifier of the sentence. */
const identifierWeight = 0.25;
/** What a block gains when it holds every word of the sentence; half of them are no evidence. */
const wordingWeight = 0.3;
const wordingStart = 0.5;
/** A block this far below the best one is not cited beside it. */
const scoreReach = 0.12;

export function chooseCitations(
  sentence: string,
  blocks: readonly CitableBlock[],
  threshold: number,
): CitationChoice[] {
  const identifiers = identifiersOf(sentence);
  const spoken = contentWords(sentence);
  const shares = blocks.map(({ text }) => shareHeld(identifiers, text));
  const named = shares.some((share) => share > 0);
  const scored = blocks
    .map(({ landmarkScore }, blockIndex) => ({
      blockIndex,
      score: citationScore(landmarkScore, shares[blockIndex]!, wordingGain(spoken, blocks[blockIndex]!.text)),
    }))
    .filter(({ blockIndex }) => !named || shares[blockIndex]! > 0)
    .filter(({ score }) => score >= threshold)
    .sort((left, right) => right.score - left.score);
  const best = scored[0]?.score ?? 0;
  return scored.filter(({ score }) => score >= best - scoreReach).slice(0, maxCitations);
}

/** @param share of the sentence's identifiers that the block holds */
export function citationScore(landmarkScore: number, share: number, wording: number): number {
  return landmarkScore + identifierWeight * share + wording;
}

/** Names as code spells them: in code spans, with an underscore, an inner capital, a call or a dotted path. */
export function identifiersOf(sentence: string): string[] {
  const found = new Set<string>();
  for (const span of sentence.matchAll(/`([^`\n]+)`/g)) {
    for (const name of span[1]!.match(/[A-Za-z_$][\w$]*/g) ?? []) if (name.length > 1) found.add(name);
  }
  for (const name of sentence.match(/[A-Za-z_$][\w$]*/g) ?? []) {
    if (/[a-z0-9]_[A-Za-z0-9]|[a-z][A-Z]|^_/.test(name)) found.add(name);
  }
  for (const call of sentence.matchAll(/([A-Za-z_]\w*)\(/g)) found.add(call[1]!);
  return [...found];
}

export function wordingGain(spoken: ReadonlySet<string>, text: string): number {
  if (spoken.size === 0) return 0;
  const written = contentWords(text);
  const held = [...spoken].filter((word) => written.has(word)).length / spoken.size;
  return (wordingWeight * Math.max(0, held - wordingStart)) / (1 - wordingStart);
}

/** Whatever could be a name of code, as it is spelled. */
export function namesIn(text: string): Set<string> {
  return new Set(text.match(/[A-Za-z_$][\w$]*/g) ?? []);
}

/** The identifiers of a text that are none of these. */
export function namesOutside(text: string, known: ReadonlySet<string>): string[] {
  return identifiersOf(text).filter((name) => !known.has(name));
}

export function shareHeld(identifiers: readonly string[], text: string): number {
  if (identifiers.length === 0) return 0;
  const words = namesIn(text);
  return identifiers.filter((name) => words.has(name)).length / identifiers.length;
}
