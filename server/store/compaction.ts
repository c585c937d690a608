import type { RecordReader } from './recordReader';
import { segmentHeaderBytes, type Segment } from './segment';
import type { SegmentWriter } from './segmentWriter';
import type { Family } from './shape';
import { pathIn, type StoreFolder } from './storeFolder';

/** A segment of another process that grew within this time is left to it. */
const settledMs = 60_000;
/** So many small segments, which sessions leave behind, are joined. */
const smallSegmentsMax = 8;
const smallShare = 0.25;
/** Landmark keys have no quota that would ask for the room of their dead records. */
const deadShareMax = 0.5;

/** Gives the room of dead records back: those alive move to the open segment, and the file is removed. */
export class Compaction {
  constructor(
    private readonly store: StoreFolder,
    private readonly reader: RecordReader,
    private readonly writers: Record<Family, SegmentWriter>,
  ) {}

  /** Segments that nobody appends to. */
  settled(family: Family): Segment[] {
    const nowMs = this.store.clock();
    return this.store.index
      .segmentsOf(family)
      .filter((segment) => segment.isOpen || isOwnOrOld(segment, nowMs));
  }

  /** Needs room for the segment's live records until the file is gone. Fails with the system's error. */
  async compact(segment: Segment): Promise<void> {
    const { files, index } = this.store;
    const writer = this.writers[segment.family];
    // Its own copies must not land in it.
    if (segment.isOpen) await writer.seal();
    const places = index.placesIn(segment);
    for (const [windowId, place] of places) {
      const record = await this.reader.readRaw(place, windowId);
      if (record) await writer.append(record, { windowId, form: place.form }, place.usedMs);
      else this.reader.forget(segment.family, windowId);
    }
    if (places.length > 0) await writer.flush();
    await files.remove(pathIn(this.store, segment.name));
    index.dropSegment(segment);
  }

  /** Removes what is dead as a whole, and joins what is small. */
  async tidy(family: Family): Promise<void> {
    for (const segment of this.settled(family)) {
      if (segment.liveBytes === 0 && !segment.isOpen) await this.compact(segment);
    }
    const sealed = this.settled(family).filter(({ isOpen }) => !isOpen);
    const bytesMax = this.writers[family].segmentBytesMax;
    const small = sealed.filter(({ bytes }) => bytes < bytesMax * smallShare);
    if (small.length > smallSegmentsMax) for (const segment of small) await this.compact(segment);
    if (family === 'kv') return;
    for (const segment of sealed) {
      if (
        this.store.index.segments.has(segment.name) &&
        deadBytesOf(segment) > deadShareMax * segment.bytes
      ) {
        await this.compact(segment);
      }
    }
  }
}

export function deadBytesOf({ bytes, liveBytes }: Segment): number {
  return bytes - segmentHeaderBytes - liveBytes;
}

function isOwnOrOld({ isSealed, modifiedMs }: Segment, nowMs: number): boolean {
  return isSealed || nowMs - modifiedMs > settledMs;
}
