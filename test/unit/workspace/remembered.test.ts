/** Files that an earlier session read: which are not read again, and what becomes of those that changed. */

import { rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { errorCode } from '../../../protocol/errors';
import { linesSha256 } from '../../../server/text/windows';
import { nodeFolderFiles, type FolderFiles } from '../../../server/workspace/folderFiles';
import { FolderWorkspace } from '../../../server/workspace/folderWorkspace';
import { MultiRootWorkspace } from '../../../server/workspace/multiRootWorkspace';
import { EditorDocuments, underDocuments } from '../../../server/workspace/openDocuments';
import type { FileLook, RememberedFile } from '../../../server/workspace/workspace';
import { plant } from '../support/folderTree';

const never = new AbortController().signal;
const hourMs = 3_600_000;
let root: string;
let read: string[];
let files: FolderFiles;

beforeEach(() => {
  root = plant({ 'a.ts': 'first\nsecond\n', 'b.ts': 'third\n' });
  read = [];
  files = {
    ...nodeFolderFiles,
    // As if the hour were later: what was planted just now has lain still.
    stamp: async (path) => hourAgo(await nodeFolderFiles.stamp(path)),
    stampAtOnce: (path) => hourAgo(nodeFolderFiles.stampAtOnce(path)),
    read: (path) => {
      read.push(basename(path));
      return nodeFolderFiles.read(path);
    },
    readAtOnce: (path) => {
      read.push(`${basename(path)} at once`);
      return nodeFolderFiles.readAtOnce(path);
    },
  };
});

function hourAgo(stamp: FileLook['stamp']): FileLook['stamp'] {
  return { ...stamp, mtimeMs: stamp.mtimeMs - hourMs, ctimeMs: stamp.ctimeMs - hourMs };
}

/** What a session has seen, as the next one remembers it. */
async function session(disk: FolderFiles = files): Promise<(path: string) => RememberedFile | undefined> {
  const scan = await new FolderWorkspace(root, { files: disk }).scan(never);
  const remembered = new Map<string, RememberedFile>();
  for (const { path, lines } of scan.files) {
    const look = scan.looks.get(path)!;
    if (look.isSettled) remembered.set(path, { look, textSha256: linesSha256(lines) });
  }
  read.splice(0);
  return (path) => remembered.get(path);
}

test('a file that is as it was is read when its lines are asked for, and once', async () => {
  const workspace = new FolderWorkspace(root, { files, remembered: await session() });
  const scan = await workspace.scan(never);
  expect(read).toEqual([]);
  expect(scan).toMatchObject({ bytes: 19, linesCut: 0 });
  const [a, b] = scan.files;
  expect(a!.unreadSha256).toBe(linesSha256(['first', 'second']));
  expect(a!.lines).toEqual(['first', 'second']);
  expect(a!.lines).toBe(a!.lines);
  expect(a!.unreadSha256).toBeUndefined();
  expect(read).toEqual(['a.ts at once']);
  const again = await workspace.scan(never);
  expect([again.files[0], again.files[1]]).toEqual([a, b]);
  expect(again.files[0]).toBe(a);
  expect(read).toEqual(['a.ts at once']);
});

test('a file that changed is read, though it has the size and the time that it had', async () => {
  const remembered = await session();
  const { atime, mtime } = statSync(join(root, 'b.ts'));
  writeFileSync(join(root, 'b.ts'), 'THIRD\n');
  utimesSync(join(root, 'b.ts'), atime, mtime);
  const scan = await new FolderWorkspace(root, { files, remembered }).scan(never);
  expect(read).toEqual(['b.ts']);
  expect(scan.files[1]).toEqual({ path: 'b.ts', lines: ['THIRD'] });
});

test('a file that changes after it was looked at says so, and is read the next time', async () => {
  const stamp = hourAgo(nodeFolderFiles.stampAtOnce(join(root, 'b.ts')));
  const frozen: FolderFiles = {
    ...files,
    // A disk whose clock stands still.
    stampAtOnce: (path) => (path.endsWith('b.ts') ? stamp : files.stampAtOnce(path)),
    stamp: (path) => (path.endsWith('b.ts') ? Promise.resolve(stamp) : files.stamp(path)),
  };
  const workspace = new FolderWorkspace(root, { files: frozen, remembered: await session(frozen) });
  const [, b] = (await workspace.scan(never)).files;
  writeFileSync(join(root, 'b.ts'), 'other\n');
  expect(() => b!.lines).toThrow(expect.objectContaining({ code: errorCode.fileChanged }));
  expect((await workspace.scan(never)).files[1]).toEqual({ path: 'b.ts', lines: ['other'] });
  rmSync(join(root, 'b.ts'));
  expect((await workspace.scan(never)).files).toHaveLength(1);
});

test('what was changed just now, or stands in an editor, is not remembered', async () => {
  expect((await session(nodeFolderFiles))('a.ts')).toBeUndefined();
  const documents = new EditorDocuments();
  documents.opened(join(root, 'a.ts'), 'unsaved\n');
  const remembered = await session(underDocuments(files, documents));
  expect(remembered('a.ts')).toBeUndefined();
  expect(remembered('b.ts')).toBeDefined();
  // And what the editor has open is not taken for what lies on the disk.
  const onDisk = await session();
  const scan = await new FolderWorkspace(root, {
    files: underDocuments(files, documents),
    remembered: onDisk,
  }).scan(never);
  expect(scan.files[0]).toEqual({ path: 'a.ts', lines: ['unsaved'] });
});

test('a generated file that a setting named is looked at again, since the setting may be gone', async () => {
  writeFileSync(join(root, 'b.ts'), '// @generated\nthird\n');
  const named = await new FolderWorkspace(root, { files, include: ['b.ts'] }).scan(never);
  expect(named.files.map(({ path }) => path)).toEqual(['a.ts', 'b.ts']);
  expect(named.looks.get('a.ts')!.isSettled).toBe(true);
  expect(named.looks.get('b.ts')!.isSettled).toBe(false);
});

test('files of several folders are remembered by the names of their folders', async () => {
  const alone = await session();
  const remembered = (path: string): RememberedFile | undefined =>
    path.startsWith('app/') ? alone(path.slice('app/'.length)) : undefined;
  const other = plant({ 'a.ts': 'elsewhere\n' });
  const folders = [
    { name: 'app', root },
    { name: 'lib', root: other },
  ];
  const scan = await new MultiRootWorkspace(folders, { files, remembered }).scan(never);
  expect(read).toEqual(['a.ts']);
  expect(scan.files.map(({ path }) => path)).toEqual(['app/a.ts', 'app/b.ts', 'lib/a.ts']);
  expect(scan.files[0]).toMatchObject({ pathInFolder: 'a.ts', lines: ['first', 'second'] });
  expect(scan.files[1]!.unreadSha256).toBeDefined();
});
