/** In which order files are encoded, and how the order changes while they are. */

import { describe, expect, test } from 'vitest';
import { EncodingQueue } from '../../../server/indexing/encodingQueue';
import { fileOrder, nothingWanted, type Wanted } from '../../../server/indexing/priorities';
import { emptyScan } from '../../../server/workspace/folderWorkspace';
import type { FileLook } from '../../../server/workspace/workspace';

const hourMs = 3_600_000;

const lookOf = (changedMs: number): FileLook => ({
  stamp: { mtimeMs: changedMs, ctimeMs: changedMs, bytes: 1 },
  linesCut: 0,
  isSettled: true,
});

/** @param files their lines, or nothing; @param changedHours when each was changed */
function orderOf(
  files: Record<string, string[]>,
  wanted: Partial<Wanted> = {},
  changedHours: Record<string, number> = {},
): string[] {
  const scan = {
    ...emptyScan(),
    files: Object.entries(files).map(([path, lines]) => ({ path, lines })),
    looks: new Map(Object.keys(files).map((path) => [path, lookOf((changedHours[path] ?? 0) * hourMs)])),
  };
  const order = fileOrder(scan, { ...nothingWanted, ...wanted });
  return [...order].sort(([, left], [, right]) => left - right).map(([path]) => path);
}

const plain = (...paths: string[]): Record<string, string[]> =>
  Object.fromEntries(paths.map((path) => [path, []]));

describe('the order of files', () => {
  test('is open editors, recent edits, entry points, and the rest by path', () => {
    const files = plain('a.ts', 'b.ts', 'c.ts', 'd.ts', 'e.ts', 'src/main.ts', 'z.ts');
    const wanted = { open: ['z.ts', 'gone.ts', 'd.ts'], saved: ['c.ts', 'z.ts'] };
    expect(orderOf(files, wanted, { 'b.ts': 30 })).toEqual([
      'z.ts',
      'd.ts',
      'c.ts',
      'b.ts',
      'src/main.ts',
      'a.ts',
      'e.ts',
    ]);
  });

  test('puts entry points near the root first, and what package.json names', () => {
    const files = {
      ...plain('a.ts', 'README.md', 'lib/start.js', 'src/deep/index.ts', 'src/__init__.py', 'tool/x.js'),
      ...plain('cmd/serve/main.go', 'src/lib.rs'),
      'package.json': ['{ "main": "./lib/start.js", "bin": { "tool": "tool/x.js", "gone": "dist/y.js" } }'],
      'broken/package.json': ['{ "main":'],
      'odd/package.json': ['null'],
    };
    expect(orderOf(files)).toEqual([
      'README.md',
      'package.json',
      'lib/start.js',
      'tool/x.js',
      'src/__init__.py',
      'src/lib.rs',
      'broken/package.json',
      'odd/package.json',
      'src/deep/index.ts',
      'cmd/serve/main.go',
      'a.ts',
    ]);
  });

  test('takes no file for recent after a checkout that made all of them', () => {
    const files = plain('a.ts', 'b.ts', 'c.ts');
    expect(orderOf(files, {}, { 'a.ts': 500, 'b.ts': 500.001, 'c.ts': 500.002 })).toEqual([
      'a.ts',
      'b.ts',
      'c.ts',
    ]);
    expect(orderOf(files, {}, { 'a.ts': 500, 'b.ts': 500, 'c.ts': 502 })).toEqual(['c.ts', 'a.ts', 'b.ts']);
  });

  test('of an empty workspace is empty', () => {
    expect(orderOf({})).toEqual([]);
  });
});

describe('the queue', () => {
  /** Three windows a file of 500 tokens each; those named have keys already. */
  function queueOf(paths: string[], done: number[] = []) {
    const windows = paths.flatMap((path) => [0, 1, 2].map(() => ({ path, tokenCount: 500 })));
    const index = { windows, hasKeys: (at: number) => done.includes(at) };
    const order = (...first: string[]) =>
      new Map([...new Set([...first, ...paths])].map((path, at) => [path, at]));
    return { queue: new EncodingQueue(index as never, order()), order, index };
  }

  test('gives a few windows at a time, in order, without those that are done', () => {
    const { queue } = queueOf(['a', 'b', 'c'], [1, 2]);
    expect([queue.leftWindows, queue.leftTokens]).toEqual([7, 3_500]);
    expect(queue.take()).toEqual([0, 3, 4, 5]);
    expect([queue.leftWindows, queue.leftTokens]).toEqual([3, 1_500]);
    expect(queue.take()).toEqual([6, 7, 8]);
    expect(queue.take()).toEqual([]);
  });

  test('tells what comes next, and keeps it', () => {
    const { queue } = queueOf(['a', 'b', 'c'], [1, 2]);
    queue.take();
    expect([queue.next(2), queue.next(0), queue.next(9)]).toEqual([[6, 7], [], [6, 7, 8]]);
    expect(queue.take()).toEqual([6, 7, 8]);
  });

  test('follows a new order from the next windows on, and repeats none', () => {
    const { queue, order } = queueOf(['a', 'b', 'c']);
    const first = queue.take();
    queue.reorder(order('c'));
    expect([first, queue.take(), queue.take()]).toEqual([[0, 1, 2, 3], [6, 7, 8, 4], [5]]);
  });

  test('gives a window that is larger than what is taken at once alone', () => {
    const windows = [
      { path: 'a', tokenCount: 9_999 },
      { path: 'a', tokenCount: 1 },
    ];
    const queue = new EncodingQueue({ windows, hasKeys: () => false } as never, new Map());
    expect([queue.take(), queue.take(), queue.take()]).toEqual([[0], [1], []]);
  });
});
