import { maxBatchTokens } from '../model/encoder';
import type { FileOrder } from './priorities';
import type { WorkspaceIndex } from './workspaceIndex';

/** Taken at once: a few runs of the encoder, so that a new order is followed within seconds. */
const takenTokensMax = 4 * maxBatchTokens;

/** The windows that still want landmark keys, in an order that may change while they are taken. */
export class EncodingQueue {
  /** The next one last. */
  #left: number[];
  #leftTokens: number;

  constructor(
    private readonly index: Pick<WorkspaceIndex, 'windows' | 'hasKeys'>,
    order: FileOrder,
  ) {
    this.#left = [...index.windows.keys()].filter((windowIndex) => !index.hasKeys(windowIndex));
    this.#leftTokens = this.#left.reduce((sum, windowIndex) => sum + this.#tokensOf(windowIndex), 0);
    this.reorder(order);
  }

  /** Puts what is left into a new order; windows of one file stay together, in line order. */
  reorder(order: FileOrder): void {
    const place = (windowIndex: number): number =>
      order.get(this.index.windows[windowIndex]!.path) ?? order.size;
    this.#left.sort((left, right) => place(right) - place(left) || right - left);
  }

  /** The windows to encode next, in order; empty at the end. What got its keys elsewhere meanwhile is among them. */
  take(): number[] {
    const taken: number[] = [];
    let tokens = 0;
    while (this.#left.length > 0) {
      const next = this.#tokensOf(this.#left.at(-1)!);
      if (taken.length > 0 && tokens + next > takenTokensMax) break;
      taken.push(this.#left.pop()!);
      tokens += next;
    }
    this.#leftTokens -= tokens;
    return taken;
  }

  /** At most `count` of the windows that would be taken now, in order; they stay. */
  next(count: number): number[] {
    return count > 0 ? this.#left.slice(-count).reverse() : [];
  }

  get leftTokens(): number {
    return this.#leftTokens;
  }

  get leftWindows(): number {
    return this.#left.length;
  }

  #tokensOf(windowIndex: number): number {
    return this.index.windows[windowIndex]!.tokenCount;
  }
}
