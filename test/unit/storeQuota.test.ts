import { describe, expect, test } from 'vitest';
import { kvPayloadBytes } from '../../server/store/kvForms';
import { KvRam } from '../../server/store/kvRam';
import { StoredKv } from '../../server/store/storedKv';
import { segmentHeaderBytes } from '../../server/store/segment';
import type { WindowStore } from '../../server/store/windowStore';
import {
  checkKv,
  idOf,
  keysOf,
  kvOf,
  kvRecordBytes,
  openStore,
  segmentsIn,
} from '../store/support/smallStore';
import { temporaryFolder } from './support/temporaryFolder';

describe('the KV quota', () => {
  const numbers = Array.from({ length: 10 }, (_, at) => at);
  /** Room for eight records, each in a segment of its own. */
  const kvQuotaBytes = 9 * (kvRecordBytes + segmentHeaderBytes);

  async function keptOf(store: WindowStore): Promise<number[]> {
    const kept = await Promise.all(numbers.map((number) => store.countKv([idOf(number)])));
    return numbers.filter((number) => kept[number]);
  }

  test('evicts what was used least recently, and no landmark keys', async () => {
    const folder = temporaryFolder();
    const store = await openStore(folder, { kvQuotaBytes });
    for (const number of numbers) {
      await store.writeKeys(idOf(number), keysOf(number));
      await store.writeKv(idOf(number), kvOf(number));
      if (number === 5) await store.readKv(idOf(0));
    }
    expect(await keptOf(store)).toEqual([0, 3, 4, 5, 6, 7, 8, 9]);
    const stats = await store.stats();
    expect(stats).toMatchObject({ keysRecords: 10 });
    expect(stats.kvBytes).toBeLessThanOrEqual(kvQuotaBytes);
    await store.readKv(idOf(0));
    await store.close();
    // The order of use outlives the process.
    const clock = (): number => Date.now() + 120_000;
    const next = await openStore(folder, { kvQuotaBytes: kvQuotaBytes / 2, clock });
    await next.close();
    expect(await keptOf(next)).toEqual([0, 7, 8, 9]);
  });

  test('holds under writes at the same time', async () => {
    const store = await openStore(temporaryFolder(), { kvQuotaBytes });
    await Promise.all(numbers.map((number) => store.writeKv(idOf(number), kvOf(number))));
    expect((await store.stats()).kvBytes).toBeLessThanOrEqual(kvQuotaBytes);
  });

  test('of nothing keeps nothing on disk', async () => {
    const folder = temporaryFolder();
    const store = await openStore(folder, { kvQuotaBytes: 0 });
    await store.writeKv(idOf(1), kvOf(1));
    expect(segmentsIn(folder)).toEqual([]);
    expect(await checkKv(store, 1)).toBe('good');
  });
});

test('as many windows of KV stay in memory as an answer reads, whatever they take', () => {
  const ram = new KvRam(100, 2);
  const dims = [1, 1, 5, 4] as const;
  const kv = new StoredKv('kvFloat16', new Uint8Array(80), dims);
  for (const id of ['a', 'b', 'c']) ram.set(id, kv);
  expect(['a', 'b', 'c'].map((id) => ram.get(id) !== undefined)).toEqual([false, true, true]);
  expect(ram.bytes).toBe(160);
});

test('KV is kept in memory within a budget, and counted', async () => {
  const windowBytes = kvPayloadBytes('kvInt8', [2, 1, 3, 4]);
  const store = await openStore(temporaryFolder(), { kvRamBytes: 2 * windowBytes });
  for (const number of [1, 2, 3]) await store.writeKv(idOf(number), kvOf(number));
  for (const number of [2, 1, 2, 3]) expect(await checkKv(store, number)).toBe('good');
  expect((await store.stats()).kvRam).toEqual({ hits: 2, misses: 2, bytes: 2 * windowBytes });
});
