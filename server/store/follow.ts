import { mapBounded } from '../concurrency';
import { ExpectedError, failure } from '../errors';
import { formatVersion, preambleBytes, readPreamble } from './preamble';
import { familyOfName, scanSegment, segmentFileBytesMax, segmentHeaderBytes, type Segment } from './segment';
import { pathIn, type StoreFolder } from './storeFolder';

/** Files looked at at once: enough to hide a disk's latency, few enough to spare file handles. */
const filesAtOnceMax = 32;

/** Brings an index up to what lies in the folder: other processes append segments, and remove them. */
export class FolderFollower {
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(private readonly store: StoreFolder) {}

  /**
   * Looks at the folder as it is from now on; calls at the same time share one look. What the disk cannot read is
   * left as it was known.
   *
   * @throws storeTooNew
   */
  follow(): Promise<void> {
    if (!this.#running) {
      this.#running = this.#look().finally(() => {
        this.#running = undefined;
      });
      return this.#running;
    }
    // A look that is under way may have passed what this caller asks for.
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.follow();
      });
    return this.#next;
  }

  async #look(): Promise<void> {
    // Only what was known before the listing can be missing from it.
    const known = [...this.store.index.segments.values()];
    const listed = await this.store.files.list(this.store.folder).catch(() => undefined);
    if (!listed) return;
    const names = listed.filter((name) => familyOfName(name) !== undefined);
    const there = new Set(names);
    await mapBounded(names, filesAtOnceMax, (name) => this.#lookAt(name));
    for (const segment of known) {
      const stillKnown = this.store.index.segments.get(segment.name) === segment;
      if (stillKnown && !there.has(segment.name)) this.store.index.dropSegment(segment);
    }
  }

  async #lookAt(name: string): Promise<void> {
    const path = pathIn(this.store, name);
    const state = await this.store.files.stat(path).catch(() => undefined);
    // A header that is not finished is looked at again.
    if (!state || state.bytes < segmentHeaderBytes || state.bytes > segmentFileBytesMax) return;
    let segment = this.store.index.segments.get(name);
    if (segment?.isOpen) return;
    if (segment && state.bytes <= segment.bytes && state.bytes >= segment.scannedBytes) return;
    if (segment && state.bytes < segment.scannedBytes) {
      this.store.index.dropSegment(segment);
      segment = undefined;
    }
    try {
      if (!segment) await this.#refuseNewer(path);
      segment ??= this.store.index.addSegment(name, familyOfName(name)!, state.modifiedMs);
      await this.#scan(segment, path, state.bytes);
      segment.modifiedMs = state.modifiedMs;
    } catch (error) {
      if (error instanceof ExpectedError) throw error;
    }
  }

  async #refuseNewer(path: string): Promise<void> {
    const preamble = await this.store.files.read(path, 0, preambleBytes);
    const version = preamble && readPreamble(preamble);
    if (version !== undefined && version > formatVersion) {
      throw failure.storeTooNew(path, version, formatVersion);
    }
  }

  async #scan(segment: Segment, path: string, fileBytes: number): Promise<void> {
    const from = segment.scannedBytes;
    const { records, scannedBytes } = await scanSegment(this.store.files, path, this.store.packageHash, {
      from,
      fileBytes,
    });
    // Dropped meanwhile, because its file went away.
    if (segment.scannedBytes !== from || !this.store.index.segments.has(segment.name)) return;
    for (const record of records) this.store.index.put(segment, record, segment.modifiedMs);
    segment.scannedBytes = scannedBytes;
    segment.bytes = Math.max(segment.bytes, fileBytes);
  }
}
