import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { RecordForm } from '../record';
import type { Backoff } from './backoff';
import { RemoteError, type RawRecord, type RemoteRecords } from './remoteRecords';

/** Some twenty windows of keys and values, or thousands of landmark keys: what waits takes memory. */
const waitingBytesMax = 64 * 2 ** 20;
const waitingRecordsMax = 10_000;
/** Records that are put together: a failure costs at most this many being put again. */
const batchRecordsMax = 16;
const batchBytesMax = 16 * 2 ** 20;
/** Failures of one record in a row after which it is given up; the pauses between them add up to half an hour. */
const triesMax = 10;

interface Waiting extends RawRecord {
  form: RecordForm;
  tries: number;
}

/** Records on their way out, in the background. The queue is bounded: what does not fit is dropped, and is kept here only. */
export class Uploads {
  uploaded = 0;
  /** Records that were not uploaded: the queue was full, they were refused, or failed too often. */
  dropped = 0;
  readonly #waiting = new Map<string, Waiting>();
  #waitingBytes = 0;
  #running: Promise<void> | undefined;
  readonly #closing = new AbortController();

  constructor(
    private readonly remote: RemoteRecords,
    private readonly backoff: Backoff,
  ) {}

  get waiting(): number {
    return this.#waiting.size;
  }

  add(form: RecordForm, record: RawRecord): void {
    const name = `${form}/${record.windowId}`;
    if (this.#waiting.has(name)) return;
    const isFull =
      this.#waiting.size >= waitingRecordsMax || this.#waitingBytes + record.bytes.length > waitingBytesMax;
    // Refused is refused until somebody changes something: nothing is kept for it.
    const isHopeless = this.backoff.trouble === 'refused' && this.backoff.pauseMs > 0;
    if (isFull || isHopeless || this.#closing.signal.aborted) {
      this.dropped++;
      return;
    }
    this.#waiting.set(name, { form, ...record, tries: 0 });
    this.#waitingBytes += record.bytes.length;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves once nothing waits any more, or nothing can be done about it for now, or the time is over. */
  async settled(withinMs: number): Promise<void> {
    const endMs = performance.now() + withinMs;
    while (this.#running && this.backoff.pauseMs === 0 && performance.now() < endMs) {
      await Promise.race([this.#running, sleep(20)]);
    }
  }

  /** Gives what still waits up. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
    this.dropped += this.#waiting.size;
    this.#waiting.clear();
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    // What is added in the same turn goes together.
    await nextTurn();
    while (this.#waiting.size > 0 && !signal.aborted) {
      if (this.backoff.pauseMs > 0) {
        await sleep(this.backoff.pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
        continue;
      }
      const batch = this.#nextBatch();
      try {
        await this.remote.putMany(batch[0]!.form, batch, signal);
        this.backoff.succeeded();
        this.uploaded += batch.length;
        batch.forEach((record) => {
          this.#remove(record);
        });
      } catch (error) {
        if (this.#isClosed()) return;
        this.#failed(batch, error);
      }
    }
  }

  /** Asked through a function, because it changes while something is put. */
  #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** The oldest records, all of one form. */
  #nextBatch(): Waiting[] {
    const batch: Waiting[] = [];
    let bytes = 0;
    for (const record of this.#waiting.values()) {
      if (record.form !== (batch[0]?.form ?? record.form)) continue;
      if (batch.length > 0 && bytes + record.bytes.length > batchBytesMax) break;
      batch.push(record);
      bytes += record.bytes.length;
      if (batch.length === batchRecordsMax) break;
    }
    return batch;
  }

  #failed(batch: readonly Waiting[], error: unknown): void {
    const failure = error instanceof RemoteError ? error : new RemoteError('away', String(error));
    this.backoff.failed(failure);
    const lost =
      failure.trouble === 'refused'
        ? [...this.#waiting.values()]
        : batch.filter((record) => ++record.tries >= triesMax);
    for (const record of lost) this.#remove(record);
    this.dropped += lost.length;
  }

  #remove({ form, windowId, bytes }: Waiting): void {
    if (this.#waiting.delete(`${form}/${windowId}`)) this.#waitingBytes -= bytes.length;
  }
}
