/** Processes that write and read one folder at the same time. */

import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../unit/support/temporaryFolder';
import { randomBelow } from './support/random';
import { checkKeys, checkKv, kvRecordBytes, openStore, segmentsIn } from './support/smallStore';
import { buildWriter, runWriter } from './support/writerProcess';

const windowCount = 300;
const kvQuotaBytes = 400 * kvRecordBytes;

let bundle = '';
beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'landmark-writer-'));
  bundle = buildWriter(folder);
  return () => {
    rmSync(folder, { recursive: true });
  };
});

test.each(['both end', 'one is killed'])('two writers and a reader: %s', async (end) => {
  const folder = temporaryFolder();
  const random = randomBelow(7);
  const job = { folder, count: windowCount, kvQuotaBytes, clockAheadMs: 0 };
  const killAfter = end === 'one is killed' ? { lines: windowCount, delayMs: 1 } : undefined;
  const state = { isWriting: true };
  // Half of their windows are the same.
  const writers = Promise.all([
    runWriter(bundle, { ...job, first: 0 }),
    runWriter(bundle, { ...job, first: windowCount / 2 }, killAfter),
  ]).finally(() => {
    state.isWriting = false;
  });
  const reader = await openStore(folder, { kvQuotaBytes, kvRamBytes: 0 });
  let goodReads = 0;
  let kvBytesMax = 0;
  while (state.isWriting) {
    const number = random(1.5 * windowCount);
    const found = [await checkKeys(reader, number), await checkKv(reader, number)];
    expect(found).not.toContain('WRONG');
    goodReads += found.filter((each) => each === 'good').length;
    kvBytesMax = Math.max(kvBytesMax, kvBytesOf(folder));
  }
  const said = await writers;
  expect(goodReads).toBeGreaterThan(windowCount / 10);
  expect(kvBytesMax).toBeLessThanOrEqual(1.02 * kvQuotaBytes);
  for (const store of [reader, await openStore(folder, { kvQuotaBytes })]) {
    for (const number of said.flatMap(({ keys }) => keys)) {
      expect([number, await checkKeys(store, number)]).toEqual([number, 'good']);
      expect(await checkKv(store, number)).not.toBe('WRONG');
    }
    expect((await store.stats()).dropped).toBe(0);
    await store.close();
  }
});

function kvBytesOf(folder: string): number {
  let sum = 0;
  for (const path of segmentsIn(folder, 'kv')) sum += statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return sum;
}
