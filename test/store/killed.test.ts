/** A writer that is killed at any moment loses the record it was writing, and no other. */

import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { segmentHeaderBytes } from '../../server/store/segment';
import { nodeStoreFiles, type StoreFiles } from '../../server/store/storeFiles';
import { temporaryFolder } from '../unit/support/temporaryFolder';
import { randomBelow } from './support/random';
import { checkKeys, checkKv, kvRecordBytes, openStore, segmentsIn } from './support/smallStore';
import { buildWriter, runWriter } from './support/writerProcess';

/** Kills in all; a process is started for each. */
const killCount = 500;
/** Kills of one folder, before the next begins empty. */
const killsPerFolder = 50;
/** Far more windows than a process writes before it is killed. */
const windowsMax = 10_000;
/** Writing a window takes about a millisecond, and a process closes and opens its store every eight. */
const linesMax = 16;
const delayMaxMs = 4;
/** By a clock ahead, what a killed process left is at once old enough to be joined and compacted. */
const clockAheadMs = 120_000;
/** Every so many kills all windows are read, otherwise those of the process that was killed. */
const checkAllEvery = 10;

let bundle = '';
beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'landmark-writer-'));
  bundle = buildWriter(folder);
  return () => {
    rmSync(folder, { recursive: true });
  };
});

/** Reads without ever holding the lock, so that the next process finds what the killed one left. */
const watching: StoreFiles = { ...nodeStoreFiles, create: () => Promise.resolve(false) };

async function killedAgainAndAgain(seed: number, kills: number, kvQuotaBytes: number): Promise<void> {
  const random = randomBelow(seed);
  const folder = temporaryFolder();
  const written = { keys: new Set<number>(), kv: new Set<number>() };
  let first = 0;
  for (let kill = 0; kill < kills; kill++) {
    const said = await runWriter(
      bundle,
      { folder, first, count: windowsMax, kvQuotaBytes, clockAheadMs },
      { lines: 1 + random(linesMax), delayMs: random(delayMaxMs) },
    );
    for (const family of ['keys', 'kv'] as const) {
      for (const number of said[family]) written[family].add(number);
    }
    const last = Math.max(first, ...said.keys);
    const store = await openStore(folder, { kvQuotaBytes, ...(random(2) === 0 && { files: watching }) });
    const from = kill % checkAllEvery === 0 || kill === kills - 1 ? 0 : first;
    for (let number = from; number <= last + 2; number++) {
      const [keys, kv] = [await checkKeys(store, number), await checkKv(store, number)];
      expect([number, keys, kv]).not.toContain('WRONG');
      if (written.keys.has(number)) expect([number, keys]).toEqual([number, 'good']);
      if (written.kv.has(number) && kvQuotaBytes === Infinity) expect([number, kv]).toEqual([number, 'good']);
    }
    expect((await store.stats()).dropped).toBe(0);
    const kvBytes = segmentsIn(folder, 'kv').reduce((sum, path) => sum + statSync(path).size, 0);
    expect(kvBytes).toBeLessThanOrEqual(kvQuotaBytes);
    await store.close();
    // What a killed process was at when it ended is written again by the next.
    first = last;
  }
  expect(written.keys.size).toBeGreaterThan(kills);
}

const folders = Array.from({ length: killCount / killsPerFolder }, (_, seed) => seed);
/** Room for a few records, so that kills meet eviction and compaction. */
const smallQuota = 20 * (kvRecordBytes + segmentHeaderBytes);

test.each(folders)('killed 50 times, folder %i', async (seed) => {
  await killedAgainAndAgain(seed, killsPerFolder, seed % 2 === 0 ? Infinity : smallQuota);
});
