import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { segmentHeaderBytes } from '../../server/store/segment';
import {
  checkKeys,
  checkKv,
  idOf,
  keysOf,
  keysRecordBytes,
  kvOf,
  kvRecordBytes,
  never,
  openStore,
  segmentsIn,
} from '../store/support/smallStore';
import { temporaryFolder } from './support/temporaryFolder';

describe('two stores of one folder', () => {
  test('see what the other writes, and nothing that was removed', async () => {
    const folder = temporaryFolder();
    const [left, right] = [await openStore(folder), await openStore(folder)];
    await Promise.all([left.writeKv(idOf(1), kvOf(1)), right.writeKv(idOf(2), kvOf(2))]);
    await left.writeKeys(idOf(1), keysOf(1));
    await right.writeKeys(idOf(2), keysOf(2));
    for (const store of [left, right]) {
      for (const number of [1, 2]) {
        expect(await checkKeys(store, number)).toBe('good');
        expect(await checkKv(store, number)).toBe('good');
      }
    }
    await right.remove([idOf(1)], never);
    expect(await checkKeys(left, 1)).toBe('miss');
    expect(await checkKeys(left, 2)).toBe('good');
    await left.writeKeys(idOf(1), keysOf(1));
    expect(await checkKeys(right, 1)).toBe('good');
    expect((await left.stats()).dropped).toBe(0);
  });

  test('have one holder of the lock, which the other follows when it ends or falls silent', async () => {
    for (const end of ['closed', 'silent'] as const) {
      const folder = temporaryFolder();
      let nowMs = Date.now();
      const clock = (): number => nowMs;
      const holder = await openStore(folder, { clock });
      const guest = await openStore(folder, { clock });
      await guest.writeKv(idOf(1), kvOf(1));
      await guest.close();
      expect(existsSync(join(folder, 'catalogue'))).toBe(false);
      if (end === 'closed') await holder.close();
      nowMs += end === 'closed' ? 6_000 : 31_000;
      await guest.writeKv(idOf(2), kvOf(2));
      await guest.close();
      expect(existsSync(join(folder, 'catalogue'))).toBe(true);
      expect(existsSync(join(folder, 'lock'))).toBe(false);
      await holder.close();
    }
  });
});

test('joins the small segments that sessions leave, and forgets none of their records', async () => {
  const folder = temporaryFolder();
  let nowMs = Date.now();
  const clock = (): number => nowMs;
  for (let number = 0; number < 12; number++) {
    const store = await openStore(folder, { clock });
    await store.writeKeys(idOf(number), keysOf(number));
    await store.close();
    nowMs += 120_000;
  }
  expect(segmentsIn(folder).length).toBeLessThan(10);
  const store = await openStore(folder, { clock });
  for (let number = 0; number < 12; number++) expect(await checkKeys(store, number)).toBe('good');
});

test('forgets windows, says what that freed, and leaves no byte of their keys', async () => {
  const folder = temporaryFolder();
  const store = await openStore(folder);
  for (const number of [1, 2]) await store.writeKeys(idOf(number), keysOf(number));
  await store.writeKv(idOf(1), kvOf(1));
  const sizes = store.bytesOfWindow(2, 3);
  expect(sizes).toEqual({ keys: keysRecordBytes, kv: kvRecordBytes });
  expect(await store.remove([idOf(1), idOf(3)], never)).toEqual({ windows: 1, bytes: sizes.keys + sizes.kv });
  expect(await checkKeys(store, 1)).toBe('miss');
  expect(await checkKeys(store, 2)).toBe('good');
  await store.close();
  expect(segmentsIn(folder, 'kv')).toEqual([]);
  expect(readFileSync(segmentsIn(folder, 'keys')[0]!).length).toBe(segmentHeaderBytes + keysRecordBytes);
});
