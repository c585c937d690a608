/**
 * The reader's own verdict: its deltas were trained to begin with a refusal where the blocks do not answer, so how likely it begins
 * tells whether they do, before a word is said. What is said is the base's: with the deltas it names more and is not right oftener
 * (docs/answers.md, "Answers with deltas").
 */

import type { KvCache } from '../model/kvCache';
import type { Sampling } from '../model/sampling';
import type { Run } from './run';

/** A context, and the prompt that is read after it. */
export interface Asked {
  context: { cache: KvCache };
  prompt: readonly number[];
  /** How many tokens of the prompt, the last ones, open the answer. */
  openingTokens: number;
  options: { sampling?: Sampling };
}

/**
 * Reads the prompt.
 *
 * @returns the token that the answer begins with; undefined where it is refused
 */
export async function beginAnswer(
  run: Pick<Run, 'host' | 'signal'>,
  asked: Asked,
  refuses: ((verdict: number) => boolean) | undefined,
): Promise<number | undefined> {
  const { prompt, context, openingTokens, options } = asked;
  const { cache } = context;
  const reader = await run.host.reader();
  const verdict = refuses && (await readerVerdict(run, asked));
  if (verdict === undefined) return reader.choiceAfter(prompt, cache, run.signal, options.sampling);
  if (refuses?.(verdict)) return undefined;
  cache.truncate(cache.length - openingTokens);
  return reader.choiceAfter(prompt.slice(-openingTokens), cache, run.signal, options.sampling);
}

/**
 * Log odds that a refusal begins after the prompt, which is read: its last tokens, which open the answer, with the deltas, what is
 * run after them without. Undefined, and nothing read, where the package was not trained to refuse.
 */
export async function readerVerdict(
  run: Pick<Run, 'host' | 'signal'>,
  { prompt, context: { cache }, openingTokens }: Omit<Asked, 'options'>,
): Promise<number | undefined> {
  const { host, signal } = run;
  const { refusal } = host.model.manifest.chat;
  if (refusal === undefined || host.reading !== host.model) return undefined;
  const begins = (await host.text()).tokenizer.encodeText(refusal)[0]!;
  const reader = await host.reader();
  cache.answersFrom = cache.length + prompt.length - openingTokens;
  const logits = await reader.logitsAfter(prompt, cache, signal);
  cache.answersFrom = Infinity;
  return logOddsOf(logits, begins);
}

/**
 * Of a token against all others.
 *
 * @param logits [vocabulary]
 */
export function logOddsOf(logits: Float32Array, token: number): number {
  const others = logits.filter((_, other) => other !== token);
  const largest = others.reduce((most, logit) => Math.max(most, logit), -Infinity);
  const sum = others.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  return logits[token]! - largest - Math.log(sum);
}
