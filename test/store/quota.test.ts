/** Hours of editing within a small quota, by a clock of their own. */

import { expect, test } from 'vitest';
import { floatKeys } from '../../server/store/keysInt8';
import { nodeStoreFiles, type StoreFiles } from '../../server/store/storeFiles';
import { temporaryFolder } from '../unit/support/temporaryFolder';
import { randomBelow } from './support/random';
import { checkKeys, idOf, keptKeysOf, keysOf, openStore } from './support/smallStore';

const kvQuotaBytes = 2 * 2 ** 20;
const windowTokens = 128;
/** A saved file every two seconds, for two hours. */
const editCount = 3_600;
const editMs = 2_000;
const filesOpen = 150;
const restartEvery = 600;

/** The disk, with the size of all KV files told after every change. */
function weighed(onKvBytes: (bytes: number) => void): StoreFiles {
  const sizes = new Map<string, number>();
  const note = (path: string, bytes: number): void => {
    if (!/kv-\w+\.segment$/.test(path)) return;
    sizes.set(path, Math.max(sizes.get(path) ?? 0, bytes));
    onKvBytes([...sizes.values()].reduce((sum, each) => sum + each, 0));
  };
  return {
    ...nodeStoreFiles,
    create: (path, bytes) => {
      note(path, bytes.length);
      return nodeStoreFiles.create(path, bytes);
    },
    write: (path, offset, bytes) => {
      note(path, offset + bytes.length);
      return nodeStoreFiles.write(path, offset, bytes);
    },
    remove: async (path) => {
      await nodeStoreFiles.remove(path);
      sizes.delete(path);
    },
    // A fast test has no use for waiting on the device.
    sync: () => Promise.resolve(),
  };
}

test('two hours of editing stay within the quota at every moment, and what is in use stays warm', async () => {
  const random = randomBelow(31);
  let nowMs = Date.now();
  const clock = (): number => (nowMs += 1);
  let kvBytesMax = 0;
  let bytesWritten = 0;
  const files = weighed((bytes) => (kvBytesMax = Math.max(kvBytesMax, bytes)));
  const counted: StoreFiles = {
    ...files,
    write: (path, offset, bytes) => {
      if (path.includes('kv-')) bytesWritten += bytes.length;
      return files.write(path, offset, bytes);
    },
  };
  const folder = temporaryFolder();
  const open = () => openStore(folder, { kvQuotaBytes, kvRamBytes: 0, files: counted, clock });
  let store = await open();
  /** The version of each file; a version is a window of its own. */
  const versions = Array.from({ length: filesOpen }, (_, file) => file);
  let next = filesOpen;
  let recordBytesSum = 0;
  let readCount = 0;
  let hits = 0;
  for (let edit = 0; edit < editCount; edit++) {
    nowMs += editMs;
    // Most edits meet the few files that one works at.
    const file = random(4) === 0 ? random(filesOpen) : random(12);
    const number = (versions[file] = next++);
    await store.writeKeys(idOf(number), keysOf(number));
    await store.writeKv(idOf(number), longKv(number));
    recordBytesSum += store.bytesOfWindow(2, windowTokens).kv;
    const read = versions[random(12)]!;
    if (read >= filesOpen) {
      readCount++;
      const kv = (await store.readKv(idOf(read)))?.decode();
      if (kv) {
        hits++;
        expect(kv.keys[5]).toBe(longKv(read).keys[5]);
      }
    }
    // A question may reach for any file.
    if (random(3) === 0) await store.readKv(idOf(versions[random(filesOpen)]!));
    if (edit % restartEvery !== restartEvery - 1) continue;
    await store.close();
    store = await open();
  }
  expect(kvBytesMax).toBeLessThanOrEqual(kvQuotaBytes);
  // The quota is used, what is in use is there, and compaction copies less than twice what is written.
  expect(kvBytesMax).toBeGreaterThan(0.9 * kvQuotaBytes);
  expect((await store.stats()).kvBytes).toBeGreaterThan(0.75 * kvQuotaBytes);
  expect(hits / readCount).toBeGreaterThan(0.99);
  expect(bytesWritten / recordBytesSum).toBeLessThan(3);
  expect(floatKeys((await store.readKeys(idOf(next - 1)))!)).toEqual(keptKeysOf(next - 1));
  expect(await checkKeys(store, filesOpen)).toBe('good');
  console.log(
    `at most ${((100 * kvBytesMax) / kvQuotaBytes).toFixed(2)} % of the quota, ` +
      `${(bytesWritten / recordBytesSum).toFixed(2)} bytes written for each of a record`,
  );
  await store.close();
});

/** [2, 1, windowTokens, 4] with exact int8 forms. */
function longKv(number: number) {
  const keys = new Float32Array(8 * windowTokens).fill(127);
  keys[5] = number % 2 ? 127 : -127;
  return { tokens: windowTokens, keys, values: keys };
}
