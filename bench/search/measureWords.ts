/** The lexical arm of a workspace of a given size. */

import { topBlocks } from '../../server/landmark/fusion';
import { LexicalIndex } from '../../server/landmark/lexical';
import { textBlocks } from './texts';
import { elapsed, heldMegabytes, timesOf, type Times } from './times';

export interface WordsMeasured {
  blocks: number;
  characters: number;
  /** Counting the words of all blocks, reading the files included. */
  buildMs: number;
  ramMegabytes: number;
  /** Score all blocks and choose the best. */
  ms: Times;
  /** The share of a question's words that each block holds, which decides whether there is an answer. */
  coverageMs: Times;
}

const top = 64;

export async function measureWords(
  files: readonly string[],
  questions: readonly string[],
  blocks: number,
): Promise<WordsMeasured> {
  const before = await heldMegabytes();
  let characters = 0;
  const counted = function* () {
    for (const block of textBlocks(files, blocks)) {
      characters += block.text.length;
      yield block;
    }
  };
  const start = performance.now();
  const index = LexicalIndex.build(counted());
  const buildMs = performance.now() - start;
  const ramMegabytes = (await heldMegabytes()) - before;
  index.scores(questions[0]!);
  const ms = timesOf(
    questions.map((question) =>
      elapsed(() => {
        topBlocks(index.scores(question), top);
      }),
    ),
  );
  const coverageMs = timesOf(questions.map((question) => elapsed(() => void index.coverage(question))));
  return { blocks, characters, buildMs, ramMegabytes, ms, coverageMs };
}
