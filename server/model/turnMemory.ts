import { createHash } from 'node:crypto';
import type { RawKv } from './kvCache';

/** Some eighteen turns of the default base, at 25 kB a token. */
export const turnBytesMax = 64 * 2 ** 20;

/** What was said in a turn. */
export interface SaidTurn {
  question: string;
  answer: string;
}

/**
 * Keys and values of turns as they were read and said, so that a follow-up question does not run them again. As blocks
 * do, a turn keeps what it saw where it was made: the blocks of its own question. The least recently used go first.
 */
export class TurnMemory {
  readonly #turns = new Map<string, RawKv>();
  #bytes = 0;

  constructor(private readonly bytesMax = turnBytesMax) {}

  get(turn: SaidTurn): RawKv | undefined {
    const key = keyOf(turn);
    const kv = this.#turns.get(key);
    if (kv) {
      this.#turns.delete(key);
      this.#turns.set(key, kv);
    }
    return kv;
  }

  add(turn: SaidTurn, kv: RawKv): void {
    const key = keyOf(turn);
    this.#forget(key);
    this.#turns.set(key, kv);
    this.#bytes += bytesOf(kv);
    for (const oldest of this.#turns.keys()) {
      if (this.#bytes <= this.bytesMax) break;
      this.#forget(oldest);
    }
  }

  clear(): void {
    this.#turns.clear();
    this.#bytes = 0;
  }

  #forget(key: string): void {
    const kv = this.#turns.get(key);
    if (!kv) return;
    this.#turns.delete(key);
    this.#bytes -= bytesOf(kv);
  }
}

/** A text of megabytes would be kept as a key otherwise. */
function keyOf({ question, answer }: SaidTurn): string {
  return createHash('sha256')
    .update(JSON.stringify([question.trim(), answer.trim()]))
    .digest('hex');
}

function bytesOf({ keys, values }: RawKv): number {
  return keys.byteLength + values.byteLength;
}
