import { createHash } from 'node:crypto';
import type { RawKv } from './kvCache';

/** Turns of 150 tokens: eighteen of the default base, at 25 kB a token, and seven of a base of 57 kB. */
export const turnBytesMax = 64 * 2 ** 20;

/** What was said in a turn, and where. */
export interface SaidTurn {
  /** Key of the workspace: the same words elsewhere speak of something else. */
  workspace: string;
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

  /** Does not count as a use. */
  get(turn: SaidTurn): RawKv | undefined {
    return this.#turns.get(keyOf(turn));
  }

  /** The latest use of a turn that is remembered. */
  use(turn: SaidTurn): void {
    const key = keyOf(turn);
    const kv = this.#turns.get(key);
    if (!kv) return;
    this.#turns.delete(key);
    this.#turns.set(key, kv);
  }

  add(turn: SaidTurn, kv: RawKv): void {
    const key = keyOf(turn);
    this.#forget(key);
    if (bytesOf(kv) > this.bytesMax) return;
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
function keyOf({ workspace, question, answer }: SaidTurn): string {
  const said = JSON.stringify([workspace, question.trim(), answer.trim()]);
  return createHash('sha256').update(said).digest('hex');
}

function bytesOf({ keys, values }: RawKv): number {
  return keys.byteLength + values.byteLength;
}
