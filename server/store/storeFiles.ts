import { mkdir, open, readdir, rename, rm, stat, utimes, type FileHandle } from 'node:fs/promises';

/**
 * All that the store asks of a disk. What is not there is a value, not a failure: another process may have
 * removed it a moment ago. Every other failure is thrown with the system's code.
 */
export interface StoreFiles {
  makeFolder(folder: string): Promise<void>;
  /** Names in a folder; none where it is not there. */
  list(folder: string): Promise<string[]>;
  stat(path: string): Promise<FileState | undefined>;
  /** At most `bytes` bytes from `offset` on, in memory of its own; fewer where the file ends before. */
  read(path: string, offset: number, bytes: number): Promise<Buffer | undefined>;
  /** Makes a file that was not there. @returns whether it was made */
  create(path: string, bytes: Uint8Array): Promise<boolean>;
  /** Writes into a file that is there. */
  write(path: string, offset: number, bytes: Uint8Array): Promise<void>;
  truncate(path: string, bytes: number): Promise<void>;
  /** Resolves once the file's bytes are on the device. */
  sync(path: string): Promise<void>;
  /** Atomic within one folder; replaces what is there. */
  rename(from: string, to: string): Promise<void>;
  /** A file, or a folder with all that it holds. */
  remove(path: string): Promise<void>;
  touch(path: string, timeMs: number): Promise<void>;
}

export interface FileState {
  bytes: number;
  modifiedMs: number;
}

export const nodeStoreFiles: StoreFiles = {
  makeFolder: async (folder) => {
    await mkdir(folder, { recursive: true });
  },
  list: async (folder) => (await unlessCode(readdir(folder), missing)) ?? [],
  stat: async (path) => {
    const found = await unlessCode(stat(path), missing);
    return found?.isFile() ? { bytes: found.size, modifiedMs: found.mtimeMs } : undefined;
  },
  read: (path, offset, bytes) =>
    unlessCode(
      withFile(path, 'r', (file) => readFrom(file, offset, bytes)),
      missing,
    ),
  create: async (path, bytes) => {
    const made = withFile(path, 'wx', async (file) => {
      await writeTo(file, 0, bytes);
      return true;
    });
    return (await unlessCode(made, ['EEXIST'])) ?? false;
  },
  write: (path, offset, bytes) => withFile(path, 'r+', (file) => writeTo(file, offset, bytes)),
  truncate: (path, bytes) => withFile(path, 'r+', (file) => file.truncate(bytes)),
  sync: (path) => withFile(path, 'r+', (file) => file.sync()),
  rename: (from, to) => rename(from, to),
  remove: (path) => rm(path, { force: true, recursive: true }),
  touch: async (path, timeMs) => {
    await unlessCode(utimes(path, timeMs / 1000, timeMs / 1000), missing);
  },
};

/** The system's code of a failed file operation, such as `ENOSPC`. */
export function systemCodeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Whether the system refused a file operation; anything else that is thrown is not the disk's doing. */
export function isSystemError(error: unknown): boolean {
  return /^E[A-Z0-9]+$/.test(systemCodeOf(error) ?? '');
}

export function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(systemCodeOf(error) ?? '');
}

/** Codes of what is not there. */
export const missing: readonly string[] = ['ENOENT', 'ENOTDIR'];

async function unlessCode<Value>(
  pending: Promise<Value>,
  codes: readonly string[],
): Promise<Value | undefined> {
  try {
    return await pending;
  } catch (error) {
    if (codes.includes(systemCodeOf(error) ?? '')) return undefined;
    throw error;
  }
}

async function withFile<Value>(
  path: string,
  flags: string,
  use: (file: FileHandle) => Promise<Value>,
): Promise<Value> {
  const file = await open(path, flags);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** Not from Node's shared pool: typed arrays are laid over these bytes, so they begin at an aligned address. */
async function readFrom(file: FileHandle, offset: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(bytes);
  let done = 0;
  while (done < bytes) {
    const { bytesRead } = await file.read(buffer, done, bytes - done, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}

async function writeTo(file: FileHandle, offset: number, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    done += (await file.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
  }
}
