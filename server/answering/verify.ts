/**
 * What each citation of an answer is worth: the sentence is read again without the block, and how much less likely the
 * base then finds it tells how far it rests on the block. Leave-one-out attribution, as Cohen-Wang et al. 2024 (arXiv
 * 2409.00729, section 2) define what a source contributes; blocks are few enough to leave out each, so nothing is fitted.
 */

import type { AnswerSentence } from '../../protocol/messages';
import type { ReadPlace, Strength, VerifyParams, VerifyResult } from '../../protocol/verify';
import { failure } from '../errors';
import type { BlockPlace, WorkspaceIndex } from '../indexing/workspaceIndex';
import type { Tokenizer } from '../text/tokenizer';
import { blockText, textSha256 } from '../text/windows';
import { instructionFor } from './ask';
import { readBlocks } from './context';
import { cleanQuestion } from './route';
import type { Run } from './run';
import { promptOf } from './speak';

/** More blocks than an answer is read from; each takes a reading of its own. */
export const verifiedBlocksMax = 64;
/** Six times what an answer is limited to; sentences beyond are not verified. */
export const verifiedTokensMax = 2_048;

/**
 * The lowest falls of a strength, in nats per token: of the blocks that are read and not cited, 95 and 75 in a hundred stay
 * below (.054 and .015 in `bench/results/citing.md`).
 */
export const fallsOfStrength = { strong: 0.05, some: 0.015 } as const;

export function strengthOf(fall: number): Strength {
  if (fall >= fallsOfStrength.strong) return 'strong';
  return fall >= fallsOfStrength.some ? 'some' : 'none';
}

/** The tokens of an answer up to the end of its last sentence, cut where sentences end. */
export interface SentenceTokens {
  tokens: number[];
  /** [sentences + 1] where each begins, and where the last ends. */
  bounds: number[];
}

/** Reads an answer again, whole and without each block it cites. */
export async function verify(run: Run, params: VerifyParams): Promise<VerifyResult> {
  // The blocks that were read, as they are now.
  const read = params.read.slice(0, verifiedBlocksMax).map((place) => blockAt(run.index, place));
  const cited = citedSources(run.index, params, read);
  const losses = await openReading(run, params);
  const whole = await losses(read);
  const strengths: VerifyResult['strengths'] = [];
  for (const [done, { n, places, sentences }] of cited.entries()) {
    const message = `reading again without source ${n}`;
    run.emit({ type: 'progress', phase: 'read', done, total: cited.length, message });
    const without = await losses(read.filter((place) => !places.includes(place)));
    for (const sentence of sentences) {
      const fall = without[sentence]! - whole[sentence]!;
      if (Number.isNaN(fall)) continue;
      strengths.push({ sentence, n, fall, strength: strengthOf(fall) });
    }
  }
  return { strengths: strengths.sort((left, right) => left.sentence - right.sentence || left.n - right.n) };
}

/**
 * Mean loss of each sentence, in nats per token, after a question that was asked of these blocks; NaN of a sentence that has
 * no tokens in the answer.
 */
export type Reading = (places: readonly BlockPlace[]) => Promise<number[]>;

/** Everything of an answer but the blocks. */
export async function openReading(
  run: Run,
  { question, thread, answer, sentences }: Pick<VerifyParams, 'question' | 'thread' | 'answer' | 'sentences'>,
): Promise<Reading> {
  const { host, signal } = run;
  const reader = await host.reader();
  const { tokenizer } = await host.text();
  const instruction = instructionFor(cleanQuestion(question).text);
  const { prompt } = await promptOf(run, { instruction, maxTokens: 0, thread: thread ?? [] });
  const { tokens, bounds } = sentenceTokens(answer, sentences, tokenizer);
  return async (places) => {
    if (tokens.length === 0) return sentences.map(() => NaN);
    // All of the answer is there already: blocks make way for it.
    const room = { prompt: prompt.length + tokens.length, answer: 0 };
    const { cache } = await readBlocks({ ...run, emit: () => undefined }, { places }, room);
    try {
      const losses = await reader.losses([...prompt, ...tokens], prompt.length, cache, signal);
      return sentences.map((_, at) => mean(losses.subarray(bounds[at], bounds[at + 1])));
    } finally {
      cache.dispose();
    }
  };
}

/** A sentence that does not stand in the answer after those before it has no tokens, nor has one that passes the limit. */
export function sentenceTokens(
  answer: string,
  sentences: readonly Pick<AnswerSentence, 'text'>[],
  tokenizer: Pick<Tokenizer, 'encodeText'>,
): SentenceTokens {
  const tokens: number[] = [];
  const bounds = [0];
  let end = 0;
  for (const { text } of sentences) {
    const start = answer.indexOf(text, end);
    const piece = start < 0 ? [] : tokenizer.encodeText(answer.slice(end, start + text.length));
    if (piece.length > 0 && tokens.length + piece.length <= verifiedTokensMax) {
      tokens.push(...piece);
      end = start + text.length;
    }
    bounds.push(tokens.length);
  }
  return { tokens, bounds };
}

interface CitedSource {
  n: number;
  /** Of the blocks that were read, those of the cited lines. */
  places: BlockPlace[];
  /** Numbers of the sentences that cite it. */
  sentences: number[];
}

/** What was not read cannot be left out. */
function citedSources(
  index: WorkspaceIndex,
  { sentences, citations }: VerifyParams,
  read: readonly BlockPlace[],
): CitedSource[] {
  return citations.flatMap((citation) => {
    const citing = [...sentences.keys()].filter((at) => sentences[at]!.citations.includes(citation.n));
    const cited = blockAt(index, citation);
    if (textSha256(blockText(cited.file, cited)) !== citation.sha256)
      throw failure.readChanged(citation.path);
    const places = read.filter((place) => hasSameLines(place, cited));
    return citing.length === 0 || places.length === 0 ? [] : [{ n: citation.n, places, sentences: citing }];
  });
}

function hasSameLines(left: BlockPlace, right: BlockPlace): boolean {
  return (
    left.file.path === right.file.path && left.startLine === right.startLine && left.endLine === right.endLine
  );
}

/** The block of exactly these lines. */
export function blockAt(
  index: WorkspaceIndex,
  { path, startLine, endLine, piece = 0 }: ReadPlace,
): BlockPlace {
  const found = index.blocksOfExactly(path, startLine, endLine)[piece];
  if (!found) throw failure.readChanged(path);
  return found;
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
