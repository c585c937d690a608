import { stat } from 'node:fs/promises';
import { isAbsolute, posix, resolve, sep } from 'node:path';
import type { NamedFolder } from '../../protocol/messages';
import { failure } from '../errors';
import { nodePaths, type PathFlavour } from '../workspace/pathFlavour';

/** What a request says of its workspace. */
export interface RootedParams {
  root: string;
  folders?: readonly NamedFolder[];
}

/** The folders of a workspace: one whose paths stand alone, or several whose paths begin with their names. */
export interface Roots {
  /** Equal for requests about the same workspace. */
  key: string;
  root: string;
  /** Undefined for a workspace of one folder. */
  folders: readonly NamedFolder[] | undefined;
}

export function rootsOf({ root, folders }: RootedParams): Roots {
  if (!folders) return { key: nodePaths.key(resolve(root)), root: resolve(root), folders: undefined };
  const resolved = folders.map((folder) => ({ name: folder.name, root: resolve(folder.root) }));
  const keys = resolved.map((folder) => ({ name: folder.name, root: nodePaths.key(folder.root) }));
  return { key: JSON.stringify(keys), root: resolved[0]!.root, folders: resolved };
}

/** What can be told at once is told before large folders are walked. */
export async function requireFolders({ root, folders }: Roots): Promise<void> {
  for (const folder of folders?.map((named) => named.root) ?? [root]) {
    const found = await stat(folder).catch(() => undefined);
    if (!found) throw failure.rootMissing(folder);
    if (!found.isDirectory()) throw failure.rootNotFolder(folder);
  }
}

/**
 * A path as the workspace names it: relative, forward slashes. A folder ends on a slash where it did; the whole
 * workspace is the empty path.
 */
export function workspacePath(roots: Roots, path: string): string {
  const inside = isAbsolute(path) ? pathInside(roots, path) : path;
  if (inside === undefined) throw failure.fileOutsideRoot(path);
  const normal = posix.normalize(inside.split(sep).join('/'));
  if (normal === '..' || normal.startsWith('../') || isAbsolute(normal)) throw failure.fileOutsideRoot(path);
  if (normal === '.' || normal === './') return '';
  return path.endsWith('/') && !normal.endsWith('/') ? `${normal}/` : normal;
}

/** An absolute path as the workspace names it; undefined outside. Of nested folders the inner one holds a path. */
export function pathInside(
  { root, folders }: Pick<Roots, 'root' | 'folders'>,
  path: string,
  paths: PathFlavour = nodePaths,
): string | undefined {
  if (!folders) return paths.inside(root, path);
  const holding = folders
    .flatMap((folder) => {
      const inside = paths.inside(folder.root, path);
      return inside === undefined ? [] : [{ name: folder.name, inside }];
    })
    .sort((left, right) => left.inside.length - right.inside.length)[0];
  return holding && `${holding.name}/${holding.inside}`;
}
