import type { TeamStoreStatus } from '../../../protocol/messages';
import { throwIfCancelled } from '../../errors';
import { fits } from '../checks';
import { decodeRecord, type RecordForm, type RecordHead } from '../record';
import type { Family, StoreShape } from '../shape';
import { Backoff } from './backoff';
import { isFinitePayload } from './finite';
import { RemoteError, type RawRecord, type RemoteRecords } from './remoteRecords';
import { Uploads } from './uploads';

/** What may hold a question up is given up after this, and encoded here. In the background each request has its own. */
export const questionPatienceMs = 2_000;
/** A window that was not there is not asked for again for this long: somebody may have put it there since. */
const missMs = 10 * 60_000;
/** A hundred bytes each. */
const missesMax = 100_000;
/** Records that are read and put together where a whole workspace is shared. */
const shareRecordsMax = 64;
/** How long the end of a session may wait for what is still on its way. */
const closeMs = 2_000;

/** A window that is looked for, and what its record must hold: blocks of landmark keys, tokens of KV. */
export interface WantedRecord {
  windowId: string;
  rows: number;
}

/** A record that passed every check. */
export interface CheckedRecord {
  head: RecordHead;
  payload: Uint8Array;
  /** The whole record, as the store keeps it. */
  bytes: Buffer;
}

export interface TeamStoreOptions {
  records: RemoteRecords;
  access: 'read' | 'readWrite';
  /** Names the place, for its status. */
  place: { endpoint: string; bucket: string };
}

interface Owner {
  packageHash: Buffer;
  shape: StoreShape;
  clock: () => number;
}

/**
 * Records that a team shares. The local store is the truth: what cannot be had here is encoded, what cannot be put
 * here is kept locally, and nothing waits for more than its patience. What arrives is checked as if it came from an
 * enemy: checksums, package, window, form, dimensions, and numbers that are numbers.
 */
export class TeamStore {
  readonly #reads: Record<Family, Backoff>;
  readonly #writes: Backoff;
  readonly #uploads: Uploads;
  /** `form/window id` to the time until which it is not asked for. */
  readonly #misses = new Map<string, number>();
  #fetched = 0;
  #rejected = 0;

  constructor(
    private readonly options: TeamStoreOptions,
    private readonly owner: Owner,
  ) {
    // Keys and values may be too slow for a line on which landmark keys are not.
    this.#reads = { keys: new Backoff(owner.clock), kv: new Backoff(owner.clock) };
    this.#writes = new Backoff(owner.clock);
    this.#uploads = new Uploads(options.records, this.#writes);
  }

  /**
   * Hands over the records that are there and good. Never fails but by being cancelled: what is missing, damaged or
   * too late is left out.
   *
   * @param withinMs for all of them together; Infinity leaves it to the limits of each request
   */
  async fetch(
    form: RecordForm,
    wanted: readonly WantedRecord[],
    onRecord: (record: CheckedRecord) => void,
    withinMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    const backoff = this.#reads[form === 'keysInt8' ? 'keys' : 'kv'];
    const nowMs = this.owner.clock();
    const rowsOf = new Map(wanted.map(({ windowId, rows }) => [windowId, rows]));
    const asked = [...rowsOf.keys()].filter((id) => (this.#misses.get(`${form}/${id}`) ?? 0) <= nowMs);
    if (asked.length === 0 || backoff.pauseMs > 0) return;
    const answered = new Set<string>();
    const receive = ({ windowId, bytes }: RawRecord): void => {
      const record = this.#check(form, windowId, rowsOf.get(windowId)!, bytes);
      if (!record) {
        this.#rejected++;
        return;
      }
      answered.add(windowId);
      this.#fetched++;
      onRecord(record);
    };
    const patience = new AbortController();
    const cancel = (): void => {
      patience.abort();
    };
    const timer = withinMs === Infinity ? undefined : setTimeout(cancel, withinMs);
    signal.addEventListener('abort', cancel, { once: true });
    try {
      await this.options.records.getMany(form, asked, receive, patience.signal);
      backoff.succeeded();
      for (const id of asked) if (!answered.has(id)) this.#remember(`${form}/${id}`, nowMs + missMs);
    } catch (error) {
      throwIfCancelled(signal);
      // Slow is not away: where something came within the time, the next question may ask again.
      if (error instanceof RemoteError) backoff.failed(error);
      else if (answered.size === 0) {
        backoff.failed(
          new RemoteError('away', `The team store did not answer within ${withinMs / 1_000} s.`),
        );
      }
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
    }
    throwIfCancelled(signal);
  }

  /** Puts a record that was made here, some time. */
  offer(form: RecordForm, windowId: string, bytes: Buffer): void {
    this.#misses.delete(`${form}/${windowId}`);
    if (this.options.access === 'readWrite') this.#uploads.add(form, { windowId, bytes });
  }

  /**
   * Puts those records that are lacking, and waits for it.
   *
   * @returns how many were put
   * @throws RemoteError
   */
  async share(
    form: RecordForm,
    windowIds: readonly string[],
    read: (windowId: string) => Promise<Buffer | undefined>,
    signal: AbortSignal,
  ): Promise<number> {
    const { records, access } = this.options;
    if (access === 'read') throw new RemoteError('refused', 'The team store is set to be read only.');
    let putCount = 0;
    for (let at = 0; at < windowIds.length; at += shareRecordsMax) {
      const part = windowIds.slice(at, at + shareRecordsMax);
      const there = await records.hasMany(form, part, signal);
      const lacking: RawRecord[] = [];
      for (const windowId of part.filter((id) => !there.has(id))) {
        const bytes = await read(windowId);
        if (bytes) lacking.push({ windowId, bytes });
      }
      await records.putMany(form, lacking, signal);
      putCount += lacking.length;
    }
    this.#writes.succeeded();
    return putCount;
  }

  status(): TeamStoreStatus {
    const { access, place } = this.options;
    const all = [this.#reads.keys, this.#reads.kv, ...(access === 'readWrite' ? [this.#writes] : [])];
    const worst = all.find(({ trouble }) => trouble === 'refused') ?? all.find(({ trouble }) => trouble);
    return {
      ...place,
      access,
      state: worst?.trouble ?? 'ready',
      ...(worst?.problem !== undefined && { problem: worst.problem }),
      fetched: this.#fetched,
      rejected: this.#rejected,
      uploaded: this.#uploads.uploaded,
      waiting: this.#uploads.waiting,
      dropped: this.#uploads.dropped,
    };
  }

  /** Waits a moment for what is on its way. */
  async close(): Promise<void> {
    await this.#uploads.settled(closeMs);
    await this.#uploads.close();
  }

  #check(form: RecordForm, windowId: string, rows: number, bytes: Buffer): CheckedRecord | undefined {
    const { packageHash, shape } = this.owner;
    const record = decodeRecord(bytes, packageHash);
    if (!record) return undefined;
    const { head, payload } = record;
    const isWanted =
      head.form === form &&
      head.windowId === windowId &&
      head.bytes === bytes.length &&
      head.dims[form === 'keysInt8' ? 0 : 2] === rows &&
      fits(head, shape);
    return isWanted && isFinitePayload(head, payload) ? { head, payload, bytes } : undefined;
  }

  #remember(name: string, untilMs: number): void {
    this.#misses.set(name, untilMs);
    if (this.#misses.size > missesMax) this.#misses.delete(this.#misses.keys().next().value!);
  }
}
