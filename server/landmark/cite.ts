/**
 * Which of the blocks that were read a sentence of the answer rests on.
 *
 * The landmark at the sentence's end scores them as it would score them for a question. A sentence that names
 * identifiers must find at least one of them in each block it cites: a right-looking citation that does not hold
 * the named thing is worse than none. Beside the best block it cites those that hold the names which that one lacks, so
 * that whatever a sentence names can be looked up. A sentence that says again what a block says in its words rests on it.
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
  const held = blocks.map(({ text }) => heldOf(identifiers, text));
  const named = held.some(({ length }) => length > 0);
  const ranked = blocks
    .map(({ landmarkScore, text }, blockIndex) => {
      const share = shareOf(identifiers, held[blockIndex]!);
      return { blockIndex, score: citationScore(landmarkScore, share, wordingGain(spoken, text)) };
    })
    .filter(({ blockIndex }) => !named || held[blockIndex]!.length > 0)
    .sort((left, right) => right.score - left.score);
  const best = ranked[0];
  if (best === undefined || best.score < threshold) return [];
  const beside = ranked.filter(({ score }) => score >= Math.max(threshold, best.score - scoreReach));
  const order = ranked.map(({ blockIndex }) => held[blockIndex]!);
  const others = holdersBeside(order).map((rank) => ranked[rank]!);
  return [...new Set([best, ...others, ...beside])]
    .slice(0, maxCitations)
    .sort((left, right) => right.score - left.score);
}

/**
 * Of the names that blocks hold, best block first, those that the best one lacks: the places of the fewest further blocks that
 * hold them all, or nearly the fewest, as each next one is that of the most names (the greedy cover of a set).
 */
function holdersBeside(held: readonly (readonly string[])[]): number[] {
  const lacking = new Set(held.flat());
  for (const name of held[0] ?? []) lacking.delete(name);
  const holders: number[] = [];
  while (lacking.size > 0) {
    const counts = held.map((names) => names.filter((name) => lacking.has(name)).length);
    const most = counts.indexOf(Math.max(...counts));
    holders.push(most);
    for (const name of held[most]!) lacking.delete(name);
  }
  return holders;
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
  return shareOf(identifiers, heldOf(identifiers, text));
}

function shareOf(identifiers: readonly string[], held: readonly string[]): number {
  return identifiers.length === 0 ? 0 : held.length / identifiers.length;
}

function heldOf(identifiers: readonly string[], text: string): string[] {
  const names = namesIn(text);
  return identifiers.filter((name) => names.has(name));
}
