import type { StoredKv } from './storedKv';

/** A full window of the default base takes 3.3 MB as int8 and an answer reads up to 10 windows: about two answers. */
export const kvRamBytesMax = 64 * 2 ** 20;
/** Kept whatever they take (7.5 MB each of the 1.5B base): fewer than an answer reads would never be found again. */
export const kvRamWindowsMin = 10;

/** KV windows over disk, as it keeps them; the least recently used go first. */
export class KvRam {
  readonly #windows = new Map<string, StoredKv>();
  bytes = 0;
  hits = 0;
  misses = 0;

  /** @param windowsMin the latest ones, which stay whatever they take */
  constructor(
    private readonly bytesMax: number,
    private readonly windowsMin = 0,
  ) {}

  get(windowId: string): StoredKv | undefined {
    const kv = this.#windows.get(windowId);
    if (!kv) {
      this.misses++;
      return undefined;
    }
    this.hits++;
    this.#windows.delete(windowId);
    this.#windows.set(windowId, kv);
    return kv;
  }

  set(windowId: string, kv: StoredKv): void {
    this.delete(windowId);
    if (kv.bytes > this.bytesMax) return;
    this.#windows.set(windowId, kv);
    this.bytes += kv.bytes;
    for (const [oldest] of this.#windows) {
      if (this.bytes <= this.bytesMax || this.#windows.size <= this.windowsMin) break;
      this.delete(oldest);
    }
  }

  delete(windowId: string): void {
    const kv = this.#windows.get(windowId);
    if (!kv) return;
    this.#windows.delete(windowId);
    this.bytes -= kv.bytes;
  }
}
