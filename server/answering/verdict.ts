/**
 * Whether the workspace has what a question presumes, asked of the reader where routing is in doubt. Only a base that is
 * large enough can tell; see docs/landmarks.md, "Is there an answer?".
 */

import { join } from 'node:path';
import { failure } from '../errors';
import type { BlockPlace } from '../indexing/workspaceIndex';
import { problemOfVerdict, type VerdictWeights } from '../landmark/answerable';
import type { AnyPackage } from '../model/manifest';
import { readBlocks } from './context';
import type { Run } from './run';
import { promptOf } from './speak';

/** Longer questions are mostly pasted logs; what they presume stands at their beginning. */
const judgedChars = 1_000;
/** Of the reply one token is looked at, and none is said. */
const replyTokens = 1;

/** What the reader's verdict counts; undefined where it has none. */
export function verdictWeights({ folder, manifest }: AnyPackage): VerdictWeights | undefined {
  const { verdict } = manifest;
  const problem = verdict && problemOfVerdict(verdict);
  if (problem !== undefined) throw failure.modelCorrupt(join(folder, 'manifest.json'), problem);
  return verdict;
}

export function verdictInstruction(question: string): string {
  const asked = question.slice(0, judgedChars);
  return `Someone asks: "${asked}"\nDoes this project do what the question presumes, as far as the files above show? Answer with Yes or No.`;
}

/**
 * The lead of Yes over No in logits after the blocks, less the lead it has when nothing was read: to some questions a base
 * says Yes whatever stands before them (contextual calibration, Zhao et al. 2021, arXiv 2102.09690).
 */
export async function readerLead(run: Run, question: string, places: readonly BlockPlace[]): Promise<number> {
  const { tokenizer } = await run.host.text();
  const instruction = verdictInstruction(question);
  const { prompt } = await promptOf(run, { instruction, maxTokens: replyTokens });
  const [yes, no] = ['Yes', 'No'].map((word) => tokenizer.encodeText(word)[0]!);
  const leadAfter = async (read: readonly BlockPlace[]): Promise<number> => {
    const { index, host, kvStore, emit, signal } = run;
    const room = { prompt: prompt.length, answer: replyTokens };
    const { cache } = await readBlocks(index, host, kvStore, read, room, emit, signal);
    try {
      const logits = await (await host.reader()).logitsAfter(prompt, cache, signal);
      return logits[yes!]! - logits[no!]!;
    } finally {
      cache.dispose();
    }
  };
  return (await leadAfter(places)) - (await leadAfter([]));
}
