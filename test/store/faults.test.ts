/** A disk that cuts files, flips bits, or refuses a change: what is read is right or a miss. */

import { copyFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ExpectedError } from '../../server/errors';
import { segmentHeaderBytes } from '../../server/store/segment';
import type { WindowStore } from '../../server/store/windowStore';
import { temporaryFolder } from '../unit/support/temporaryFolder';
import { faultyFiles, type Faults } from './support/faultyFiles';
import { randomBelow } from './support/random';
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
} from './support/smallStore';

const windowCount = 12;
const numbers = Array.from({ length: windowCount }, (_, number) => number);

/** Two sessions, so that each family has two segments and the catalogue covers all. */
async function filledFolder(): Promise<string> {
  const folder = temporaryFolder();
  for (const half of [numbers.slice(0, 6), numbers.slice(6)]) {
    const store = await openStore(folder);
    for (const number of half) {
      await store.writeKeys(idOf(number), keysOf(number));
      await store.writeKv(idOf(number), kvOf(number));
    }
    await store.close();
  }
  return folder;
}

async function readAll(store: WindowStore): Promise<{ good: number; misses: number }> {
  const found: string[] = [];
  for (const number of numbers) found.push(await checkKeys(store, number), await checkKv(store, number));
  expect(found).not.toContain('WRONG');
  const good = found.filter((each) => each === 'good').length;
  return { good, misses: found.length - good };
}

/** After a fault everything can be encoded again, and is then kept. */
async function writeAgain(folder: string): Promise<void> {
  const store = await openStore(folder);
  for (const number of numbers) {
    await store.writeKeys(idOf(number), keysOf(number));
    await store.writeKv(idOf(number), kvOf(number));
  }
  await store.close();
  const next = await openStore(folder);
  expect(await readAll(next)).toEqual({ good: 2 * windowCount, misses: 0 });
  await next.close();
}

function copyOf(folder: string): string {
  const copy = temporaryFolder();
  for (const name of readdirSync(folder)) copyFileSync(join(folder, name), join(copy, name));
  return copy;
}

test('a segment that is cut at any length loses the records behind the cut, and no other', async () => {
  const random = randomBelow(11);
  const whole = await filledFolder();
  const names = readdirSync(whole).filter((name) => name.endsWith('.segment'));
  for (let round = 0; round < 300; round++) {
    const folder = copyOf(whole);
    const name = names[random(names.length)]!;
    const path = join(folder, name);
    const bytes = random(readFileSync(path).length + 1);
    truncateSync(path, bytes);
    if (random(2) === 0) truncateSync(join(folder, 'catalogue'), random(1_000));
    const store = await openStore(folder);
    const recordBytes = name.startsWith('keys') ? keysRecordBytes : kvRecordBytes;
    const kept = Math.max(0, Math.floor((bytes - segmentHeaderBytes) / recordBytes));
    expect((await readAll(store)).misses).toBe(6 - kept);
    await store.close();
    if (round % 10 === 0) await writeAgain(folder);
  }
});

test('a flipped bit loses one record at most', async () => {
  const random = randomBelow(12);
  const whole = await filledFolder();
  const names = readdirSync(whole);
  let missesInAll = 0;
  for (let round = 0; round < 300; round++) {
    const folder = copyOf(whole);
    const path = join(folder, names[random(names.length)]!);
    const bytes = readFileSync(path);
    bytes[random(bytes.length)]! ^= 1 << random(8);
    writeFileSync(path, bytes);
    if (random(2) === 0) truncateSync(join(folder, 'catalogue'), 0);
    const store = await openStore(folder);
    const { misses } = await readAll(store);
    expect(misses).toBeLessThanOrEqual(1);
    missesInAll += misses;
    await store.close();
    if (round % 10 === 0) await writeAgain(folder);
  }
  expect(missesInAll).toBeGreaterThan(100);
});

test('a page of zeros or of noise is never read as good', async () => {
  const random = randomBelow(13);
  const whole = await filledFolder();
  const names = readdirSync(whole).filter((name) => name.endsWith('.segment'));
  for (let round = 0; round < 200; round++) {
    const folder = copyOf(whole);
    const path = join(folder, names[random(names.length)]!);
    const bytes = readFileSync(path);
    const from = random(bytes.length);
    for (let at = from; at < Math.min(bytes.length, from + 200); at++)
      bytes[at] = round % 2 ? random(256) : 0;
    writeFileSync(path, bytes);
    if (random(2) === 0) truncateSync(join(folder, 'catalogue'), 0);
    const store = await openStore(folder);
    expect((await readAll(store)).misses).toBeLessThanOrEqual(4);
    await store.close();
    if (round % 10 === 0) await writeAgain(folder);
  }
});

/** Room for some of the windows, so that the session evicts and compacts. */
const kvQuotaBytes = 8 * (kvRecordBytes + segmentHeaderBytes);

/** What a session does; @returns the windows whose keys it was told are written */
async function session(folder: string, faults: Faults): Promise<Set<number>> {
  const written = new Set<number>();
  const attempt = async (work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      expect(error).toBeInstanceOf(ExpectedError);
      expect(error).toMatchObject({ code: 'diskFull' });
      return false;
    }
  };
  let store: WindowStore | undefined;
  const files = faultyFiles(faults);
  await attempt(async () => (store = await openStore(folder, { files, kvQuotaBytes })));
  if (!store) return written;
  const open = store;
  for (const number of numbers) {
    const failedBefore = (await open.stats()).failedWrites;
    const isTold = await attempt(() => open.writeKeys(idOf(number), keysOf(number)));
    if (isTold && (await open.stats()).failedWrites === failedBefore) written.add(number);
    await attempt(() => open.writeKv(idOf(number), kvOf(number)));
    if (number === 5) await open.remove([idOf(100)], never);
    expect(await checkKv(open, number)).toBe('good');
  }
  await readAll(open);
  await attempt(() => open.close());
  return written;
}

test.each(['ENOSPC', 'EIO'])('%s at any one change, or from it on, harms no record', async (code) => {
  const counted: Faults = { count: 0, fails: () => false, code };
  await session(temporaryFolder(), counted);
  expect(counted.count).toBeGreaterThan(50);
  for (let failing = 0; failing < counted.count; failing++) {
    for (const fails of [(change: number) => change === failing, (change: number) => change >= failing]) {
      const folder = temporaryFolder();
      const written = await session(folder, { count: 0, fails, code });
      const store = await openStore(folder, { kvQuotaBytes });
      for (const number of numbers) {
        const keys = await checkKeys(store, number);
        expect([failing, number, keys]).not.toContain('WRONG');
        if (written.has(number)) expect([failing, number, keys]).toEqual([failing, number, 'good']);
        expect(await checkKv(store, number)).not.toBe('WRONG');
      }
      await store.close();
    }
  }
});
