import { describe, expect, it } from 'vitest';
import { Backoff } from '../../server/store/team/backoff';
import { RemoteError, type RawRecord, type RemoteRecords } from '../../server/store/team/remoteRecords';
import { Uploads } from '../../server/store/team/uploads';
import { idOf } from '../store/support/smallStore';

const megabyte = 2 ** 20;

/** A place to put records that answers when the test lets it. */
class Place implements RemoteRecords {
  readonly batches: (readonly RawRecord[])[] = [];
  #answers: ((error?: Error) => void)[] = [];

  getMany = (): Promise<void> => Promise.resolve();
  hasMany = (): Promise<Set<string>> => Promise.resolve(new Set());

  putMany(_form: string, records: readonly RawRecord[]): Promise<void> {
    this.batches.push(records);
    return new Promise((resolve, reject) => {
      this.#answers.push((error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  async answer(error?: Error): Promise<void> {
    await expect.poll(() => this.#answers.length).toBeGreaterThan(0);
    this.#answers.shift()!(error);
    await new Promise(setImmediate);
  }
}

function uploadsTo(place: Place, clock = () => 0): Uploads {
  return new Uploads(place, new Backoff(clock));
}

const record = (number: number, bytes = 100): RawRecord => ({
  windowId: idOf(number),
  bytes: Buffer.alloc(bytes),
});

describe('records on their way out', () => {
  it('wait within 64 MiB; what does not fit is dropped, and there is room again later', async () => {
    const place = new Place();
    const uploads = uploadsTo(place);
    for (let number = 0; number < 30; number++) uploads.add('kvInt8', record(number, 3 * megabyte));
    expect([uploads.waiting, uploads.dropped]).toEqual([21, 9]);
    await place.answer();
    expect(place.batches[0]).toHaveLength(5);
    uploads.add('kvInt8', record(99, 3 * megabyte));
    expect([uploads.waiting, uploads.dropped]).toEqual([17, 9]);
  });

  it('are at most 10,000, each once', () => {
    const uploads = uploadsTo(new Place());
    for (let number = 0; number < 10_010; number++) uploads.add('keysInt8', record(number, 1));
    for (let number = 0; number < 10; number++) uploads.add('keysInt8', record(number, 1));
    expect([uploads.waiting, uploads.dropped]).toEqual([10_000, 10]);
  });

  it('go in batches of one form, the oldest first', async () => {
    const place = new Place();
    const uploads = uploadsTo(place);
    uploads.add('keysInt8', record(0));
    uploads.add('kvInt8', record(1));
    for (let number = 2; number < 30; number++) uploads.add('keysInt8', record(number));
    for (let batch = 0; batch < 3; batch++) await place.answer();
    const sizes = place.batches.map((batch) => batch.length);
    expect(sizes.slice(0, 2)).toEqual([16, 1]);
    expect(place.batches[0]![1]!.windowId).toBe(idOf(2));
    expect(uploads.uploaded).toBe(sizes.slice(0, 3).reduce((sum, size) => sum + size, 0));
  });

  it('are all given up where they are refused', async () => {
    const place = new Place();
    const uploads = uploadsTo(place);
    for (let number = 0; number < 40; number++) uploads.add('keysInt8', record(number));
    await place.answer(new RemoteError('refused', 'no'));
    await expect.poll(() => uploads.dropped).toBe(40);
    uploads.add('keysInt8', record(50));
    expect([uploads.waiting, uploads.dropped]).toEqual([0, 41]);
  });
});

describe('pauses after failures', () => {
  it('double up to five minutes, and end with a success', () => {
    const backoff = new Backoff(() => 0);
    const pauses = Array.from({ length: 8 }, () => {
      backoff.failed(new RemoteError('away', 'no answer'));
      return backoff.pauseMs / 1_000;
    });
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 300, 300]);
    backoff.succeeded();
    expect([backoff.pauseMs, backoff.trouble]).toEqual([0, undefined]);
    backoff.failed(new RemoteError('refused', 'no'));
    expect(backoff.pauseMs).toBe(300_000);
  });
});
