import { appendFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { rootsOf, workspacePath } from '../../server/answering/roots';
import { cutWindows } from '../../server/text/windows';
import { MultiRootWorkspace } from '../../server/workspace/multiRootWorkspace';
import { byteTokenizer, separatorToken } from './support/byteTokenizer';
import { plant, scan } from './support/folderTree';

const never = new AbortController().signal;

describe('several folders', () => {
  test('are one workspace whose paths begin with their names', async () => {
    const [b, a] = [plant({ 'x.ts': 'x', 'y.bin': 'y' }), plant({ 'x.ts': 'x', 'sub/z.ts': 'z' })];
    const workspace = new MultiRootWorkspace([
      { name: 'b', root: b },
      { name: 'a', root: a },
    ]);
    const found = await workspace.scan(never);
    expect(workspace.root).toBe(b);
    expect(found.files.map(({ path }) => path)).toEqual(['a/sub/z.ts', 'a/x.ts', 'b/x.ts']);
    expect(found.skippedFiles).toEqual([{ path: 'b/y.bin', reason: 'binary' }]);
    expect(found.skipped).toEqual({ binary: 1 });
    expect(found.bytes).toBe(3);
  });

  test('keep unchanged files as they are, so that the index knows', async () => {
    const root = plant({ 'x.ts': 'x', 'y.ts': 'y' });
    const workspace = new MultiRootWorkspace([{ name: 'a', root }]);
    const before = await workspace.scan(never);
    appendFileSync(join(root, 'y.ts'), 'more');
    const after = await workspace.scan(never);
    expect(after.files[0]).toBe(before.files[0]);
    expect(after.files[1]).not.toBe(before.files[1]);
  });

  test('have the windows that each has alone', async () => {
    const root = plant({ 'x.ts': 'const x = 1;\n' });
    const layout = {
      packageId: 'p',
      prefixTokens: [1],
      fileSeparatorToken: separatorToken,
      blockTokens: 16,
      windowTokens: 64,
      pathTokens: 8,
    };
    const cut = (file: Parameters<typeof cutWindows>[0]) => cutWindows(file, byteTokenizer(), layout);
    const [alone] = (await scan(root)).files;
    const [together] = (await new MultiRootWorkspace([{ name: 'a', root }]).scan(never)).files;
    expect(cut(together!).map(({ id }) => id)).toEqual(cut(alone!).map(({ id }) => id));
    expect(cut(together!)[0]!.path).toBe('a/x.ts');
  });

  test('may be empty, but not all of them', async () => {
    const [empty, full] = [plant({}), plant({ 'x.ts': 'x' })];
    const both = new MultiRootWorkspace([
      { name: 'empty', root: empty },
      { name: 'full', root: full },
    ]);
    expect((await both.scan(never)).files).toHaveLength(1);
    await expect(new MultiRootWorkspace([{ name: 'empty', root: empty }]).scan(never)).rejects.toThrow(
      /no text to read/,
    );
    await expect(
      new MultiRootWorkspace([{ name: 'gone', root: join(empty, 'gone') }]).scan(never),
    ).rejects.toThrow(/does not exist/);
  });

  test('share one limit of files and leave out the patterns of the user', async () => {
    const folders = ['a', 'b'].map((name) => ({
      name,
      root: plant({ '1.ts': '1', '2.ts': '2', 'x.md': 'x' }),
    }));
    const workspace = new MultiRootWorkspace(folders, { limits: { maxFiles: 3 }, exclude: ['*.md'] });
    const found = await workspace.scan(never);
    expect(found.files.map(({ path }) => path)).toEqual(['a/1.ts', 'a/2.ts', 'b/1.ts']);
    expect(found.skipped).toEqual({ ignored: 2, overFileLimit: 1 });
  });

  test('leave out what each of them leaves out', async () => {
    const [a, b] = [plant({ '1.ts': '1', 'x.md': 'x' }), plant({ '1.ts': '1', 'x.md': 'x' })];
    const folders = [
      { name: 'a', root: a, exclude: ['*.md'] },
      { name: 'b', root: b, editorExclude: ['/1.ts'] },
    ];
    const found = await new MultiRootWorkspace(folders).scan(never);
    expect(found.files.map(({ path }) => path)).toEqual(['a/1.ts', 'b/x.md']);
  });
});

describe('a folder that is open twice', () => {
  const pathsOf = async (...folders: { name: string; root: string }[]) => {
    const { files, skippedFiles, skipped } = await new MultiRootWorkspace(folders).scan(never);
    const count = Object.values(skipped).reduce((sum, each) => sum + each, 0);
    expect(count).toBe(skippedFiles.length);
    return [
      ...files.map(({ path }) => path),
      ...skippedFiles.map(({ path, reason }) => `${path}: ${reason}`),
    ];
  };

  test('is read once: an inner folder in its own place', async () => {
    const root = plant({ 'a.ts': 'a', 'packages/inner/b.ts': 'b', 'packages/other/c.ts': 'c' });
    const inner = join(root, 'packages/inner');
    expect(await pathsOf({ name: 'outer', root }, { name: 'inner', root: inner })).toEqual([
      'inner/b.ts',
      'outer/a.ts',
      'outer/packages/other/c.ts',
      'outer/packages/inner/: openedTwice',
    ]);
  });

  test('is read once: of two spellings of one folder the first', async () => {
    const root = plant({ 'a.ts': 'a' });
    const link = join(plant({}), 'link');
    symlinkSync(root, link);
    expect(await pathsOf({ name: 'one', root: link }, { name: 'two', root })).toEqual([
      'one/a.ts',
      'two/./: openedTwice',
    ]);
  });
});

describe('paths', () => {
  const one = rootsOf({ root: '/repos/app' });
  const two = rootsOf({
    root: '/repos/app',
    folders: [
      { name: 'app', root: '/repos/app' },
      { name: 'inner', root: '/repos/app/packages/inner' },
    ],
  });

  test.each([
    [one, 'src/a.ts', 'src/a.ts'],
    [one, './src/../src/', 'src/'],
    [one, '/repos/app/src/a.ts', 'src/a.ts'],
    [one, '/repos/app/src/', 'src/'],
    [one, '.', ''],
    [one, './', ''],
    [one, '', ''],
    [two, 'app/src/a.ts', 'app/src/a.ts'],
    [two, '/repos/app/src/a.ts', 'app/src/a.ts'],
    [two, '/repos/app/packages/inner/a.ts', 'inner/a.ts'],
    [two, '/repos/app/', 'app/'],
  ])('%# are named as the workspace names them', (roots, path, expected) => {
    expect(workspacePath(roots, path)).toBe(expected);
  });

  test.each([
    [one, '../a.ts'],
    [one, '/repos/a.ts'],
    [two, 'app/../../a.ts'],
    [two, '/repos/a.ts'],
  ])('%# outside are refused', (roots, path) => {
    expect(() => workspacePath(roots, path)).toThrow(/lies outside the workspace/);
  });

  test('are of one workspace only where the list of folders is the same', () => {
    expect(rootsOf({ root: '/repos/app/' }).key).toBe(one.key);
    expect(two.key).not.toBe(one.key);
    expect(rootsOf({ root: '/other', folders: [...two.folders!] }).key).toBe(two.key);
    expect(rootsOf({ root: '/repos/app', folders: [...two.folders!].reverse() }).key).not.toBe(two.key);
  });
});
