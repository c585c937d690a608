import { mapBounded } from '../concurrency';
import { throwIfCancelled } from '../errors';
import type { FolderFollower } from './follow';
import { decodeRecord, type RecordHead } from './record';
import type { Place } from './recordIndex';
import type { Family } from './shape';
import { pathIn, type StoreFolder } from './storeFolder';

/** A record may be moved while it is looked for; not forever. */
const triesMax = 4;
/** Records are read together up to this size, and across gaps of up to this many bytes. */
const rangeBytesMax = 4 * 2 ** 20;
const gapBytesMax = 2 ** 16;
/** Ranges read at once: enough to keep a disk busy. */
const rangesAtOnceMax = 4;

export interface ReadRecord {
  head: RecordHead;
  payload: Uint8Array;
}

/** Reads records where the index says they lie. What is damaged or gone is dropped from the index: a miss. */
export class RecordReader {
  /** Records that were found damaged. */
  droppedCount = 0;

  constructor(
    private readonly store: StoreFolder,
    private readonly follower: FolderFollower,
    /** Whether a record has the dimensions of the package. */
    private readonly fits: (head: RecordHead) => boolean,
  ) {}

  async read(family: Family, windowId: string): Promise<ReadRecord | undefined> {
    const { index } = this.store;
    if (!index.find(family, windowId)) await this.follower.follow();
    for (let tries = 0; tries < triesMax; tries++) {
      const place = index.find(family, windowId);
      if (!place) return undefined;
      const { segment, offset } = place;
      const found = await this.#readAt(place, windowId);
      if (typeof found === 'object') return found;
      const isMoved = (): boolean => {
        const now = index.find(family, windowId);
        return now?.segment !== segment || now.offset !== offset;
      };
      if (isMoved()) continue;
      // Where a segment is gone, its records may have been moved by another process.
      if (found === 'gone') await this.follower.follow();
      if (isMoved()) continue;
      if (found === 'gone') index.drop(family, windowId);
      else this.forget(family, windowId);
    }
    return undefined;
  }

  /** Reads many records in the order in which they lie; each one found is handed over, misses are not. */
  async readMany(
    family: Family,
    windowIds: readonly string[],
    onRecord: (record: ReadRecord) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { index, files } = this.store;
    throwIfCancelled(signal);
    const isMissing = (windowId: string): boolean => index.find(family, windowId) === undefined;
    if (windowIds.some(isMissing)) await this.follower.follow();
    const wanted = windowIds.flatMap((windowId): Wanted[] => {
      const place = index.find(family, windowId);
      return place ? [{ windowId, place, offset: place.offset }] : [];
    });
    await mapBounded(rangesOf(wanted), rangesAtOnceMax, async ({ name, from, to, records }) => {
      throwIfCancelled(signal);
      const bytes = await files.read(pathIn(this.store, name), from, to - from).catch(() => undefined);
      for (const { windowId, offset, place } of records) {
        const record = bytes && this.#decode(bytes.subarray(offset - from), windowId);
        // Alone, a record is looked for again and dropped for good.
        const found = record ?? (await this.read(place.segment.family, windowId));
        if (found) onRecord(found);
      }
    });
    throwIfCancelled(signal);
  }

  /** The bytes of a record, checked, to be copied elsewhere. */
  async readRaw(place: Place, windowId: string): Promise<Buffer | undefined> {
    const path = pathIn(this.store, place.segment.name);
    const bytes = await this.store.files.read(path, place.offset, place.bytes);
    return bytes && this.#decode(bytes, windowId) ? bytes : undefined;
  }

  /** Counts a damaged record and leaves it out from now on. */
  forget(family: Family, windowId: string): void {
    this.droppedCount++;
    this.store.index.drop(family, windowId);
  }

  async #readAt(place: Place, windowId: string): Promise<ReadRecord | 'gone' | 'damaged'> {
    const path = pathIn(this.store, place.segment.name);
    // What the disk cannot give back is as lost as what is damaged.
    const bytes = await this.store.files.read(path, place.offset, place.bytes).catch(() => Buffer.alloc(0));
    if (!bytes) return 'gone';
    return this.#decode(bytes, windowId) ?? 'damaged';
  }

  #decode(bytes: Buffer, windowId: string): ReadRecord | undefined {
    const record = decodeRecord(bytes, this.store.packageHash);
    return record?.head.windowId === windowId && this.fits(record.head) ? record : undefined;
  }
}

interface Wanted {
  windowId: string;
  place: Place;
  offset: number;
}

interface Range {
  name: string;
  from: number;
  to: number;
  records: Wanted[];
}

function rangesOf(wanted: readonly Wanted[]): Range[] {
  const inOrder = [...wanted].sort(
    (left, right) => compare(left.place.segment.name, right.place.segment.name) || left.offset - right.offset,
  );
  const ranges: Range[] = [];
  let open: Range | undefined;
  for (const record of inOrder) {
    const { segment, bytes } = record.place;
    const end = record.offset + bytes;
    const joins =
      open?.name === segment.name &&
      record.offset - open.to <= gapBytesMax &&
      end - open.from <= rangeBytesMax;
    if (!open || !joins) {
      open = { name: segment.name, from: record.offset, to: end, records: [] };
      ranges.push(open);
    }
    open.to = Math.max(open.to, end);
    open.records.push(record);
  }
  return ranges;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
