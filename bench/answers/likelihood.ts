/**
 * What reading cached keys and values costs, next to reading the same blocks again as one text: the negative
 * log-likelihood per token of the reference answer after either, and after no block at all.
 */

import type { Run } from '../../server/answering/run';
import type { KvCache } from '../../server/model/kvCache';
import type { Reader } from '../../server/model/reader';
import { prepareQuestion } from '../decode/prepare';
import type { AskedQuestion } from './questions';
import { contextTokens } from './refed';
import { openModel, type Setup } from './setup';

/** Of a reference answer: the others' are pages long, and each token takes a run. */
export const referenceTokensMax = 96;

/** Nats per token. */
export interface Likelihoods {
  tokens: number;
  cached: number;
  refed: number;
  nothing: number;
}

const never = new AbortController().signal;

export interface Measuring {
  of(question: AskedQuestion): Promise<Likelihoods>;
  close(): Promise<void>;
}

export function openMeasuring(setup: Setup): Measuring {
  const { runOf, close } = openModel(setup);
  return { of: async (question) => measure(await runOf(question.root), question), close };
}

async function measure(run: Run, { question, reference }: AskedQuestion): Promise<Likelihoods> {
  const reader = await run.host.reader();
  const { tokenizer } = await run.host.text();
  const answer = tokenizer.encodeText(reference).slice(0, referenceTokensMax);
  const { context, prompt } = await prepareQuestion(run, question);
  const cached = await lossOf(reader, context.cache, prompt, answer);
  const after = async (places: typeof context.read): Promise<number> => {
    const tokens = [...(await contextTokens(run, places)), ...prompt];
    return lossOf(reader, reader.createCache(tokens.length + answer.length), tokens, answer);
  };
  return { tokens: answer.length, cached, refed: await after(context.read), nothing: await after([]) };
}

/**
 * Mean loss of the answer's tokens after what the cache holds and the prompt. Gives the cache back.
 *
 * @returns nats per token
 */
async function lossOf(
  reader: Reader,
  cache: KvCache,
  prompt: readonly number[],
  answer: readonly number[],
): Promise<number> {
  try {
    let sum = 0;
    let logits = await reader.logitsAfter(prompt, cache, never);
    for (const [at, token] of answer.entries()) {
      sum += lossOfToken(logits, token);
      if (at + 1 < answer.length) logits = await reader.logitsAfter([token], cache, never);
    }
    return sum / answer.length;
  } finally {
    cache.dispose();
  }
}

/** @param logits [vocabulary] */
export function lossOfToken(logits: Float32Array, token: number): number {
  let largest = -Infinity;
  for (const logit of logits) if (logit > largest) largest = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - largest);
  return largest + Math.log(sum) - logits[token]!;
}
