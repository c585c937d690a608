import type { RecordHead } from './record';
import { encodeSegmentHeader, newSegmentName, segmentHeaderBytes, type Segment } from './segment';
import type { Family } from './shape';
import { missing, systemCodeOf } from './storeFiles';
import { pathIn, type StoreFolder } from './storeFolder';

/**
 * Appends records to segments of this process's own making: what others have begun is never written to, so no two
 * processes write one file and no torn end is built upon.
 */
export class SegmentWriter {
  #open: Segment | undefined;

  constructor(
    private readonly store: StoreFolder,
    readonly family: Family,
    /** A segment is sealed before it would exceed this, unless it holds a single record. */
    readonly segmentBytesMax: number,
  ) {}

  /** Calls must follow one another. Fails with the system's error; then nothing was appended. */
  async append(
    record: Uint8Array,
    { form, windowId }: Pick<RecordHead, 'form' | 'windowId'>,
    usedMs: number,
  ): Promise<void> {
    const { files, index } = this.store;
    const known = this.#open;
    const segment = await this.#segmentFor(record.length);
    try {
      await files.write(pathIn(this.store, segment.name), segment.bytes, record);
    } catch (error) {
      if (segment !== known || !missing.includes(systemCodeOf(error) ?? '')) {
        await this.#mend(segment);
        throw error;
      }
      // Another process cleared the store, or took this one for dead and compacted its segment.
      this.#open = undefined;
      index.dropSegment(segment);
      return this.append(record, { form, windowId }, usedMs);
    }
    const offset = segment.bytes;
    segment.bytes += record.length;
    segment.scannedBytes = segment.bytes;
    index.put(segment, { windowId, form, offset, bytes: record.length }, usedMs);
  }

  /** What is appended next begins a new segment. */
  async seal(): Promise<void> {
    const segment = this.#open;
    if (!segment) return;
    this.#open = undefined;
    segment.isOpen = false;
    segment.isSealed = true;
    await this.flush(segment);
  }

  /** Before other copies of its records are removed. */
  async flush(segment: Segment | undefined = this.#open): Promise<void> {
    if (segment) await this.store.files.sync(pathIn(this.store, segment.name));
  }

  async #segmentFor(recordBytes: number): Promise<Segment> {
    const open = this.#open;
    const isFull = open && open.bytes > segmentHeaderBytes && open.bytes + recordBytes > this.segmentBytesMax;
    if (open && !isFull) return open;
    // Not flushed, it may be torn after a power cut, which the checksums tell.
    await this.seal().catch(() => undefined);
    const name = newSegmentName(this.family);
    const { files, packageHash, index, clock } = this.store;
    try {
      await files.create(pathIn(this.store, name), encodeSegmentHeader(packageHash));
    } catch (error) {
      await files.remove(pathIn(this.store, name)).catch(() => undefined);
      throw error;
    }
    const segment = index.addSegment(name, this.family, clock());
    Object.assign(segment, {
      bytes: segmentHeaderBytes,
      scannedBytes: segmentHeaderBytes,
      isOpen: true,
    });
    this.#open = segment;
    return segment;
  }

  /** Cuts off what a failed write left; where that fails too, nothing is appended behind it. */
  async #mend(segment: Segment): Promise<void> {
    try {
      await this.store.files.truncate(pathIn(this.store, segment.name), segment.bytes);
    } catch {
      segment.isOpen = false;
      segment.isSealed = true;
      this.#open = undefined;
    }
  }
}
