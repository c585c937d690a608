import { takeSteps } from '../concurrency';
import { assertInvariant, failure, throwIfCancelled } from '../errors';
import { loadCatalogue, saveCatalogue } from './catalogue';
import { fits, requireId, requireWhole } from './checks';
import { Compaction, deadBytesOf } from './compaction';
import { FolderFollower } from './follow';
import { decodeKeys, encodeKeys, quantizeKeys } from './keysInt8';
import { encodeKv, kvForms, type KvForm } from './kvForms';
import { defaultKvQuotaBytes, KvQuota, kvSegmentBytesMax } from './kvQuota';
import { KvRam, kvRamBytesMax, kvRamWindowsMin } from './kvRam';
import { removeLeftovers } from './leftovers';
import type { StoreOptions, StoreStats } from './options';
import { packageHashOf } from './preamble';
import { encodeRecord, familyOf, recordBytes, type RecordForm, type RecordHead } from './record';
import { RecordIndex } from './recordIndex';
import { RecordReader } from './recordReader';
import { SegmentWriter } from './segmentWriter';
import type { Dims, Family, StoreShape, WindowKeys, WindowKv } from './shape';
import { StoredKv } from './storedKv';
import { isDiskFull, isSystemError, nodeStoreFiles } from './storeFiles';
import type { StoreFolder } from './storeFolder';
import { StoreLock } from './storeLock';
import { RemoteError } from './team/remoteRecords';
import { questionPatienceMs, TeamStore, type CheckedRecord, type WantedRecord } from './team/teamStore';

/** 20,000 blocks of the default base: read again in a moment when a session leaves it unfinished. */
const keysSegmentBytesMax = 16 * 2 ** 20;
/** What a killed process may leave for the next one to look through. */
const unsavedBytesMax = 64 * 2 ** 20;
/** Clearing leaves smaller rests of keys and values to the quota. */
const clearDeadShare = 0.25;
/** What was read or encoded is kept, whoever asked for it. */
const never = new AbortController().signal;

/**
 * Landmark keys and KV of windows on disk, addressed by window id: equal ids have equal content. A record that is
 * missing, damaged or evicted is a miss, and encoding the window again gives it back. Processes share a folder: each
 * sees what the others append; one, the holder of the lock, keeps order.
 */
export class WindowStore {
  readonly #store: StoreFolder;
  readonly #shape: StoreShape;
  readonly #kvForm: KvForm;
  readonly #lock: StoreLock;
  readonly #follower: FolderFollower;
  readonly #reader: RecordReader;
  readonly #writers: Record<Family, SegmentWriter>;
  readonly #compaction: Compaction;
  readonly #quota: KvQuota;
  readonly #kvRam: KvRam;
  /** Undefined unless the user has named one. */
  readonly team: TeamStore | undefined;
  #unsavedBytes = 0;
  #failedWrites = 0;
  /** Changes follow one another. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(options: StoreOptions) {
    const { folder, shape, kvQuotaBytes = defaultKvQuotaBytes } = options;
    this.#kvForm = kvForms[options.kvPrecision ?? 'int8'];
    this.#store = {
      folder,
      packageHash: packageHashOf(options.packageId),
      files: options.files ?? nodeStoreFiles,
      index: new RecordIndex(this.#kvForm),
      clock: options.clock ?? Date.now,
    };
    this.#shape = shape;
    this.#lock = new StoreLock(this.#store);
    this.#follower = new FolderFollower(this.#store);
    this.#reader = new RecordReader(this.#store, this.#follower, (head) => fits(head, shape));
    this.#writers = {
      keys: new SegmentWriter(this.#store, 'keys', keysSegmentBytesMax),
      kv: new SegmentWriter(this.#store, 'kv', kvSegmentBytesMax(kvQuotaBytes)),
    };
    this.#compaction = new Compaction(this.#store, this.#reader, this.#writers);
    this.#quota = new KvQuota(this.#store, this.#follower, this.#compaction, kvQuotaBytes);
    const { kvRamBytes } = options;
    this.#kvRam =
      kvRamBytes === undefined ? new KvRam(kvRamBytesMax, kvRamWindowsMin) : new KvRam(kvRamBytes);
    const { packageHash, clock } = this.#store;
    this.team = options.team && new TeamStore(options.team, { packageHash, shape, clock });
  }

  /** @throws storeTooNew, diskFull */
  static async open(options: StoreOptions): Promise<WindowStore> {
    const store = new WindowStore(options);
    await store.#open();
    return store;
  }

  get kvQuotaBytes(): number {
    return this.#quota.quotaBytes;
  }

  async readKeys(windowId: string): Promise<WindowKeys | undefined> {
    const record = await this.#reader.read('keys', requireId(windowId));
    return record && decodeKeys(record.payload, record.head.dims);
  }

  /** Hands over the landmark keys of those windows that have them, in the order in which they lie on disk. */
  async readAllKeys(
    windowIds: readonly string[],
    onKeys: (windowId: string, keys: WindowKeys) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const decode = ({ head, payload }: { head: RecordHead; payload: Uint8Array }): void => {
      onKeys(head.windowId, decodeKeys(payload, head.dims));
    };
    await this.#reader.readMany('keys', windowIds, decode, signal);
  }

  /**
   * @param keys [blocks, keyWidth]
   * @returns the keys as they will be read
   * @throws diskFull; any other refusal of the disk is counted, and the window is encoded again in a later session
   */
  async writeKeys(windowId: string, keys: Float32Array): Promise<WindowKeys> {
    const { keyWidth } = this.#shape;
    const dims: Dims = [keys.length / keyWidth, keyWidth, 1, 1];
    requireWhole(dims);
    const stored = quantizeKeys(keys, keyWidth);
    const owner = { packageHash: this.#store.packageHash, windowId: requireId(windowId) };
    const record = encodeRecord('keysInt8', owner, dims, (payload) => {
      encodeKeys(stored, payload);
    });
    await this.#inTurn(async () => {
      if (this.#store.index.find('keys', windowId)) return;
      await this.#append('keysInt8', windowId, record);
      this.team?.offer('keysInt8', windowId, record);
    }, 'tell');
    return stored;
  }

  /**
   * Brings landmark keys that the team store has into this one. What it lacks, or does not give in time, is left to be
   * encoded.
   *
   * @returns how many windows it had
   */
  async fetchKeys(
    wanted: readonly WantedRecord[],
    patience: 'question' | 'background',
    signal: AbortSignal,
  ): Promise<number> {
    const { index } = this.#store;
    const lacking = wanted.filter(({ windowId }) => !index.find('keys', windowId));
    if (!this.team || lacking.length === 0) return 0;
    const kept: Promise<void>[] = [];
    const keep = ({ head, bytes }: CheckedRecord): void => {
      kept.push(
        this.#inTurn(async () => {
          if (!index.find('keys', head.windowId)) await this.#append(head.form, head.windowId, bytes);
        }, 'count'),
      );
    };
    const withinMs = patience === 'question' ? questionPatienceMs : Infinity;
    await this.team.fetch('keysInt8', lacking, keep, withinMs, signal);
    await Promise.all(kept);
    return kept.length;
  }

  async readKv(windowId: string): Promise<StoredKv | undefined> {
    const kept = this.#kvRam.get(requireId(windowId));
    this.#store.index.markUsed(windowId, this.#store.clock());
    if (kept) return kept;
    const record = await this.#reader.read('kv', windowId);
    // What another precision left is replaced when this window is encoded.
    if (record?.head.form !== this.#kvForm) return undefined;
    this.#store.index.markUsed(windowId, this.#store.clock());
    return this.#inRam(windowId, record.payload, record.head.dims);
  }

  /**
   * A disk that refuses the record, or a quota without room, is no failure: the window stays in memory, and is
   * encoded again in a later session.
   *
   * @returns keys and values as they will be read
   */
  async writeKv(windowId: string, kv: WindowKv): Promise<StoredKv> {
    const { layers, kvHeads, headDim } = this.#shape;
    const dims: Dims = [layers, kvHeads, kv.tokens, headDim];
    requireWhole(dims);
    const numbers = layers * kvHeads * kv.tokens * headDim;
    assertInvariant(
      kv.keys.length === numbers && kv.values.length === numbers,
      'the KV of a window has the shape of its model package',
    );
    const form = this.#kvForm;
    const owner = { packageHash: this.#store.packageHash, windowId: requireId(windowId) };
    // A window of 512 tokens takes some 20 ms.
    const payload = await takeSteps(encodeKv(form, kv, dims), never);
    const record = encodeRecord(form, owner, dims, (target) => {
      target.set(payload);
    });
    const stored = this.#inRam(windowId, payload, dims);
    await this.#keepKv(windowId, record);
    this.team?.offer(form, windowId, record);
    return stored;
  }

  /** Keys and values that the team store has; undefined where it lacks them or does not give them in time. */
  async fetchKv(windowId: string, tokens: number, signal: AbortSignal): Promise<StoredKv | undefined> {
    let record: CheckedRecord | undefined;
    const receive = (checked: CheckedRecord): void => {
      record = checked;
    };
    const wanted = [{ windowId: requireId(windowId), rows: tokens }];
    await this.team?.fetch(this.#kvForm, wanted, receive, questionPatienceMs, signal);
    if (!record) return undefined;
    const { head, payload, bytes } = record;
    const stored = this.#inRam(windowId, payload, head.dims);
    await this.#keepKv(windowId, bytes);
    return stored;
  }

  /**
   * Puts the landmark keys that are stored here into the team store, where it lacks them.
   *
   * @returns how many windows were put
   * @throws teamStoreFailed
   */
  async shareKeys(windowIds: readonly string[], signal: AbortSignal): Promise<number> {
    if (!this.team) throw failure.teamStoreFailed('No team store is named.');
    const read = async (windowId: string): Promise<Buffer | undefined> => {
      const place = this.#store.index.find('keys', windowId);
      return place && this.#reader.readRaw(place, windowId).catch(() => undefined);
    };
    try {
      return await this.team.share('keysInt8', windowIds, read, signal);
    } catch (error) {
      throw error instanceof RemoteError ? failure.teamStoreFailed(error.message) : error;
    }
  }

  /** How many of these windows have stored keys and values. */
  async countKv(windowIds: readonly string[]): Promise<number> {
    await this.#follower.follow();
    const { index } = this.#store;
    return windowIds.filter((windowId) => index.find('kv', windowId)?.form === this.#kvForm).length;
  }

  /**
   * Forgets windows, and says how much that freed. Another workspace that has the same windows encodes them again
   * when it needs them.
   */
  async remove(
    windowIds: readonly string[],
    signal: AbortSignal,
  ): Promise<{ windows: number; bytes: number }> {
    const { index } = this.#store;
    const removed = { windows: 0, bytes: 0 };
    await this.#follower.follow();
    await this.#inTurn(async () => {
      throwIfCancelled(signal);
      for (const windowId of windowIds) {
        const places = [index.find('keys', windowId), index.find('kv', windowId)];
        for (const place of places) removed.bytes += place?.bytes ?? 0;
        if (places.some((place) => place !== undefined)) removed.windows++;
        index.drop('keys', windowId);
        index.drop('kv', windowId);
        this.#kvRam.delete(windowId);
      }
      for (const segment of [...index.segments.values()]) {
        const dead = deadBytesOf(segment);
        const deadMax = segment.family === 'keys' ? 0 : segment.bytes * clearDeadShare;
        if (dead > deadMax) await this.#compaction.compact(segment);
      }
      await saveCatalogue(this.#store);
    }, 'count');
    return removed;
  }

  /** What the records of a window take on disk: landmark keys always, keys and values within the quota. */
  bytesOfWindow(blockCount: number, tokenCount: number): { keys: number; kv: number } {
    const { keyWidth, layers, kvHeads, headDim } = this.#shape;
    return {
      keys: recordBytes('keysInt8', [blockCount, keyWidth, 1, 1]),
      kv: recordBytes(this.#kvForm, [layers, kvHeads, tokenCount, headDim]),
    };
  }

  async stats(): Promise<StoreStats> {
    await this.#follower.follow();
    const { index } = this.#store;
    const kvBytes = index.fileBytes('kv');
    const { hits, misses, bytes } = this.#kvRam;
    return {
      keysRecords: index.places.keys.size,
      kvRecords: index.places.kv.size,
      bytes: index.fileBytes('keys') + kvBytes,
      kvBytes,
      dropped: this.#reader.droppedCount,
      failedWrites: this.#failedWrites,
      kvRam: { hits, misses, bytes },
    };
  }

  /** Saves the catalogue and frees the lock. Without it nothing is lost: the next process looks through more. */
  async close(): Promise<void> {
    await this.team?.close();
    await this.#inTurn(() => this.#save(), 'count');
    await this.#lock.release();
  }

  async #open(): Promise<void> {
    await this.#store.files.makeFolder(this.#store.folder).catch((error: unknown) => {
      if (isDiskFull(error)) throw failure.diskFull(this.#store.folder);
      this.#failedWrites++;
    });
    await loadCatalogue(this.#store).catch((error: unknown) => {
      // Unreadable, it is as lost as a damaged one.
      if (!isSystemError(error)) throw error;
    });
    await this.#follower.follow();
    this.#store.index.sortKvByUse();
    if (await this.#lock.take()) void this.#inTurn(() => this.#tidy(), 'count');
  }

  #inRam(windowId: string, payload: Uint8Array, dims: Dims): StoredKv {
    const kv = new StoredKv(this.#kvForm, payload, dims);
    this.#kvRam.set(windowId, kv);
    return kv;
  }

  async #keepKv(windowId: string, record: Uint8Array): Promise<void> {
    const form = this.#kvForm;
    await this.#inTurn(async () => {
      if (this.#store.index.find('kv', windowId)?.form === form) return;
      const role = (await this.#lock.take()) ? 'holder' : 'guest';
      if (!(await this.#quota.makeRoom(record.length, role))) return;
      await this.#append(form, windowId, record);
      this.#store.index.markUsed(windowId, this.#store.clock());
    }, 'count');
  }

  async #append(form: RecordForm, windowId: string, record: Uint8Array): Promise<void> {
    const family = familyOf(form);
    await this.#writers[family].append(record, { form, windowId }, this.#store.clock());
    this.#unsavedBytes += record.length;
    if (this.#unsavedBytes < unsavedBytesMax || !(await this.#lock.take())) return;
    await this.#compaction.tidy('keys');
    await this.#save();
  }

  async #tidy(): Promise<void> {
    await removeLeftovers(this.#store);
    await this.#quota.trim();
    await this.#compaction.tidy('kv');
    await this.#compaction.tidy('keys');
  }

  async #save(): Promise<void> {
    if (!this.#store.index.isChanged || !(await this.#lock.beat())) return;
    await saveCatalogue(this.#store);
    this.#unsavedBytes = 0;
  }

  /** @param onRefusal what becomes of the disk's refusal: a full disk can be told, everything else is counted */
  async #inTurn(change: () => Promise<void>, onRefusal: 'tell' | 'count'): Promise<void> {
    const done = this.#turn.then(change).catch((error: unknown) => {
      if (!isSystemError(error)) throw error;
      this.#failedWrites++;
      if (onRefusal === 'tell' && isDiskFull(error)) throw failure.diskFull(this.#store.folder);
    });
    this.#turn = done.catch(() => undefined);
    await done;
  }
}
