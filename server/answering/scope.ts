import type { Scope } from '../../protocol/messages';
import { firstOf, note, noteTexts } from '../../protocol/notes';
import { failure } from '../errors';
import type { WorkspaceIndex } from '../indexing/workspaceIndex';
import { reasonWithout } from './files';
import { workspacePath, type Roots } from './roots';

/** What a reader takes in at a glance. */
const leftOutNamed = 5;

/** The part of a workspace that is ranked: all of it, or the blocks of the files under a scope's paths. */
export interface ScopedBlocks {
  /** [blocks] 1 inside; undefined where everything is. */
  mask: Uint8Array | undefined;
  blockCount: number;
  /** Paths of the scope that hold no text, where these may be left out. */
  leftOut: readonly string[];
}

export function scopedBlocks(index: WorkspaceIndex, scope: Scope | undefined, roots: Roots): ScopedBlocks {
  const paths = scope?.paths.map((path) => workspacePath(roots, path));
  if (!scope || !paths || paths.includes(''))
    return { mask: undefined, blockCount: index.blockCount, leftOut: [] };
  const found = paths.map((path) => filesUnder(index, path));
  const isEmpty = found.every((files) => files.length === 0);
  const at = found.findIndex((files) => files.length === 0);
  if (at >= 0 && (isEmpty || !scope.leaveOut)) throw problemOf(index, paths[at]!);
  const leftOut = scope.paths.filter((_, path) => found[path]!.length === 0);
  const inside = new Set(found.flat());
  const mask = new Uint8Array(index.blockCount);
  index.windows.forEach(({ path }, windowIndex) => {
    if (inside.has(path)) for (const blockIndex of index.blocksOfWindow(windowIndex)) mask[blockIndex] = 1;
  });
  return { mask, blockCount: mask.reduce((sum, held) => sum + held, 0), leftOut };
}

/** What is told of paths that were left out; undefined where there are none. */
export function leftOutNote({ leftOut }: ScopedBlocks): string | undefined {
  if (leftOut.length === 0) return undefined;
  return note(noteTexts.leftOut, firstOf(leftOut, leftOutNamed));
}

/** Paths of the files that one path of a scope stands for. */
function filesUnder({ scan }: WorkspaceIndex, path: string): string[] {
  const all = scan.files.map((file) => file.path);
  return all.filter((file) => (path.endsWith('/') ? file.startsWith(path) : file === path));
}

function problemOf(index: WorkspaceIndex, path: string): Error {
  const isFolder = !path.endsWith('/') && index.scan.files.some((file) => file.path.startsWith(`${path}/`));
  return isFolder ? failure.scopeIsFolder(path) : failure.scopeUnknown(path, reasonWithout(index, path));
}
