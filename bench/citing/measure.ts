/** Of one answer: each sentence beside each block that was read for it, by every measure of what it rests on. */

import { ask } from '../../server/answering/ask';
import { landmarkQuery } from '../../server/answering/route';
import type { Run } from '../../server/answering/run';
import { blockAt, openReading } from '../../server/answering/verify';
import { identifiersOf, shareHeld, wordingGain } from '../../server/landmark/cite';
import { contentWords } from '../../server/landmark/lexical';
import { blockText } from '../../server/text/windows';
import { spansHit } from '../answers/judge';
import type { AskedQuestion } from '../answers/questions';

export const measureNames = ['landmark', 'identifiers', 'words', 'fall'] as const;
export type MeasureName = (typeof measureNames)[number];

/** A sentence and a block that was read. */
export interface Pair extends Record<MeasureName, number> {
  cited: boolean;
  /** The block overlaps a gold span. */
  gold: boolean;
}

export interface MeasuredAnswer {
  id: string;
  /** [sentences][blocks] */
  sentences: Pair[][];
  /** For one reading of the whole answer. */
  readingMs: number;
}

/** @returns undefined where the question was refused, or nothing was said */
export async function measureAnswer(
  run: Run,
  { id, root, question, goldSpans }: AskedQuestion,
): Promise<MeasuredAnswer | undefined> {
  const result = await ask(run, { root, question });
  if (result.abstained || result.sentences.length === 0) return undefined;
  const places = result.read.map((hit) => blockAt(run.index, hit));
  const losses = await openReading(run, { question, ...result });
  const whole = await losses(places);
  const start = performance.now();
  const without: number[][] = [];
  for (const place of places) without.push(await losses(places.filter((other) => other !== place)));
  const readingMs = (performance.now() - start) / places.length;
  const texts = places.map((place) => blockText(place.file, place));
  const sentences: Pair[][] = [];
  for (const [at, { text, citations }] of result.sentences.entries()) {
    // Beyond what is verified of an answer.
    if (Number.isNaN(whole[at])) continue;
    const query = await landmarkQuery(run.host, text);
    const names = identifiersOf(text);
    const spoken = contentWords(text);
    const cited = result.citations.filter(({ n }) => citations.includes(n));
    sentences.push(
      places.map((place, i) => ({
        landmark: run.index.keys.score(place.blockIndex, query),
        identifiers: shareHeld(names, texts[i]!),
        words: wordingGain(spoken, texts[i]!),
        fall: without[i]![at]! - whole[at]!,
        cited: cited.some(({ path, startLine }) => path === place.file.path && startLine === place.startLine),
        gold: spansHit([{ ...place, path: place.file.path }], goldSpans) > 0,
      })),
    );
  }
  return { id, sentences, readingMs };
}
