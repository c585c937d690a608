/** Routing a second time, by what was said from the blocks of the first. */

import { contrast } from '../../server/answering/ask';
import type { Reading } from '../../server/answering/context';
import { route } from '../../server/answering/route';
import type { Run } from '../../server/answering/run';
import { scopedBlocks } from '../../server/answering/scope';
import { speak } from '../../server/answering/speak';
import { fuseByRank, topBlocks } from '../../server/landmark/fusion';
import { speechOf } from '../answers/refed';

/** How much of an answer is known when blocks are routed again. */
export type Said = 'first sentence' | 'answer';
export const saidParts: readonly Said[] = ['first sentence', 'answer'];

/** Best first, each by both arms. */
export interface RankedAgain {
  /** By what was said. */
  alone: number[];
  /** By the question with what was said after it. */
  asOneText: number[];
  /** By the ranks of the question and of what was said. */
  fused: number[];
}

/**
 * Answers from the blocks, as the product does, and ranks again.
 *
 * @param scores [blocks] of the question
 * @param count how many blocks are ranked
 */
export async function rankAgain(
  run: Run,
  question: string,
  scores: Float32Array,
  reading: Reading,
  count: number,
): Promise<Record<Said, RankedAgain>> {
  const { answer, sentences } = await speak(run, { ...speechOf(question), ...reading, contrast });
  const rank = async (said: string): Promise<RankedAgain> => {
    const alone = await scoresOf(run, said);
    return {
      alone: topBlocks(alone, count),
      asOneText: topBlocks(await scoresOf(run, `${question}\n${said}`), count),
      fused: topBlocks(fuseByRank([scores, alone]), count),
    };
  };
  return { 'first sentence': await rank(sentences[0]?.text ?? answer), answer: await rank(answer) };
}

async function scoresOf({ index, host, roots }: Run, text: string): Promise<Float32Array> {
  return (await route(index, host, text, 'hybrid', scopedBlocks(index, undefined, roots))).scores;
}
