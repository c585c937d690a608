import { execFileSync } from 'node:child_process';
import { rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CancelledError } from '../../server/errors';
import { nodeFolderFiles, type FolderFiles } from '../../server/workspace/folderFiles';
import { FolderWorkspace } from '../../server/workspace/folderWorkspace';
import { check, plant, scan, type Tree } from './support/folderTree';
import { temporaryFolder } from './support/temporaryFolder';

describe('files', () => {
  test('are left out with a reason, and named', async () => {
    const root = plant({
      'ok.ts': 'const ok = 1;\n',
      'nul.txt': 'a\0b',
      'late-nul.txt': `${'a'.repeat(9_000)}\0`,
      'picture.PNG': 'not really',
      'latin1.txt': Uint8Array.of(0x67, 0x72, 0xfc, 0x6e),
      'cut-short.txt': Uint8Array.of(0x61, 0xe2, 0x82),
      'empty.txt': '',
      'blank.txt': ' \n\t\r\n',
      'five-megabytes.txt': 'x'.repeat(5_000_000),
      'just-fits.txt': `${'y\n'.repeat(2 ** 19 - 1)}yy`,
    });
    const found = await check(
      root,
      ['just-fits.txt', 'late-nul.txt', 'ok.ts'],
      [
        'blank.txt: empty',
        'cut-short.txt: notUtf8',
        'empty.txt: empty',
        'five-megabytes.txt: tooLarge',
        'latin1.txt: notUtf8',
        'nul.txt: binary',
        'picture.PNG: binary',
      ],
    );
    expect(found.skipped).toEqual({ binary: 2, notUtf8: 2, empty: 2, tooLarge: 1 });
    expect(found.bytes).toBe(2 ** 20 + 9_001 + 14);
  });

  test('too large are never opened', async () => {
    const root = plant({ 'a.ts': 'a', 'big.txt': 'x'.repeat(2 ** 20 + 1) });
    const opened: string[] = [];
    const files: FolderFiles = {
      ...nodeFolderFiles,
      read: (path) => {
        opened.push(basename(path));
        return nodeFolderFiles.read(path);
      },
    };
    await check(root, ['a.ts'], ['big.txt: tooLarge'], { files });
    expect(opened).toEqual(['a.ts']);
  });

  test('and folders behind symbolic links are not followed, so a loop ends', async () => {
    const root = plant({ 'a.ts': 'a', 'sub/b.ts': 'b' });
    symlinkSync(root, join(root, 'sub/loop'));
    symlinkSync('a.ts', join(root, 'alias.ts'));
    symlinkSync('nowhere', join(root, 'dangling'));
    await check(root, ['a.ts', 'sub/b.ts'], ['alias.ts: symlink', 'dangling: symlink', 'sub/loop: symlink']);
  });

  test.skipIf(process.platform === 'win32')('that are pipes are not opened', async () => {
    const root = plant({ 'a.ts': 'a' });
    execFileSync('mkfifo', [join(root, 'pipe')]);
    await check(root, ['a.ts'], ['pipe: unreadable']);
  });

  test('deleted or locked between list and read are left out', async () => {
    const root = plant({ 'a.ts': 'a', 'gone.ts': 'b', 'locked.ts': 'c', 'shut/x.ts': 'd' });
    const refuse = (): Promise<never> => Promise.reject(new Error('EACCES'));
    const files: FolderFiles = {
      ...nodeFolderFiles,
      list: (folder) => (basename(folder) === 'shut' ? refuse() : nodeFolderFiles.list(folder)),
      read: (path) => {
        if (basename(path) === 'gone.ts') unlinkSync(path);
        return basename(path) === 'locked.ts' ? refuse() : nodeFolderFiles.read(path);
      },
    };
    await check(root, ['a.ts'], ['gone.ts: unreadable', 'locked.ts: unreadable', 'shut/: unreadable'], {
      files,
    });
  });

  test('over the limit are left out, in order of their paths', async () => {
    const root = plant({ 'b.ts': 'b', 'a/z.ts': 'z', 'Z.ts': 'Z', 'a.ts': 'a' });
    const options = { limits: { maxFiles: 2 } };
    await check(root, ['Z.ts', 'a.ts'], ['a/z.ts: overFileLimit', 'b.ts: overFileLimit'], options);
  });
});

test.each<[string, string | Uint8Array, string[]]>([
  ['line feeds', 'a\nb\n', ['a', 'b']],
  ['no line feed at the end', 'a\nb', ['a', 'b']],
  ['an empty last line', 'a\n\n', ['a', '']],
  ['carriage returns with line feeds', 'a\r\n\r\nb\r\n', ['a', '', 'b']],
  ['lone carriage returns', 'a\rb\r', ['a', 'b']],
  ['a byte order mark', Uint8Array.of(0xef, 0xbb, 0xbf, 0x61), ['a']],
  ['other separators as text', 'a\u2028b\f', ['a\u2028b\f']],
  ['a long line', `${'x'.repeat(11)}\nshort`, ['x'.repeat(10), 'short']],
  ['a line of exactly the limit', 'x'.repeat(10), ['x'.repeat(10)]],
  ['a pair of code units at the limit', `${'x'.repeat(9)}😀`, ['x'.repeat(9)]],
])('reads lines with %s', async (_, content, expected) => {
  const { files, linesCut } = await scan(plant({ f: content }), { limits: { maxLineChars: 10 } });
  expect(files).toEqual([{ path: 'f', lines: expected }]);
  expect(linesCut).toBe(content.length > 10 && expected[0] !== content ? 1 : 0);
});

describe('failures', () => {
  test('name a missing root, a file as root and a folder without text', async () => {
    const root = plant({ 'a.bin': 'x', 'b.txt': '' });
    await expect(scan(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'rootMissing' });
    await expect(scan(join(root, 'b.txt'))).rejects.toMatchObject({ code: 'rootNotFolder' });
    await expect(scan(root)).rejects.toMatchObject({
      code: 'nothingToIndex',
      message: expect.stringContaining('(1 binary, 1 empty)') as string,
    });
    await expect(scan(temporaryFolder())).rejects.toMatchObject({ code: 'nothingToIndex' });
  });

  test('stop at a cancelled signal', async () => {
    const root = plant({ 'a.ts': 'a', 'b.ts': 'b' });
    const cancelled = new FolderWorkspace(root).scan(AbortSignal.abort());
    await expect(cancelled).rejects.toThrow(CancelledError);
    const controller = new AbortController();
    const files: FolderFiles = {
      ...nodeFolderFiles,
      read: (path) => {
        controller.abort();
        return nodeFolderFiles.read(path);
      },
    };
    const workspace = new FolderWorkspace(root, { files });
    await expect(workspace.scan(controller.signal)).rejects.toThrow(CancelledError);
  });
});

test('reads again only what changed', async () => {
  const root = plant({ 'a.ts': 'a', 'b.ts': 'b', 'c.bin2': 'x\0' });
  const read: string[] = [];
  const files: FolderFiles = {
    ...nodeFolderFiles,
    read: (path) => {
      read.push(basename(path));
      return nodeFolderFiles.read(path);
    },
  };
  const workspace = new FolderWorkspace(root, { files });
  const { signal } = new AbortController();
  const first = await workspace.scan(signal);
  expect(read.splice(0).sort()).toEqual(['a.ts', 'b.ts', 'c.bin2']);
  const second = await workspace.scan(signal);
  expect(read).toEqual([]);
  expect(second).toEqual(first);
  writeFileSync(join(root, 'a.ts'), 'A');
  utimesSync(join(root, 'a.ts'), 1, 1);
  rmSync(join(root, 'b.ts'));
  const third = await workspace.scan(signal);
  expect(read).toEqual(['a.ts']);
  expect(third.files).toEqual([{ path: 'a.ts', lines: ['A'] }]);
});

test('looks again at what it knows without waiting for the disk, unless the disk is far away', async () => {
  const root = plant(Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`${at + 10}.ts`, 'a'])));
  let waited = 0;
  let atOnce = 0;
  let isFar = false;
  const files: FolderFiles = {
    ...nodeFolderFiles,
    stamp: (path) => {
      waited++;
      return nodeFolderFiles.stamp(path);
    },
    stampAtOnce: (path) => {
      atOnce++;
      const start = performance.now();
      while (isFar && performance.now() - start < 6);
      return nodeFolderFiles.stampAtOnce(path);
    },
  };
  const workspace = new FolderWorkspace(root, { files });
  const { signal } = new AbortController();
  const first = await workspace.scan(signal);
  expect([waited, atOnce]).toEqual([12, 0]);
  const second = await workspace.scan(signal);
  expect([waited, atOnce]).toEqual([12, 12]);
  isFar = true;
  const third = await workspace.scan(signal);
  expect([waited, atOnce]).toEqual([23, 13]);
  // The index knows a file by its object.
  expect(second.files.every((file, at) => file === first.files[at])).toBe(true);
  expect(third.files.every((file, at) => file === first.files[at])).toBe(true);
});

test('names at most a thousand left-out files and counts all', async () => {
  const tree: Tree = { 'a.ts': 'a' };
  for (let at = 0; at < 1_001; at++) tree[`x${at}.png`] = '';
  const found = await scan(plant(tree));
  expect(found.skipped).toEqual({ binary: 1_001 });
  expect(found.skippedFiles.length).toBe(1_000);
});
