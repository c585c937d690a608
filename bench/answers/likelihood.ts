/**
 * What reading cached keys and values costs, next to reading the same blocks again as one text: the negative
 * log-likelihood per token of the reference answer after either, and after no block at all.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Run } from '../../server/answering/run';
import type { KvCache } from '../../server/model/kvCache';
import type { Reader } from '../../server/model/reader';
import { WindowStore } from '../../server/store/windowStore';
import { prepareQuestion } from '../decode/prepare';
import type { AskedQuestion } from './questions';
import { contextTokens } from './refed';
import { openModel, type Setup } from './setup';

/** Of a reference answer: the others' are pages long. */
export const referenceTokensMax = 96;

/** Nats per token. */
export interface Likelihoods {
  tokens: number;
  cached: number;
  /** After the same windows' keys and values in fp16: what the store's int8 costs. */
  cachedHalf: number;
  refed: number;
  nothing: number;
}

const never = new AbortController().signal;

export interface Measuring {
  of(question: AskedQuestion): Promise<Likelihoods>;
  close(): Promise<void>;
}

export async function openMeasuring(setup: Setup): Promise<Measuring> {
  const { runOf, close } = openModel(setup);
  const folder = mkdtempSync(join(tmpdir(), 'landmark-bench-half-'));
  const { manifest, packageId } = setup.reader ?? setup.model;
  const halfStore = await WindowStore.open({
    folder,
    packageId,
    shape: { ...manifest.shape, keyWidth: setup.model.manifest.routing.keyNumbers },
    kvPrecision: 'fp16',
  });
  return {
    of: async (question) => measure(await runOf(question.root), halfStore, question),
    close: async () => {
      await halfStore.close();
      rmSync(folder, { recursive: true });
      await close();
    },
  };
}

async function measure(
  run: Run,
  halfStore: WindowStore,
  { question, reference }: AskedQuestion,
): Promise<Likelihoods> {
  const reader = await run.host.reader();
  const { tokenizer } = await run.host.text();
  const answer = tokenizer.encodeText(reference).slice(0, referenceTokensMax);
  const { context, prompt } = await prepareQuestion(run, question);
  const cached = await meanLoss(reader, context.cache, prompt, answer);
  const half = await prepareQuestion({ ...run, kvStore: halfStore }, question);
  const cachedHalf = await meanLoss(reader, half.context.cache, prompt, answer);
  const after = async (places: typeof context.read): Promise<number> => {
    const tokens = [...(await contextTokens(run, places)), ...prompt];
    return meanLoss(reader, reader.createCache(tokens.length + answer.length), tokens, answer);
  };
  const refed = await after(context.read);
  return { tokens: answer.length, cached, cachedHalf, refed, nothing: await after([]) };
}

/**
 * Mean loss of the answer's tokens after what the cache holds and the prompt. Gives the cache back.
 *
 * @returns nats per token
 */
export async function meanLoss(
  reader: Reader,
  cache: KvCache,
  prompt: readonly number[],
  answer: readonly number[],
): Promise<number> {
  try {
    const losses = await reader.losses([...prompt, ...answer], prompt.length, cache, never);
    return losses.reduce((sum, loss) => sum + loss, 0) / answer.length;
  } finally {
    cache.dispose();
  }
}
