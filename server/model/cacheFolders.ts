/**
 * Where a package's weights and what was encoded with them lie in the cache:
 *
 *     <cache>/models/<name>-<package id, 12 digits>/   see weights.ts
 *     <cache>/store/<package id, 16 digits>/           see docs/store-format.md
 *
 * An update gives a package another id, and what lies under the old one is never read again: it is removed here.
 */

import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesOf } from './fileChecks';
import type { AnyPackage } from './manifest';

/** Two installations may take turns with two versions; one that nobody opened for so long is not in use. */
export const unusedMs = 30 * 24 * 3_600_000;

const weightsDigits = 12;
const storeDigits = 16;

export function weightsFolder({ manifest, packageId }: AnyPackage, cacheFolder: string): string {
  return join(cacheFolder, 'models', `${manifest.name}-${packageId.slice(0, weightsDigits)}`);
}

export function storeFolder({ packageId }: AnyPackage, cacheFolder: string): string {
  return join(cacheFolder, 'store', packageId.slice(0, storeDigits));
}

/** Remembers that weights are used now. A cache that cannot be written loses the date, no more. */
export async function markUsed(weights: string, nowMs = Date.now()): Promise<void> {
  await utimes(weights, nowMs / 1000, nowMs / 1000).catch(() => undefined);
}

/**
 * Removes weights and stores of other versions of the same name. What cannot be removed, since another process has it
 * open, stays until the next time.
 *
 * @param usedBeforeMs versions that were used since stay
 * @returns bytes that are free now
 */
export async function removeEarlierVersions(
  model: AnyPackage,
  cacheFolder: string,
  usedBeforeMs: number,
): Promise<number> {
  const models = join(cacheFolder, 'models');
  const stores = join(cacheFolder, 'store');
  const { name } = model.manifest;
  const own = model.packageId.slice(0, weightsDigits);
  let freed = 0;
  for (const entry of await namesIn(models)) {
    const id = entry.slice(name.length + 1);
    if (entry !== `${name}-${id}` || !isWeightsId(id) || id === own) continue;
    if ((await usedMs(join(models, entry))) >= usedBeforeMs) continue;
    const ofStore = (await namesIn(stores)).filter((store) => store.startsWith(id));
    // Weights go last: without them nobody would know that the store belongs to this name.
    for (const folder of [...ofStore.map((store) => join(stores, store)), join(models, entry)]) {
      freed += await removeFolder(folder);
    }
  }
  return freed;
}

function isWeightsId(text: string): boolean {
  return text.length === weightsDigits && /^[0-9a-f]+$/.test(text);
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

/** What is gone was used just now: by whoever removed it. */
async function usedMs(folder: string): Promise<number> {
  return stat(folder).then(
    ({ mtimeMs }) => mtimeMs,
    () => Infinity,
  );
}

/** @returns bytes of its files; 0 where it could not be removed */
async function removeFolder(folder: string): Promise<number> {
  const bytes = await folderBytes(folder);
  return rm(folder, { recursive: true, force: true }).then(
    () => bytes,
    () => 0,
  );
}

async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  const sizes = files.map(({ parentPath, name }) => bytesOf(join(parentPath, name)));
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
