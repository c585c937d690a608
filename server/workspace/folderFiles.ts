import { lstatSync, readFileSync, type Stats } from 'node:fs';
import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises';

/** All that the workspace asks of a disk; every call may fail, as files come and go while they are listed. */
export interface FolderFiles {
  /** What the root is, links followed: a user may well open a link to a folder. */
  kindOfRoot(path: string): Promise<'folder' | 'other' | 'missing'>;
  /** Where a folder lies, links followed: two spellings of one folder give the same. */
  realPath(folder: string): Promise<string>;
  list(folder: string): Promise<FolderEntry[]>;
  stamp(path: string): Promise<FileStamp>;
  /** The same while the thread waits: a fifth of the time where the disk is near. */
  stampAtOnce(path: string): FileStamp;
  read(path: string): Promise<Uint8Array>;
  /** The same while the thread waits, and as it lies on the disk, whatever an editor has open. */
  readAtOnce(path: string): Uint8Array;
}

export interface FolderEntry {
  name: string;
  /** `other`: a pipe, socket or device, which must not be opened. */
  kind: 'file' | 'folder' | 'link' | 'other';
}

/** Tells, without reading it, whether a file is still the one that was read before. */
export interface FileStamp {
  mtimeMs: number;
  /** Changes with all that is done to a file, where a copy may have taken over its `mtimeMs`. */
  ctimeMs: number;
  bytes: number;
  /** Set where an editor has the file open; differs for every text it has had there. */
  edit?: number;
}

export function isSameStamp(left: FileStamp, right: FileStamp): boolean {
  return (
    left.mtimeMs === right.mtimeMs &&
    left.ctimeMs === right.ctimeMs &&
    left.bytes === right.bytes &&
    left.edit === right.edit
  );
}

export const nodeFolderFiles: FolderFiles = {
  kindOfRoot: async (path) => {
    try {
      return (await stat(path)).isDirectory() ? 'folder' : 'other';
    } catch {
      return 'missing';
    }
  },
  realPath: (folder) => realpath(folder),
  list: async (folder) => {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.map((entry) => ({
      name: entry.name,
      kind: entry.isSymbolicLink()
        ? 'link'
        : entry.isDirectory()
          ? 'folder'
          : entry.isFile()
            ? 'file'
            : 'other',
    }));
  },
  stamp: async (path) => stampOf(await lstat(path)),
  stampAtOnce: (path) => stampOf(lstatSync(path)),
  read: (path) => readFile(path),
  readAtOnce: (path) => readFileSync(path),
};

function stampOf({ mtimeMs, ctimeMs, size }: Stats): FileStamp {
  return { mtimeMs, ctimeMs, bytes: size };
}
