/** What the panel says about its work, in words and numbers. */

import type { BlockHit, LayerShare } from '../../../protocol/messages';
import type { PageStrings } from '../strings';
import type { SourceCheck, ThreadTurn } from './state';
import { strengthOf } from './strength';
import { fill } from './text';

/** Heads that are named beside a block. */
const headsNamed = 2;

/** Older versions kept the shares of layers alone. */
type KeptLayerShare = Pick<LayerShare, 'layer'> & Partial<Pick<LayerShare, 'heads'>>;

export interface Words {
  strings: PageStrings;
  /** Of the editor, such as `en` or `de`. */
  language: string;
}

/** What has been done so far, oldest first, for the line above an answer that is coming. */
export function doneSteps({ work, read }: ThreadTurn, words: Words): string[] {
  const { strings } = words;
  const steps: string[] = [];
  if (work.coverage) {
    const { blocks } = work.coverage;
    steps.push(blocks === 1 ? strings.searchedOne : fill(strings.searchedMany, wholeNumber(blocks, words)));
  }
  if (read.length > 0) steps.push(fill(strings.chose, ...blocksAndFiles(read, words)));
  if (work.promptTokens !== null && work.promptTokens > 0) {
    const { promptTokens, cachedTokens, contextTokens } = work;
    const [read, cached] = [wholeNumber(promptTokens, words), wholeNumber(cachedTokens, words)];
    steps.push(
      contextTokens === undefined
        ? fill(strings.readTokens, read, cached)
        : fill(strings.readTokensOf, read, wholeNumber(contextTokens, words), cached),
    );
  }
  if (work.tokensPerSecond !== null) steps.push(speed(work.tokensPerSecond, words));
  return steps;
}

/** What is being done now; undefined while the answer's own text shows it. */
export function currentStep({ work, text }: ThreadTurn, { strings, ...rest }: Words): string | undefined {
  if (text !== '') return undefined;
  const words = { strings, ...rest };
  switch (work.phase) {
    case null:
      return strings.workStarting;
    case 'fetch':
    case 'convert':
      return strings.workFetching;
    case 'model':
      return strings.workLoading;
    case 'walk':
      return strings.workWalking;
    case 'index':
      return fill(strings.workIndexing, wholeNumber(work.done, words), wholeNumber(work.total, words));
    case 'route':
      return strings.workRouting;
    case 'read':
    case 'generate':
      return strings.workReading;
  }
}

/** "Read 24 blocks in 9 files" */
export function readLine({ read }: ThreadTurn, words: Words): string {
  return fill(words.strings.readLine, ...blocksAndFiles(read, words));
}

function blocksAndFiles(hits: readonly BlockHit[], words: Words): [string, string] {
  const { strings } = words;
  const files = new Set(hits.map(({ path }) => path)).size;
  return [
    counted(hits.length, strings.blockOne, strings.blockMany, words),
    counted(files, strings.fileOne, strings.fileMany, words),
  ];
}

export function counted(n: number, one: string, many: string, words: Pick<Words, 'language'>): string {
  return n === 1 ? one : fill(many, wholeNumber(n, words));
}

export function wholeNumber(n: number, { language }: Pick<Words, 'language'>): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 0 }).format(n);
}

/** A score as people compare it: three digits. */
export function score(n: number, { language }: Pick<Words, 'language'>): string {
  return new Intl.NumberFormat(language, { maximumSignificantDigits: 3 }).format(n);
}

/** A share as people read it: whole percents, but tenths below a tenth. */
function percents(share: number, { language }: Pick<Words, 'language'>): string {
  const maximumFractionDigits = share < 0.1 ? 1 : 0;
  return new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits }).format(share);
}

/** How likely a block is to hold the answer; empty where that is not known. */
export function likelihood(
  { probability = null }: Partial<BlockHit>,
  words: Pick<Words, 'language'>,
): string {
  return probability === null ? '' : percents(probability, words);
}

/**
 * The heads that gave most to a landmark score: "layer 7, head 1 (41%); layer 11, head 0 (24%)"; empty where that is not
 * known, as of a hit in a thread that an older version has kept.
 */
export function strongestHeads(
  { landmarkLayers = [] }: { landmarkLayers?: readonly KeptLayerShare[] },
  { strings, language }: { strings: { head: string }; language: string },
): string {
  return landmarkLayers
    .flatMap(({ layer, heads = [] }) => heads.map((share, head) => ({ layer, head, share })))
    .filter(({ share }) => share > 0)
    .sort((left, right) => right.share - left.share)
    .slice(0, headsNamed)
    .map(({ layer, head, share }) => fill(strings.head, layer, head, percents(share, { language })))
    .join('; ');
}

function speed(tokensPerSecond: number, words: Words): string {
  const digits = tokensPerSecond < 10 ? 1 : 0;
  const format = new Intl.NumberFormat(words.language, { maximumFractionDigits: digits });
  return fill(words.strings.speed, format.format(tokensPerSecond));
}

/** What is said of a source beside its place; undefined until it was checked. */
export function strengthText(
  check: SourceCheck | undefined,
  n: number,
  { strings, language }: Words,
): { text: string; title: string } | undefined {
  const found = strengthOf(check, n);
  if (!found) return undefined;
  const text = { strong: strings.strengthStrong, some: strings.strengthSome, none: strings.strengthNone };
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 2, minimumFractionDigits: 2 });
  return { text: text[found.strength], title: fill(strings.strengthTimes, number.format(found.times)) };
}

/** "lines 3 to 9", for those who hear it. */
export function spokenLines(
  { startLine, endLine }: Pick<BlockHit, 'startLine' | 'endLine'>,
  { strings }: Pick<Words, 'strings'>,
): string {
  return startLine === endLine
    ? fill(strings.lineOne, startLine)
    : fill(strings.lineMany, startLine, endLine);
}

/** "3-9", for those who see it. */
export function shownLines({ startLine, endLine }: Pick<BlockHit, 'startLine' | 'endLine'>): string {
  return startLine === endLine ? `${startLine}` : `${startLine}-${endLine}`;
}

/** Which arm found a block. */
export function foundBy(
  hit: BlockHit,
  words: { byLandmark: string; byWords: string; byBoth: string },
): string | undefined {
  // Every block with a key has a place in the landmark ranking; words are evidence only where one matches.
  const byWords = hit.lexicalRank !== null;
  const byLandmark = hit.landmarkRank !== null;
  if (byWords && byLandmark) return words.byBoth;
  if (byWords) return words.byWords;
  return byLandmark ? words.byLandmark : undefined;
}
