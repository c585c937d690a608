import { failure } from '../errors';
import type { WorkspaceIndex } from '../indexing/workspaceIndex';
import type { TextFile } from '../text/windows';

/** The workspace's file of this path, or why there is none. */
export function requireFile(index: WorkspaceIndex, path: string): TextFile {
  const file = index.scan.files.find((candidate) => candidate.path === path);
  if (file) return file;
  throw failure.fileNotIndexed(path, reasonWithout(index, path));
}

/** Why the workspace has no such text file, as far as its scan knows. */
export function reasonWithout(index: WorkspaceIndex, path: string): string {
  const reason = index.scan.skippedFiles.find((skipped) => skipped.path === path)?.reason;
  return reason ? `skipped: ${reason}` : 'no such text file';
}
