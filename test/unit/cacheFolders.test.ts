/** What versions of a package leave in the cache, and when it goes. */

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  markUsed,
  removeEarlierVersions,
  storeFolder,
  unusedMs,
  weightsFolder,
} from '../../server/model/cacheFolders';
import { readPackage, type ModelPackage } from '../../server/model/manifest';
import { ModelHost } from '../../server/model/modelHost';
import { addWeights, removeWeights } from '../../server/model/weights';
import { packageFolder } from '../oracle/fixtures';

const never = new AbortController().signal;
const quiet = { fetch: () => undefined, convert: () => undefined };
const before = 'abcdef012345';
const longAgo = Date.now() - unusedMs - 60_000;

let model: ModelPackage;
let cacheFolder: string;
beforeEach(async () => {
  model = await readPackage(packageFolder('toy-landmark'));
  cacheFolder = mkdtempSync(join(tmpdir(), 'landmark-versions-'));
});
afterEach(() => {
  rmSync(cacheFolder, { recursive: true });
});

/** A folder of the cache that was used at some time; a file in a folder of it has `bytes`. */
function leave(folder: string, usedMs: number, bytes = 100): void {
  const path = join(cacheFolder, folder);
  mkdirSync(join(path, 'deep'), { recursive: true });
  writeFileSync(join(path, 'deep', 'file'), Buffer.alloc(bytes));
  utimesSync(path, usedMs / 1000, usedMs / 1000);
}

const left = (folder: string): string[] => readdirSync(join(cacheFolder, folder)).sort();
const removeUnused = (): Promise<number> => removeEarlierVersions(model, cacheFolder, Date.now() - unusedMs);

describe('what an earlier version left', () => {
  it('goes with its store once nobody used it for long, and tells its bytes', async () => {
    leave(`models/toy-landmark-${before}`, longAgo, 1_000);
    leave(`store/${before}6789`, Date.now(), 500);
    expect(await removeUnused()).toBe(1_500);
    expect([left('models'), left('store')]).toEqual([[], []]);
  });

  it('stays while another installation uses it', async () => {
    leave(`models/toy-landmark-${before}`, longAgo + 120_000);
    leave(`store/${before}6789`, longAgo);
    expect(await removeUnused()).toBe(0);
    expect([left('models'), left('store')]).toEqual([[`toy-landmark-${before}`], [`${before}6789`]]);
  });

  it('is told from other packages, from this version, and from what is no package', async () => {
    const own = model.packageId;
    const kept = [
      `other-toy-landmark-${before}`,
      `toy-landmark-${own.slice(0, 12)}`,
      `toy-landmark-large-${before}`,
      'toy-landmark-notes',
      'toy-reader-012345abcdef',
    ];
    for (const name of kept) leave(`models/${name}`, longAgo);
    leave(`store/${own.slice(0, 16)}`, longAgo);
    leave('store/012345abcdef0000', longAgo);
    expect(await removeUnused()).toBe(0);
    expect(left('models')).toEqual(kept.sort());
    expect(left('store')).toHaveLength(2);
  });

  it('is nothing in a cache without folders', async () => {
    expect(await removeUnused()).toBe(0);
  });
});

it('a version that is opened counts as used, and only then do others go', async () => {
  await addWeights(model, cacheFolder, undefined, quiet, never, ['int8']);
  const folder = weightsFolder(model, cacheFolder);
  utimesSync(folder, longAgo / 1000, longAgo / 1000);
  leave(`models/toy-landmark-${before}`, longAgo);
  leave(`models/toy-landmark-${before.replace('a', 'b')}`, Date.now());
  const host = new ModelHost(model, { cacheFolder, provider: 'cpu', threads: 1 });
  try {
    await host.encoder();
  } finally {
    await host.dispose();
  }
  expect(Date.now() - statSync(folder).mtimeMs).toBeLessThan(60_000);
  expect(left('models')).toEqual(
    [`toy-landmark-${before.replace('a', 'b')}`, folder.split(/[\\/]/).at(-1)].sort(),
  );
});

it('who removes a model removes what all of its versions left, and keeps what was indexed with this one', async () => {
  await addWeights(model, cacheFolder, undefined, quiet, never, ['int8']);
  leave(`models/toy-landmark-${before}`, Date.now(), 1_000);
  const store = storeFolder(model, cacheFolder);
  leave(join('store', store.slice(dirname(store).length + 1)), longAgo);
  expect(await removeWeights(model, cacheFolder)).toBeGreaterThan(1_000);
  expect(left('models')).toEqual([]);
  expect(existsSync(store)).toBe(true);
});

it('a folder that is gone cannot be marked, which is no failure', async () => {
  await expect(markUsed(join(cacheFolder, 'nowhere'))).resolves.toBeUndefined();
});
