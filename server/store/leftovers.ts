import { pathIn, type StoreFolder } from './storeFolder';

/** Format 1 kept a file per record, in folders named by the first two digits of window ids. */
const groupName = /^[0-9a-f]{2}$/;
/** What a killed process was writing when it ended. */
const partName = /^(catalogue|lock)\..+\.part$/;
/** Writing such a file takes seconds. */
const partStaleMs = 10 * 60_000;

/** Removes what no version writes any more; the windows are encoded again when they are needed. */
export async function removeLeftovers(store: StoreFolder): Promise<void> {
  const { files, folder, clock } = store;
  for (const name of await files.list(folder)) {
    const path = pathIn(store, name);
    if (groupName.test(name)) await files.remove(path);
    if (!partName.test(name)) continue;
    const state = await files.stat(path);
    if (state && clock() - state.modifiedMs > partStaleMs) await files.remove(path);
  }
}
