import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';

/**
 * All that the store asks of a disk. What is not there is a value, not a failure: another process may have
 * removed it a moment ago.
 */
export interface StoreFiles {
  makeFolder(folder: string): Promise<void>;
  /** Names in a folder; none where it is not there. */
  list(folder: string): Promise<string[]>;
  stat(path: string): Promise<FileState | undefined>;
  read(path: string): Promise<Uint8Array | undefined>;
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** Atomic within one folder. */
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  markUsed(path: string, timeMs: number): Promise<void>;
}

export interface FileState {
  bytes: number;
  /** When the file was written or last marked as used. */
  usedMs: number;
}

export const nodeStoreFiles: StoreFiles = {
  makeFolder: async (folder) => {
    await mkdir(folder, { recursive: true });
  },
  list: async (folder) => (await unlessMissing(readdir(folder))) ?? [],
  stat: async (path) => {
    const found = await unlessMissing(stat(path));
    return found?.isFile() ? { bytes: found.size, usedMs: found.mtimeMs } : undefined;
  },
  read: (path) => unlessMissing(readFile(path)),
  write: (path, bytes) => writeFile(path, bytes),
  rename: (from, to) => rename(from, to),
  remove: (path) => rm(path, { force: true }),
  markUsed: async (path, timeMs) => {
    await unlessMissing(utimes(path, timeMs / 1000, timeMs / 1000));
  },
};

/** The system's code of a failed file operation, such as `ENOSPC`. */
export function systemCodeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

async function unlessMissing<Value>(pending: Promise<Value>): Promise<Value | undefined> {
  try {
    return await pending;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCodeOf(error) ?? '')) return undefined;
    throw error;
  }
}
