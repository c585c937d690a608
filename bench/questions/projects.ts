/** The repositories that the questions are about, rebuilt from packages as projects.tsv says. */

import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join, posix, resolve } from 'node:path';
import { benchCache, unpackPackage, type PackageName } from './packages';
import { readTable } from './tables';

/** One package and what of it goes where in a project. */
export interface Source extends PackageName {
  project: string;
  licence: string;
  /** Folder inside the package. */
  from: string;
  /** Folder inside the project. */
  to: string;
  /** Files and folders that are taken, relative to `from`. */
  take: string[];
  /** Files and folders inside those that are not. */
  leave: string[];
  /** SHA-256 (hex) of the taken files. */
  sha256: string;
}

export const questionFolder = join('bench', 'questions');

export function readSources(table = join(questionFolder, 'projects.tsv')): Source[] {
  return readTable(table).map((row) => ({
    project: row['project']!,
    registry: row['registry'] as Source['registry'],
    name: row['name']!,
    version: row['version']!,
    licence: row['licence']!,
    from: row['from']!,
    to: row['to']!,
    take: row['take']!.split(' '),
    leave: row['leave'] === '-' ? [] : row['leave']!.split(' '),
    sha256: row['sha256']!,
  }));
}

export function projectNames(sources: readonly Source[]): string[] {
  return [...new Set(sources.map(({ project }) => project))];
}

/**
 * The folder of a project, built from its packages if it is not there yet.
 *
 * A registry may serve other files under the same version one day; gold lines would then be wrong without
 * a sign, so the files are compared with the hash that was committed.
 */
export function buildProject(project: string, sources: readonly Source[]): string {
  const own = sources.filter((source) => source.project === project);
  if (own.length === 0) throw new Error(`no package is listed for ${project}`);
  const identity = sha256(own.map((source) => source.sha256 + source.to).join('\n')).slice(0, 16);
  const folder = resolve(benchCache, 'projects', `${project}-${identity}`);
  if (existsSync(folder)) return folder;
  mkdirSync(resolve(benchCache, 'projects'), { recursive: true });
  const temporary = mkdtempSync(resolve(benchCache, 'projects', '.build-'));
  try {
    for (const source of own) copySource(source, temporary);
    renameSync(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
}

function copySource(source: Source, folder: string): void {
  const { name, version } = source;
  const root = join(unpackPackage(source), source.from);
  const files = takenFiles(root, source);
  const found = filesSha256(root, files);
  if (found !== source.sha256) {
    throw new Error(
      `${name} ${version} has other files than expected: sha256 ${found}, not ${source.sha256}`,
    );
  }
  for (const file of files) cpSync(join(root, file), join(folder, source.to, file), { recursive: true });
}

/** Paths relative to `root`, sorted. */
export function takenFiles(root: string, { take, leave }: Pick<Source, 'take' | 'leave'>): string[] {
  const isUnder = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);
  return take
    .flatMap((path) => filesUnder(root, path))
    .filter((path) => !leave.some((left) => isUnder(path, left)))
    .sort();
}

function filesUnder(root: string, path: string): string[] {
  if (statSync(join(root, path)).isFile()) return [path];
  const entries = readdirSync(join(root, path), { withFileTypes: true });
  return entries.flatMap((entry) => {
    const below = posix.join(path, entry.name);
    if (entry.isDirectory()) return filesUnder(root, below);
    return entry.isFile() ? [below] : [];
  });
}

/** One hash of paths and contents. */
export function filesSha256(root: string, files: readonly string[]): string {
  return sha256(files.map((file) => `${file}\0${sha256(readFileSync(join(root, file)))}\n`).join(''));
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
