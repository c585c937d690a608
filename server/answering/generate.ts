import { throwIfCancelled } from '../errors';
import type { KvCache } from '../model/kvCache';
import type { Reader } from '../model/reader';
import type { Tokenizer } from '../text/tokenizer';

export interface GenerateOptions {
  maxTokens: number;
  stopTokens: ReadonlySet<number>;
}

export interface Generated {
  tokens: number;
  /** `length`: the token limit; `loop`: the text began to repeat itself. */
  end: 'stop' | 'length' | 'loop';
}

/** A run of this many tokens that comes a third time means the model is going in circles. */
const loopTokens = 12;

/**
 * Greedy decoding after what the cache holds. Text is passed on as soon as it is whole: a token may end in the
 * middle of a character.
 *
 * @param logits of the last prompt token, [vocabulary]
 */
export async function generate(
  reader: Reader,
  tokenizer: Tokenizer,
  cache: KvCache,
  logits: Float32Array,
  options: GenerateOptions,
  onText: (text: string) => void | Promise<void>,
  signal: AbortSignal,
): Promise<Generated> {
  const tokens: number[] = [];
  const decoder = new TextStream(tokenizer);
  let end: Generated['end'] = 'length';
  let next = logits;
  while (tokens.length < options.maxTokens && cache.length < cache.capacity) {
    throwIfCancelled(signal);
    const token = argmax(next);
    if (options.stopTokens.has(token)) {
      end = 'stop';
      break;
    }
    tokens.push(token);
    const text = decoder.push(token);
    if (text !== '') await onText(text);
    if (repeatsThrice(tokens)) {
      end = 'loop';
      break;
    }
    next = await reader.prefill([token], cache, signal);
  }
  const rest = decoder.finish();
  if (rest !== '') await onText(rest);
  return { tokens: tokens.length, end };
}

export function argmax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

function repeatsThrice(tokens: readonly number[]): boolean {
  if (tokens.length < 3 * loopTokens) return false;
  const tail = tokens.slice(-loopTokens);
  let seen = 0;
  for (let start = 0; start + loopTokens <= tokens.length; start++) {
    if (tail.every((token, i) => tokens[start + i] === token)) seen++;
  }
  return seen >= 3;
}

/** Decodes token by token; what may still change with the next token is held back. */
class TextStream {
  private held: number[] = [];

  constructor(private readonly tokenizer: Tokenizer) {}

  push(token: number): string {
    this.held.push(token);
    const text = this.tokenizer.decode(this.held);
    // An unfinished UTF-8 sequence decodes to the replacement character.
    if (text.endsWith('\ufffd') && this.held.length < 4) return '';
    this.held = [];
    return text;
  }

  finish(): string {
    const text = this.tokenizer.decode(this.held);
    this.held = [];
    return text;
  }
}
