/** Decodes one answer token by token and with drafts, from the same cache. */

import { DraftSource, draftTokensMax } from '../../server/answering/draft';
import { generate, type Generated } from '../../server/answering/generate';
import type { Prepared } from '../../server/answering/speak';
import type { Reader } from '../../server/model/reader';
import type { Tokenizer } from '../../server/text/tokenizer';

export interface Decoded {
  tokens: number;
  runs: number;
  /** From the first choice to the last token, the faster of two times; reading the prompt is left out. */
  elapsedMs: number;
}

export interface Pair {
  contextTokens: number;
  plain: Decoded;
  drafted: Decoded;
  /** Tokens before the first that differs; all of them where the texts are the same. */
  sameTokens: number;
  /** Of the plain answer's tokens, judged in runs of as many rows as a draft can have: choices that differ. */
  turnedChoices: number;
}

const never = new AbortController().signal;

/** Plain, drafted, drafted, plain: what else the machine does meets both. */
export async function decodePair(
  reader: Reader,
  tokenizer: Tokenizer,
  { context: { cache }, prompt, quotable, options }: Prepared,
): Promise<Pair> {
  const first = await reader.choiceAfter(prompt, cache, never);
  const start = cache.length;
  const decode = async (source?: DraftSource): Promise<Decoded & { answer: Int32Array }> => {
    cache.truncate(start);
    const before = performance.now();
    const generated: Generated = await generate(
      reader,
      tokenizer,
      cache,
      first,
      source ? { ...options, source } : options,
      () => undefined,
      never,
    );
    const elapsedMs = performance.now() - before;
    return { tokens: generated.tokens.length, runs: generated.runs, elapsedMs, answer: generated.tokens };
  };
  const draft = (): ReturnType<typeof decode> => decode(new DraftSource(quotable, options.maxTokens));
  const [one, two, three, four] = [await decode(), await draft(), await draft(), await decode()];
  const { answer, ...plain } = one.elapsedMs < four.elapsedMs ? one : four;
  const { answer: draftedAnswer, ...drafted } = two.elapsedMs < three.elapsedMs ? two : three;
  cache.truncate(start);
  return {
    contextTokens: start,
    plain,
    drafted,
    sameTokens: sameStart(answer, draftedAnswer),
    turnedChoices: await turnedChoices(reader, cache, answer),
  };
}

function sameStart(left: Int32Array, right: Int32Array): number {
  const end = Math.min(left.length, right.length);
  for (let at = 0; at < end; at++) if (left[at] !== right[at]) return at;
  return end;
}

async function turnedChoices(
  reader: Reader,
  cache: Prepared['context']['cache'],
  answer: Int32Array,
): Promise<number> {
  const rows = 1 + draftTokensMax;
  const choices = new Int32Array(rows);
  let turned = 0;
  for (let start = 0; start < answer.length; start += rows) {
    const count = Math.min(rows, answer.length - start);
    await reader.judge(answer.subarray(start, start + count), count, cache, choices, never);
    for (let i = 0; i < count && start + i + 1 < answer.length; i++) {
      if (choices[i] !== answer[start + i + 1]) turned++;
    }
  }
  return turned;
}
