/** Paths of systems that the suites do not run on, through the ports of workspace and paths. */

import { describe, expect, test } from 'vitest';
import { pathInside } from '../../../server/answering/roots';
import type { FolderEntry, FolderFiles } from '../../../server/workspace/folderFiles';
import { FolderWorkspace } from '../../../server/workspace/folderWorkspace';
import { MultiRootWorkspace } from '../../../server/workspace/multiRootWorkspace';
import { EditorDocuments, underDocuments } from '../../../server/workspace/openDocuments';
import { linuxPaths, macPaths, windowsPaths, type PathFlavour } from '../../../server/workspace/pathFlavour';

const never = new AbortController().signal;

/** A disk in memory whose files are found in any spelling that its system takes for the same. */
function memoryFiles(paths: PathFlavour, separator: string, contents: Record<string, string>): FolderFiles {
  const files = new Map(Object.entries(contents).map(([path, text]) => [paths.key(path), text]));
  const read = (path: string): string => {
    const text = files.get(paths.key(path));
    if (text === undefined) throw new Error(`ENOENT ${path}`);
    return text;
  };
  return {
    kindOfRoot: () => Promise.resolve('folder'),
    // As a disk tells it: in the spelling that was written.
    realPath: (folder) =>
      Promise.resolve(
        Object.keys(contents)
          .map((path) => path.slice(0, folder.length))
          .find((start) => paths.key(start) === paths.key(folder)) ?? folder,
      ),
    list: (folder) => {
      const entries = new Map<string, FolderEntry>();
      for (const path of Object.keys(contents)) {
        const inside = paths.inside(folder, path);
        if (inside === undefined || inside === '') continue;
        const [name, ...rest] = inside.split('/');
        entries.set(name!, { name: name!, kind: rest.length > 0 ? 'folder' : 'file' });
      }
      expect(folder).not.toContain(separator === '\\' ? '/' : '\\');
      return Promise.resolve([...entries.values()]);
    },
    stamp: (path) => Promise.resolve({ mtimeMs: 1, ctimeMs: 1, bytes: read(path).length }),
    stampAtOnce: (path) => ({ mtimeMs: 1, ctimeMs: 1, bytes: read(path).length }),
    read: (path) => Promise.resolve(Buffer.from(read(path))),
    readAtOnce: (path) => Buffer.from(read(path)),
  };
}

describe('a path seen from a folder', () => {
  test.each<[PathFlavour, string, string, string | undefined]>([
    [linuxPaths, '/repos/app', '/repos/app/src/a.ts', 'src/a.ts'],
    [linuxPaths, '/repos/app/', '/repos/app', ''],
    [linuxPaths, '/repos/app', '/repos/application/a.ts', undefined],
    [linuxPaths, '/repos/app', '/repos/App/a.ts', undefined],
    [linuxPaths, '/', '/a.ts', 'a.ts'],
    [linuxPaths, '/repos/app', '/repos/app/../b.ts', undefined],
    [macPaths, '/Users/Me/App', '/users/me/app/Src/A.ts', 'Src/A.ts'],
    [windowsPaths, 'C:\\Repos\\App', 'c:\\repos\\app\\Src\\a.ts', 'Src/a.ts'],
    [windowsPaths, 'C:\\Repos\\App', 'c:/repos/app/Src/a.ts', 'Src/a.ts'],
    [windowsPaths, 'C:\\Repos\\App', 'D:\\Repos\\App\\a.ts', undefined],
    [windowsPaths, 'C:\\', 'c:\\a.ts', 'a.ts'],
    [windowsPaths, '\\\\server\\share\\app', '\\\\SERVER\\share\\app\\a.ts', 'a.ts'],
  ])('%# is relative with forward slashes, or outside', (paths, folder, path, expected) => {
    expect(paths.inside(folder, path)).toBe(expected);
  });

  test('belongs to the inner of two folders', () => {
    const folders = [
      { name: 'app', root: 'C:\\Repos\\App' },
      { name: 'inner', root: 'c:\\repos\\app\\inner' },
    ];
    const of = (path: string) => pathInside({ root: folders[0]!.root, folders }, path, windowsPaths);
    expect(of('c:\\Repos\\app\\x.ts')).toBe('app/x.ts');
    expect(of('C:\\repos\\App\\Inner\\x.ts')).toBe('inner/x.ts');
    expect(of('C:\\elsewhere\\x.ts')).toBeUndefined();
  });
});

describe('a folder of Windows', () => {
  const root = 'C:\\Repos\\App';
  const contents = {
    [`${root}\\.gitignore`]: '/out/\nsub/*.log\n',
    [`${root}\\a.ts`]: 'a',
    [`${root}\\out\\b.ts`]: 'b',
    [`${root}\\sub\\c.ts`]: 'c',
    [`${root}\\sub\\d.log`]: 'd',
  };
  const files = memoryFiles(windowsPaths, '\\', contents);

  test('is read with forward slashes, by the same rules', async () => {
    const found = await new FolderWorkspace(root, { files, paths: windowsPaths }).scan(never);
    expect(found.files.map(({ path }) => path)).toEqual(['.gitignore', 'a.ts', 'sub/c.ts']);
    expect(found.skippedFiles).toEqual([
      { path: 'out/', reason: 'ignored' },
      { path: 'sub/d.log', reason: 'ignored' },
    ]);
  });

  test('is one folder in whatever case it is spelled', async () => {
    const folders = [
      { name: 'one', root },
      { name: 'two', root: 'c:\\repos\\APP' },
      { name: 'sub', root: 'C:\\repos\\app\\SUB' },
    ];
    const found = await new MultiRootWorkspace(folders, { files, paths: windowsPaths }).scan(never);
    expect(found.files.map(({ path }) => path)).toEqual([
      'one/.gitignore',
      'one/a.ts',
      'sub/c.ts',
      'sub/d.log',
    ]);
    expect(found.skipped).toEqual({ ignored: 1, openedTwice: 2 });
  });

  test('shows an open document whose drive the editor spells in lower case', async () => {
    const documents = new EditorDocuments(() => 0, windowsPaths);
    documents.opened('c:\\Repos\\App\\a.ts', 'unsaved');
    const options = { files: underDocuments(files, documents), paths: windowsPaths };
    const found = await new FolderWorkspace(root, options).scan(never);
    expect(found.files.find(({ path }) => path === 'a.ts')?.lines).toEqual(['unsaved']);
  });
});
