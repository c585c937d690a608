import { existsSync, statSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { failure } from './failures';

export interface Location {
  file: string;
  line: number;
  column?: number;
}

/** The numbers are taken from the end, so that the colon of a drive letter stays with the file. */
export function parseLocation(given: string): Location {
  const [, file, line, column] = /^(.+?):(\d+)(?::(\d+))?$/.exec(given) ?? [];
  if (file === undefined || !isCount(line) || (column !== undefined && !isCount(column))) {
    throw failure.location(given);
  }
  return { file, line: Number(line), ...(column === undefined ? {} : { column: Number(column) }) };
}

function isCount(digits: string | undefined): boolean {
  const count = Number(digits);
  return Number.isSafeInteger(count) && count >= 1;
}

/**
 * The protocol's path of a file or folder: relative to the root, with forward slashes; a folder ends on one, and
 * the root itself is `./`. A relative name is looked up in the root first and then in the current folder, where a
 * shell completes names. A name that leaves the root is passed on as it is, and the server says what is wrong
 * with it.
 */
export function workspacePath(root: string, file: string): string {
  const inRoot = resolve(root, file);
  const inFolder = resolve(file);
  const absolute = isAbsolute(file) || existsSync(inRoot) || !existsSync(inFolder) ? inRoot : inFolder;
  const path = relative(root, absolute).split(sep).join('/');
  const isFolder = statSync(absolute, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isFolder ? `${path === '' ? '.' : path}/` : path;
}

/**
 * How a workspace file is written for a terminal that makes `path:line` clickable: terminals resolve names
 * against the current folder, so a file below it is named from there and any other by its absolute path.
 */
export function displayPath(root: string, folder: string, path: string): string {
  const absolute = resolve(root, path);
  const fromFolder = relative(folder, absolute);
  return fromFolder.startsWith('..') || isAbsolute(fromFolder) ? absolute : fromFolder;
}
