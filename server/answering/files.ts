import { stat } from 'node:fs/promises';
import { isAbsolute, posix, relative, sep } from 'node:path';
import { failure } from '../errors';
import type { WorkspaceIndex } from '../indexing/workspaceIndex';
import type { TextFile } from '../text/windows';

/** The workspace's file of this path, or why there is none. */
export function requireFile(index: WorkspaceIndex, path: string): TextFile {
  const file = index.scan.files.find((candidate) => candidate.path === path);
  if (file) return file;
  const reason = index.scan.skippedFiles.find((skipped) => skipped.path === path)?.reason;
  throw failure.fileNotIndexed(path, reason ? `skipped: ${reason}` : 'no such text file');
}

/** A path as the workspace names it: relative to the root, forward slashes. */
export function workspacePath(root: string, path: string): string {
  const inside = isAbsolute(path) ? relative(root, path) : path;
  const normal = posix.normalize(inside.split(sep).join('/'));
  if (normal === '..' || normal.startsWith('../') || isAbsolute(normal)) throw failure.fileOutsideRoot(path);
  return normal;
}

export async function requireFolder(root: string): Promise<void> {
  const found = await stat(root).catch(() => undefined);
  if (!found) throw failure.rootMissing(root);
  if (!found.isDirectory()) throw failure.rootNotFolder(root);
}
