/** Every arm asked the same question about the same folder. */

import type { Arm as ServerArm, SearchResult } from '../../protocol/messages';
import type { Engine } from '../../server/answering/engine';
import { maxEntries, type Entry } from './metrics';
import type { MiniLmIndex, Ranking } from './minilm/miniLmIndex';

export const armNames = ['lexical', 'landmark', 'hybrid', 'MiniLM', 'MiniLM + lexical'] as const;
export type ArmName = (typeof armNames)[number];

/** What the tables call them. */
export const armTitles: Record<ArmName, string> = {
  lexical: 'words (BM25 over blocks)',
  landmark: 'landmarks',
  hybrid: 'landmarks + words',
  MiniLM: 'MiniLM (chunks of 3 blocks)',
  'MiniLM + lexical': 'MiniLM + words',
};

/** The root must be indexed before. */
export async function ask(
  engine: Engine,
  root: string,
  miniLm: MiniLmIndex,
  question: string,
  signal: AbortSignal,
): Promise<Record<ArmName, Ranking>> {
  const search = (arm: ServerArm, top: number): Promise<SearchResult> =>
    engine.search({ root, question, top, arm }, () => undefined, signal);
  // All of the lexical arm is needed: it is fused with another one here.
  const { blocks: lexical } = await search('lexical', miniLm.blocks.length);
  const { blocks: landmark } = await search('landmark', maxEntries);
  const { blocks: hybrid, answerProbability } = await search('hybrid', maxEntries);
  const scores = await miniLm.scores(question);
  const words = new Map(lexical.map((hit) => [placeOf(hit), hit.lexicalScore]));
  return {
    lexical: { entries: lexical.slice(0, maxEntries), best: lexical[0]?.lexicalScore ?? 0 },
    landmark: { entries: landmark, best: landmark[0]?.landmarkScore ?? -1 },
    // Fused ranks say nothing of whether there is an answer; the calibrated probability does.
    hybrid: { entries: hybrid, best: answerProbability ?? 0 },
    MiniLM: miniLm.rank(scores),
    'MiniLM + lexical': miniLm.rankWithWords(scores, (block) => words.get(placeOf(block)) ?? 0),
  };
}

function placeOf({ path, startLine, endLine }: Entry): string {
  return `${path}:${startLine}-${endLine}`;
}
