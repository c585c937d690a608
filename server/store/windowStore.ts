import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { mapBounded } from '../concurrency';
import { assertInvariant, failure, throwIfCancelled } from '../errors';
import { emptyCatalog, maxFilesAtOnce, readCatalog, totalBytes, type Catalog } from './catalog';
import {
  decodeRecord,
  encodeRecord,
  formatVersion,
  packageHashOf,
  recordBytes,
  type Dims,
  type RecordKind,
} from './record';
import { nodeStoreFiles, systemCodeOf, type StoreFiles } from './storeFiles';

/** About 330,000 tokens of the default base: a mid-sized workspace stays warm without filling a laptop's disk. */
export const defaultKvQuotaBytes = 4 * 2 ** 30;
/** Eviction goes a little below the quota, so that it does not run at every write. */
const evictionTarget = 0.9;
/** After writing this share of the quota the folder is read again, to count what other processes wrote. */
const recountShare = 0.05;

/** What a model package fixes about records; a record of other dimensions is not read. */
export interface StoreShape {
  /** R: numbers of a landmark key. */
  keyWidth: number;
  layers: number;
  kvHeads: number;
  headDim: number;
}

/** Keys and values of the KV blocks of one window, as fp16 bit patterns. */
export interface WindowKv {
  layers: number;
  kvHeads: number;
  tokens: number;
  headDim: number;
  /** [layers, kvHeads, tokens, headDim] before rotary position. */
  keys: Uint16Array;
  /** [layers, kvHeads, tokens, headDim] */
  values: Uint16Array;
}

export interface StoreOptions {
  folder: string;
  packageId: string;
  shape: StoreShape;
  kvQuotaBytes?: number;
  files?: StoreFiles;
  clock?: () => number;
}

export interface StoreStats {
  keysRecords: number;
  kvRecords: number;
  bytes: number;
  /** Records that this process found damaged and removed. */
  dropped: number;
}

/**
 * Landmark keys and KV blocks of windows on disk, one file per record, addressed by window id: equal ids have
 * equal content, so processes may share a folder without a lock. A record that is missing, damaged or evicted
 * is a miss, and encoding the window again gives the same bytes.
 */
export class WindowStore {
  readonly #folder: string;
  readonly #packageHash: Buffer;
  readonly #shape: StoreShape;
  /** Most bytes of KV records that are kept. */
  readonly kvQuotaBytes: number;
  readonly #files: StoreFiles;
  readonly #clock: () => number;
  #catalog: Catalog = emptyCatalog();
  #kvBytesSinceCount = 0;
  #dropped = 0;
  #eviction: Promise<void> = Promise.resolve();
  #counted: Promise<void> | undefined;

  private constructor(options: StoreOptions) {
    this.#folder = options.folder;
    this.#packageHash = packageHashOf(options.packageId);
    this.#shape = options.shape;
    this.kvQuotaBytes = options.kvQuotaBytes ?? defaultKvQuotaBytes;
    this.#files = options.files ?? nodeStoreFiles;
    this.#clock = options.clock ?? Date.now;
  }

  static async open(options: StoreOptions): Promise<WindowStore> {
    const store = new WindowStore(options);
    await store.#orDiskFull(store.#files.makeFolder(options.folder));
    return store;
  }

  /** @returns [blocks, keyWidth], or undefined on a miss */
  async readKeys(windowId: string): Promise<Float32Array | undefined> {
    const record = await this.#read('keys', windowId, ([, keyWidth, one, alsoOne]) => {
      return keyWidth === this.#shape.keyWidth && one === 1 && alsoOne === 1;
    });
    return record && new Float32Array(record.payload);
  }

  /** The landmark keys of those windows that have them. */
  async readAllKeys(windowIds: readonly string[], signal: AbortSignal): Promise<Map<string, Float32Array>> {
    const found = new Map<string, Float32Array>();
    await mapBounded(windowIds, maxFilesAtOnce, async (windowId) => {
      throwIfCancelled(signal);
      const keys = await this.readKeys(windowId);
      if (keys) found.set(windowId, keys);
    });
    throwIfCancelled(signal);
    return found;
  }

  /** @param keys [blocks, keyWidth] */
  async writeKeys(windowId: string, keys: Float32Array): Promise<void> {
    const { keyWidth } = this.#shape;
    await this.#write('keys', windowId, [keys.length / keyWidth, keyWidth, 1, 1], [keys]);
  }

  async readKv(windowId: string): Promise<WindowKv | undefined> {
    const record = await this.#read('kv', windowId, ([layers, kvHeads, , headDim]) => {
      const shape = this.#shape;
      return layers === shape.layers && kvHeads === shape.kvHeads && headDim === shape.headDim;
    });
    if (!record) return undefined;
    // Being used is what the quota spares a record for; without the mark it is only evicted sooner.
    await this.#files.markUsed(this.#pathOf('kv', windowId), this.#clock()).catch(() => undefined);
    const { dims, payload } = record;
    const half = payload.byteLength / 2;
    return {
      layers: dims[0],
      kvHeads: dims[1],
      tokens: dims[2],
      headDim: dims[3],
      keys: new Uint16Array(payload, 0, half / 2),
      values: new Uint16Array(payload, half, half / 2),
    };
  }

  async writeKv(windowId: string, kv: WindowKv): Promise<void> {
    const { layers, kvHeads, headDim } = this.#shape;
    assertInvariant(
      kv.layers === layers && kv.kvHeads === kvHeads && kv.headDim === headDim,
      'the KV of a window has the shape of its model package',
    );
    assertInvariant(kv.keys.length === kv.values.length, 'every key has a value');
    await this.#write('kv', windowId, [kv.layers, kv.kvHeads, kv.tokens, kv.headDim], [kv.keys, kv.values]);
    await this.#count();
    await this.#keepQuota();
  }

  async hasKv(windowId: string): Promise<boolean> {
    return (await this.#files.stat(this.#pathOf('kv', windowId))) !== undefined;
  }

  /**
   * Forgets windows, and says how much that freed. Another workspace that has the same windows encodes them again
   * when it needs them.
   */
  async remove(
    windowIds: readonly string[],
    signal: AbortSignal,
  ): Promise<{ windows: number; bytes: number }> {
    const removed = { windows: 0, bytes: 0 };
    await mapBounded(windowIds, maxFilesAtOnce, async (windowId) => {
      throwIfCancelled(signal);
      const states = await Promise.all([
        this.#removeRecord('keys', windowId),
        this.#removeRecord('kv', windowId),
      ]);
      removed.bytes += states.reduce((sum, bytes) => sum + bytes, 0);
      if (states.some((bytes) => bytes > 0)) removed.windows++;
    });
    return removed;
  }

  /** What the records of a window take on disk: landmark keys always, keys and values within the quota. */
  bytesOfWindow(blockCount: number, tokenCount: number): { keys: number; kv: number } {
    const { keyWidth, layers, kvHeads, headDim } = this.#shape;
    return {
      keys: recordBytes('keys', [blockCount, keyWidth, 1, 1]),
      kv: recordBytes('kv', [layers, kvHeads, tokenCount, headDim]),
    };
  }

  /** As of the last count of the folder and what this process did since. */
  async stats(): Promise<StoreStats> {
    await this.#count();
    const { keys, kv } = this.#catalog;
    return {
      keysRecords: keys.size,
      kvRecords: kv.size,
      bytes: totalBytes(keys) + totalBytes(kv),
      dropped: this.#dropped,
    };
  }

  async #removeRecord(kind: RecordKind, windowId: string): Promise<number> {
    const path = this.#pathOf(kind, windowId);
    const state = await this.#files.stat(path);
    await this.#files.remove(path);
    this.#catalog[kind].delete(windowId);
    return state?.bytes ?? 0;
  }

  async #read(
    kind: RecordKind,
    windowId: string,
    fits: (dims: Dims) => boolean,
  ): Promise<{ dims: Dims; payload: ArrayBuffer } | undefined> {
    const path = this.#pathOf(kind, windowId);
    // A record that the disk cannot give back is as lost as a damaged one.
    const bytes = await this.#files.read(path).catch(() => new Uint8Array());
    if (!bytes) {
      this.#catalog[kind].delete(windowId);
      return undefined;
    }
    const decoded = decodeRecord(bytes, kind, { packageHash: this.#packageHash, windowId });
    if (decoded.state === 'newer') throw failure.storeTooNew(path, decoded.version, formatVersion);
    if (decoded.state === 'good' && fits(decoded.dims)) return decoded;
    this.#dropped++;
    this.#catalog[kind].delete(windowId);
    await this.#files.remove(path).catch(() => undefined);
    return undefined;
  }

  async #write(
    kind: RecordKind,
    windowId: string,
    dims: Dims,
    parts: readonly (Float32Array | Uint16Array)[],
  ): Promise<void> {
    assertInvariant(
      dims.every((dim) => Number.isInteger(dim) && dim > 0),
      `a ${kind} record of [${dims.join(', ')}] is whole`,
    );
    const path = this.#pathOf(kind, windowId);
    const record = encodeRecord(kind, { packageHash: this.#packageHash, windowId }, dims, parts);
    await this.#orDiskFull(this.#replace(path, record));
    this.#catalog[kind].set(windowId, { bytes: record.length, usedMs: this.#clock() });
    if (kind === 'kv') this.#kvBytesSinceCount += record.length;
  }

  /**
   * Writes beside the record, then renames, so that a reader sees the old record, the new one or none. Nothing
   * is flushed to the device: after a power cut the checksum tells a torn record.
   */
  async #replace(path: string, record: Uint8Array): Promise<void> {
    const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
    await this.#files.makeFolder(dirname(path));
    try {
      await this.#files.write(temporary, record);
      await this.#files.rename(temporary, path);
    } catch (error) {
      await this.#files.remove(temporary).catch(() => undefined);
      // Windows refuses to replace a file that another process reads; what stands there is the same content.
      const isHeld = ['EPERM', 'EACCES', 'EBUSY'].includes(systemCodeOf(error) ?? '');
      if (!isHeld || (await this.#files.stat(path)) === undefined) throw error;
    }
  }

  async #keepQuota(): Promise<void> {
    if (!this.#isCountDue()) return;
    // One eviction at a time; those that waited find nothing left to do.
    this.#eviction = this.#eviction.catch(() => undefined).then(() => this.#evict());
    await this.#eviction;
  }

  #isCountDue(): boolean {
    const overQuota = totalBytes(this.#catalog.kv) > this.kvQuotaBytes;
    return overQuota || this.#kvBytesSinceCount > this.kvQuotaBytes * recountShare;
  }

  async #evict(): Promise<void> {
    if (!this.#isCountDue()) return;
    await this.#recount();
    let kvBytes = totalBytes(this.#catalog.kv);
    if (kvBytes <= this.kvQuotaBytes) return;
    const leastRecentFirst = [...this.#catalog.kv].sort(([leftId, left], [rightId, right]) => {
      return left.usedMs - right.usedMs || (leftId < rightId ? -1 : 1);
    });
    for (const [windowId, { bytes }] of leastRecentFirst) {
      if (kvBytes <= this.kvQuotaBytes * evictionTarget) break;
      await this.#files.remove(this.#pathOf('kv', windowId)).catch(() => undefined);
      this.#catalog.kv.delete(windowId);
      kvBytes -= bytes;
    }
  }

  /**
   * The first count of the folder, which also removes what killed writes left behind. Reading needs no count,
   * so a question that is answered from the store does not wait for one.
   */
  #count(): Promise<void> {
    this.#counted ??= this.#recount().catch((error: unknown) => {
      this.#counted = undefined;
      throw error;
    });
    return this.#counted;
  }

  async #recount(): Promise<void> {
    const startedMs = this.#clock();
    this.#kvBytesSinceCount = 0;
    const fresh = await readCatalog(this.#files, this.#folder, startedMs);
    // Records written during the count may have been missed by it.
    for (const kind of ['keys', 'kv'] as const) {
      for (const [windowId, state] of this.#catalog[kind]) {
        if (state.usedMs >= startedMs && !fresh[kind].has(windowId)) fresh[kind].set(windowId, state);
      }
    }
    this.#catalog = fresh;
  }

  #pathOf(kind: RecordKind, windowId: string): string {
    assertInvariant(/^[0-9a-f]{64}$/.test(windowId), `${windowId} is a window id`);
    return join(this.#folder, windowId.slice(0, 2), `${windowId}.${kind}`);
  }

  async #orDiskFull<Value>(pending: Promise<Value>): Promise<Value> {
    try {
      return await pending;
    } catch (error) {
      if (['ENOSPC', 'EDQUOT'].includes(systemCodeOf(error) ?? '')) throw failure.diskFull(this.#folder);
      throw error;
    }
  }
}
