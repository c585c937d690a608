import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const repository = join(dirname(fileURLToPath(import.meta.url)), '../..');
const roots = ['protocol', 'src', 'cli', 'server', 'bench'];
/** Files of the server that belong to no room and may be imported by every one of them. */
const sharedServerFiles = ['server/errors', 'server/float16', 'server/concurrency'];
/** Packages that only some files may import, by the start of those files' paths. */
const guardedPackages: Record<string, string[]> = {
  vscode: ['src/'],
  'vscode-languageclient': ['src/'],
  'vscode-languageserver': ['server/lsp/', 'server/main.ts'],
  aws4fetch: ['server/store/team/'],
  '@smithy': ['server/store/team/'],
  'onnxruntime-node': ['server/model/', 'bench/retrieval/minilm/', 'bench/speed/probes/'],
};
/** Rooms that are pure: the same input gives the same output, whatever machine, disk or hour. */
const pureRooms = ['server/text', 'server/landmark'];
const impureModules = /^node:(fs|net|http|https|child_process|worker_threads|os|timers|perf_hooks)/;

interface Import {
  from: string;
  /** A path of the repository, or the name of a package or Node module. */
  to: string;
  isFile: boolean;
}

const files = roots.flatMap(sourceFilesOf);
const imports = files.flatMap(importsOf);
const rooms = roomsOfTable(readFileSync(join(repository, 'docs/architecture.md'), 'utf8'));

function sourceFilesOf(folder: string): string[] {
  const absolute = join(repository, folder);
  if (!existsSync(absolute)) return [];
  return readdirSync(absolute, { recursive: true, encoding: 'utf8' })
    .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
    .filter((path) => /\.m?tsx?$/.test(path));
}

function importsOf(from: string): Import[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(repository, from), 'utf8'), true, true);
  return importedFiles.map(({ fileName }) => {
    if (!fileName.startsWith('.')) return { from, to: fileName, isFile: false };
    const target = posix.join(posix.dirname(from), fileName);
    const found = [target, `${target}.ts`, `${target}.tsx`, `${target}/index.ts`].find((path) =>
      /\.\w+$/.test(path) ? existsSync(join(repository, path)) : false,
    );
    return { from, to: found ?? target, isFile: true };
  });
}

/** The table of docs/architecture.md: each room with the rooms and packages it may import. */
function roomsOfTable(page: string): Map<string, Set<string>> {
  const table = new Map<string, Set<string>>();
  for (const row of page.split('\n')) {
    const cells = row.split('|').map((cell) => cell.trim());
    const room = /^`([\w/]+)\/`$/.exec(cells[1] ?? '')?.[1];
    if (room === undefined) continue;
    const cell = cells[3]!;
    const allowed = [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
    if (cell.includes('all of the above')) {
      allowed.push(...[...table.keys()].filter((above) => above.startsWith('server/')));
    }
    const isServerRoom = (name: string): boolean => page.includes(`\`server/${name}/\``);
    table.set(room, new Set(allowed.map((name) => (isServerRoom(name) ? `server/${name}` : name))));
  }
  return table;
}

/** The room a file stands in; `server` for the files between the server's rooms. */
function roomOf(path: string): string {
  const [top, second, third] = path.split('/');
  return top === 'server' && third !== undefined ? `server/${second}` : top!;
}

function mayImport(from: string, to: string): boolean {
  const [room, target] = [roomOf(from), roomOf(to)];
  if (room === target || to === 'package.json') return true;
  if (from === 'server/main.ts') return target.startsWith('server/') || target === 'protocol';
  const allowed = rooms.get(room);
  if (allowed?.has(target)) return true;
  if (allowed?.has('server') && target.startsWith('server')) return true;
  const isOfServer = room.startsWith('server');
  return isOfServer && (target === 'protocol' || sharedServerFiles.includes(to.replace(/\.ts$/, '')));
}

function told(found: readonly Import[]): string[] {
  return found.map(({ from, to }) => `${from} imports ${to}`);
}

describe('the table of rooms', () => {
  test('is read whole', () => {
    expect([...rooms.keys()]).toEqual(
      expect.arrayContaining(['protocol', 'src', 'cli', 'bench', 'server/lsp']),
    );
    expect(rooms.get('protocol')).toEqual(new Set());
    expect(rooms.get('server/model')).toEqual(new Set(['server/text']));
    expect(rooms.get('server/answering')).toContain('server/store');
  });

  test('names the room of every file', () => {
    const homeless = files.filter((file) => !rooms.has(roomOf(file)) && roomOf(file) !== 'server');
    expect(homeless).toEqual([]);
  });

  test('holds for every import of a file', () => {
    const betweenFiles = imports.filter(({ isFile }) => isFile);
    expect(betweenFiles.length).toBeGreaterThan(10);
    expect(told(betweenFiles.filter(({ to }) => !existsSync(join(repository, to))))).toEqual([]);
    expect(told(betweenFiles.filter(({ from, to }) => !mayImport(from, to)))).toEqual([]);
  });

  test('holds for guarded packages, and for pure rooms', () => {
    const packageOf = (name: string): string => name.split('/')[0]!;
    const ofPackages = imports.filter(({ isFile }) => !isFile);
    const guarded = ofPackages.filter(({ from, to }) => {
      const allowed = guardedPackages[packageOf(to)];
      return allowed !== undefined && !allowed.some((path) => from.startsWith(path));
    });
    expect(told(guarded)).toEqual([]);
    expect(told(ofPackages.filter(({ from }) => roomOf(from) === 'protocol'))).toEqual([]);
    const impure = ofPackages.filter(
      ({ from, to }) => pureRooms.includes(roomOf(from)) && impureModules.test(to),
    );
    expect(told(impure)).toEqual([]);
  });
});

test('no import circle exists', () => {
  expect(findCircle(imports)).toBeUndefined();
});

test('an import circle would be found', () => {
  const link = (from: string, to: string): Import => ({ from, to, isFile: true });
  expect(findCircle([link('a', 'b'), link('b', 'c'), link('a', 'c')])).toBeUndefined();
  expect(findCircle([link('a', 'b'), link('b', 'c'), link('c', 'b')])).toEqual(['b', 'c', 'b']);
  expect(findCircle([link('a', 'a')])).toEqual(['a', 'a']);
});

/** Depth first; a file met again while its own imports are followed closes a circle. */
function findCircle(edges: readonly Import[]): string[] | undefined {
  const targets = new Map<string, string[]>();
  for (const { from, to, isFile } of edges) {
    if (isFile) targets.set(from, [...(targets.get(from) ?? []), to]);
  }
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const to of targets.get(file) ?? []) {
      const circle = visit(to, [...trail, file]);
      if (circle) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of targets.keys()) {
    const circle = visit(file, []);
    if (circle) return circle;
  }
  return undefined;
}
