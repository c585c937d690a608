import { join } from 'node:path';
import { mapBounded } from '../concurrency';
import type { RecordKind } from './record';
import type { FileState, StoreFiles } from './storeFiles';

/** Files looked at or loaded at once: enough to hide a disk's latency, few enough to spare file handles. */
export const maxFilesAtOnce = 32;
/** A temporary file this old is no write in progress, which takes seconds, but one that was killed. */
const staleTemporaryMs = 10 * 60_000;

const groupName = /^[0-9a-f]{2}$/;
const recordName = /^([0-9a-f]{64})\.(keys|kv)$/;
const temporaryName = /\.tmp$/;

/** Which records a folder holds, as far as this process knows: other processes add and remove too. */
export type Catalog = Record<RecordKind, Map<string, FileState>>;

export function emptyCatalog(): Catalog {
  return { keys: new Map(), kv: new Map() };
}

export function totalBytes(records: ReadonlyMap<string, FileState>): number {
  let sum = 0;
  for (const { bytes } of records.values()) sum += bytes;
  return sum;
}

/** Reads the whole folder, and removes what killed writes left behind. */
export async function readCatalog(files: StoreFiles, folder: string, nowMs: number): Promise<Catalog> {
  const catalog = emptyCatalog();
  for (const group of (await files.list(folder)).filter((name) => groupName.test(name))) {
    const groupFolder = join(folder, group);
    await mapBounded(await files.list(groupFolder), maxFilesAtOnce, async (name) => {
      const path = join(groupFolder, name);
      const record = recordName.exec(name);
      if (!record && !temporaryName.test(name)) return;
      const state = await files.stat(path);
      if (!state) return;
      if (record) catalog[record[2] as RecordKind].set(record[1]!, state);
      else if (nowMs - state.usedMs > staleTemporaryMs) await files.remove(path);
    });
  }
  return catalog;
}
