import { throwIfCancelled } from '../errors';
import type { Contrast } from '../model/contrast';
import type { KvCache } from '../model/kvCache';
import type { Choosing, Reader } from '../model/reader';
import type { Sampling } from '../model/sampling';
import type { Tokenizer } from '../text/tokenizer';
import { draftTokensMax, type DraftSource } from './draft';

export interface GenerateOptions {
  maxTokens: number;
  stopTokens: ReadonlySet<number>;
  /** What may be quoted; without it every token takes a run of its own. */
  source?: DraftSource;
  /** How tokens are drawn; without it the likeliest are chosen, or those of the contrast. */
  sampling?: Sampling;
  /** Asked once, when the first token is out: what the others are compared with, where they are not drawn. */
  contrast?: () => Promise<Contrast>;
  /** Asked after each piece of text: nothing new is said any more. */
  isEnough?: () => boolean;
}

export interface Generated {
  /** Without the token that stopped it. */
  tokens: Int32Array;
  /** Runs of the reader that these tokens took. */
  runs: number;
  /** `length`: the token limit; `loop`: the text began to repeat itself; `enough`: the caller wanted no more. */
  end: 'stop' | 'length' | 'loop' | 'enough';
}

/** A run of this many tokens that comes a third time means the model is going in circles. */
const loopTokens = 12;

/**
 * Decoding after what the cache holds, greedy, sampled, or beside what would be said without the context. A run judges the
 * last token and a draft of what may follow; of the draft is kept what equals the run's own choices, whatever they are made
 * by. Text is passed on as soon as it is whole: a token may end in the middle of a character.
 *
 * @param first the choice after the last prompt token, made with the same sampling
 */
export async function generate(
  reader: Pick<Reader, 'judge'>,
  tokenizer: Tokenizer,
  cache: KvCache,
  first: number,
  { maxTokens, stopTokens, source, sampling, contrast, isEnough }: GenerateOptions,
  onText: (text: string) => void | Promise<void>,
  signal: AbortSignal,
): Promise<Generated> {
  const answer = new AnswerTokens(Math.min(maxTokens, cache.capacity - cache.length));
  const stream = new TextStream(tokenizer);
  const drafted = new Int32Array(1 + draftTokensMax);
  const choices = new Int32Array(1 + draftTokensMax);
  choices[0] = first;
  let choiceCount = 1;
  let runs = 0;
  let choosing: Choosing | undefined = sampling;
  for (;;) {
    throwIfCancelled(signal);
    let text = '';
    let end: Generated['end'] | undefined;
    for (let i = 0; i < choiceCount && end === undefined; i++) {
      end = endBefore(choices[i]!, answer, stopTokens);
      if (end !== undefined) break;
      answer.push(choices[i]!);
      source?.push(choices[i]!);
      text += stream.push(choices[i]!);
      if (answer.repeatsThrice()) end = 'loop';
    }
    if (end === undefined && answer.isFull) end = 'length';
    if (end !== undefined) text += stream.finish();
    if (text !== '') await onText(text);
    if (end === undefined && isEnough?.()) end = 'enough';
    if (end !== undefined) return { tokens: answer.written(), runs, end };
    drafted[0] = choices[choiceCount - 1]!;
    // A run gives a token more than it accepts.
    const room = Math.min(draftTokensMax, answer.capacity - answer.length - 1);
    const draftCount = source?.draft(drafted, 1, room) ?? 0;
    choosing ??= await contrast?.();
    await reader.judge(drafted, 1 + draftCount, cache, choices, signal, choosing);
    runs++;
    choiceCount = 1;
    while (choiceCount <= draftCount && choices[choiceCount - 1] === drafted[choiceCount]) choiceCount++;
    cache.truncate(cache.length - (1 + draftCount - choiceCount));
  }
}

function endBefore(
  token: number,
  answer: AnswerTokens,
  stopTokens: ReadonlySet<number>,
): Generated['end'] | undefined {
  if (answer.isFull) return 'length';
  return stopTokens.has(token) ? 'stop' : undefined;
}

/** The answer so far, in memory of a fixed size. */
class AnswerTokens {
  private readonly tokens: Int32Array;
  length = 0;

  constructor(readonly capacity: number) {
    this.tokens = new Int32Array(capacity);
  }

  get isFull(): boolean {
    return this.length >= this.capacity;
  }

  push(token: number): void {
    this.tokens[this.length++] = token;
  }

  written(): Int32Array {
    return this.tokens.subarray(0, this.length);
  }

  /** The last tokens stood here twice before. */
  repeatsThrice(): boolean {
    const { tokens, length } = this;
    if (length < 3 * loopTokens) return false;
    const tail = length - loopTokens;
    let seen = 0;
    for (let start = 0; start <= tail; start++) {
      let equal = 0;
      while (equal < loopTokens && tokens[start + equal] === tokens[tail + equal]) equal++;
      if (equal === loopTokens) seen++;
    }
    return seen >= 3;
  }
}

/** Decodes token by token; what may still change with the next token is held back. */
class TextStream {
  private readonly held: number[] = [];

  constructor(private readonly tokenizer: Tokenizer) {}

  push(token: number): string {
    this.held.push(token);
    const text = this.tokenizer.decode(this.held);
    // An unfinished UTF-8 sequence decodes to the replacement character.
    if (text.endsWith('\ufffd') && this.held.length < 4) return '';
    this.held.length = 0;
    return text;
  }

  finish(): string {
    const text = this.tokenizer.decode(this.held);
    this.held.length = 0;
    return text;
  }
}
