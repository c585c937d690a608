import { deadBytesOf, type Compaction } from './compaction';
import type { FolderFollower } from './follow';
import { segmentHeaderBytes, type Segment } from './segment';
import type { StoreFolder } from './storeFolder';

/** About 660,000 tokens of the default base: a mid-sized workspace stays warm without filling a laptop's disk. */
export const defaultKvQuotaBytes = 4 * 2 ** 30;
/** Eviction goes a little below the limit, so that dead records gather before they are compacted. */
const evictionTarget = 0.9;
/** A segment this small a part of the quota can be copied within it. */
const segmentsOfQuota = 64;
/** Larger ones would only make the copy of a compaction longer, and whoever writes waits for it. */
const segmentBytesMax = 64 * 2 ** 20;

export function kvSegmentBytesMax(quotaBytes: number): number {
  return Math.min(segmentBytesMax, Math.floor(quotaBytes / segmentsOfQuota));
}

/** Keeps the files of KV within the quota at all times, what compaction copies included. */
export class KvQuota {
  constructor(
    private readonly store: StoreFolder,
    private readonly follower: FolderFollower,
    private readonly compaction: Compaction,
    readonly quotaBytes: number,
  ) {}

  /** What records may take; the rest of the quota is for compaction. */
  get limitBytes(): number {
    return this.quotaBytes - kvSegmentBytesMax(this.quotaBytes);
  }

  /**
   * @param role who holds the lock evicts; others append only where there is room
   * @returns whether a record of this size may be appended
   */
  async makeRoom(recordBytes: number, role: 'holder' | 'guest'): Promise<boolean> {
    const { index } = this.store;
    const neededBytes = recordBytes + segmentHeaderBytes;
    if (neededBytes > this.limitBytes * evictionTarget) return false;
    await this.follower.follow();
    const fits = (): boolean => index.fileBytes('kv') + neededBytes <= this.limitBytes;
    if (fits()) return true;
    if (role === 'guest') return false;
    this.#evictTo(this.limitBytes * evictionTarget - neededBytes);
    return this.#reclaim(fits);
  }

  /** After the quota was lowered, or others left more than it allows. */
  async trim(): Promise<void> {
    const { index } = this.store;
    const fits = (): boolean => index.fileBytes('kv') <= this.limitBytes;
    if (fits()) return;
    this.#evictTo(this.limitBytes * evictionTarget);
    await this.#reclaim(fits);
  }

  #evictTo(bytesMax: number): void {
    const { index } = this.store;
    let liveBytes = index.liveBytes('kv');
    const settled = new Set(this.compaction.settled('kv'));
    for (const [windowId, { bytes, segment }] of index.places.kv) {
      if (liveBytes <= bytesMax) break;
      if (!settled.has(segment)) continue;
      index.drop('kv', windowId);
      liveBytes -= bytes;
    }
  }

  /** Every round removes a file with dead records, or a record; so it ends. */
  async #reclaim(fits: () => boolean): Promise<boolean> {
    const { index } = this.store;
    while (!fits()) {
      const victim = mostDead(this.compaction.settled('kv'));
      if (victim) await this.compaction.compact(victim);
      else {
        const liveBefore = index.liveBytes('kv');
        this.#evictTo(liveBefore - 1);
        if (index.liveBytes('kv') === liveBefore) return false;
      }
    }
    return true;
  }
}

function mostDead(segments: readonly Segment[]): Segment | undefined {
  let best: Segment | undefined;
  for (const segment of segments) {
    const dead = deadBytesOf(segment);
    // One without any live record costs no copy, so it goes first, even where it is but a header.
    if (segment.liveBytes === 0 && !segment.isOpen) return segment;
    if (dead > 0 && (!best || dead > deadBytesOf(best))) best = segment;
  }
  return best;
}
