import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeFolderFiles } from '../../../server/workspace/folderFiles';
import { FolderWorkspace } from '../../../server/workspace/folderWorkspace';
import { EditorDocuments, underDocuments } from '../../../server/workspace/openDocuments';
import { plant, type Tree } from '../support/folderTree';

const never = new AbortController().signal;

function open(tree: Tree) {
  const root = plant(tree);
  const documents = new EditorDocuments();
  const workspace = new FolderWorkspace(root, { files: underDocuments(nodeFolderFiles, documents) });
  return {
    root,
    documents,
    at: (path: string) => join(root, path),
    /** The lines of each file, by path. */
    lines: async () =>
      Object.fromEntries(
        (await workspace.scan(never)).files.map(({ path, lines }) => [path, lines.join('|')]),
      ),
    scan: () => workspace.scan(never),
  };
}

test('an edited text stands in for its file until the editor closes it', async () => {
  const { documents, at, lines } = open({ 'a.ts': 'a\n', 'b.ts': 'b\n', 'ignored.bin': 'x' });
  expect(await lines()).toEqual({ 'a.ts': 'a', 'b.ts': 'b' });
  documents.opened(at('a.ts'), 'a\n');
  expect(await lines()).toEqual({ 'a.ts': 'a', 'b.ts': 'b' });
  documents.edited(at('a.ts'), 'a\nmore\n');
  expect(await lines()).toEqual({ 'a.ts': 'a|more', 'b.ts': 'b' });
  // Of the same length, on a disk that did not change.
  documents.edited(at('a.ts'), 'a\nless\n');
  expect(await lines()).toEqual({ 'a.ts': 'a|less', 'b.ts': 'b' });
  documents.closed(at('a.ts'));
  expect(await lines()).toEqual({ 'a.ts': 'a', 'b.ts': 'b' });
});

test('a text that only the editor has is no file of the workspace, nor is one that a rule leaves out', async () => {
  const { documents, at, lines, root } = open({ 'a.ts': 'a', 'x.log': 'x', '.gitignore': '*.log\n' });
  documents.opened(at('new.ts'), 'new');
  documents.opened(at('x.log'), 'edited');
  documents.opened(join(root, '..', 'outside.ts'), 'outside');
  expect(Object.keys(await lines())).toEqual(['.gitignore', 'a.ts']);
});

test('limits hold for what the editor has', async () => {
  const { documents, at, scan } = open({ 'a.ts': 'a', 'b.ts': '' });
  documents.opened(at('a.ts'), 'x'.repeat(2 ** 20 + 1));
  documents.opened(at('b.ts'), 'b');
  const { files, skippedFiles } = await scan();
  expect(files.map(({ path }) => path)).toEqual(['b.ts']);
  expect(skippedFiles).toEqual([{ path: 'a.ts', reason: 'tooLarge' }]);
});

test('a file that is opened, saved or touched without another text stays the same object', async () => {
  const { documents, at, scan } = open({ 'a.ts': 'a\n', 'b.ts': 'b\n' });
  const before = (await scan()).files;
  documents.opened(at('a.ts'), 'a\n');
  utimesSync(at('b.ts'), 5, 5);
  const after = (await scan()).files;
  expect(after[0]).toBe(before[0]);
  expect(after[1]).toBe(before[1]);
  documents.edited(at('a.ts'), 'A\n');
  expect((await scan()).files[0]).not.toBe(before[0]);
});

test('renaming and deleting are noticed', async () => {
  const { at, lines } = open({ 'a.ts': 'a', 'b.ts': 'b' });
  await lines();
  rmSync(at('a.ts'));
  writeFileSync(at('c.ts'), 'a');
  expect(await lines()).toEqual({ 'b.ts': 'b', 'c.ts': 'a' });
});

test('what is open and saved is told, the latest first, and edits are timed', () => {
  let now = 10;
  const documents = new EditorDocuments(() => now);
  expect(documents.editedAtMs).toBe(-Infinity);
  for (const path of ['/a', '/b', '/c']) documents.opened(path, path);
  documents.closed('/b');
  for (const path of ['/a', '/c', '/a']) documents.wasSaved(path);
  expect([documents.open(), documents.saved()]).toEqual([
    ['/c', '/a'],
    ['/a', '/c'],
  ]);
  const { version } = documents;
  documents.edited('/a', '/a');
  expect(documents.editedAtMs).toBe(-Infinity);
  now = 12;
  documents.edited('/a', 'other');
  documents.edited('/unknown', 'other');
  documents.closed('/unknown');
  expect([documents.editedAtMs, documents.version]).toEqual([12, version]);
  for (let at = 0; at < 300; at++) documents.wasSaved(`/${at}`);
  expect(documents.saved()).toHaveLength(200);
  expect(documents.saved()[0]).toBe('/299');
});
