import type { Scope } from '../../protocol/messages';
import { failure } from '../errors';
import type { WorkspaceIndex } from '../indexing/workspaceIndex';
import { reasonWithout } from './files';
import { workspacePath, type Roots } from './roots';

/** The part of a workspace that is ranked: all of it, or the blocks of the files under a scope's paths. */
export interface ScopedBlocks {
  /** [blocks] 1 inside; undefined where everything is. */
  mask: Uint8Array | undefined;
  blockCount: number;
}

export function scopedBlocks(index: WorkspaceIndex, scope: Scope | undefined, roots: Roots): ScopedBlocks {
  const paths = scope?.paths.map((path) => workspacePath(roots, path));
  if (!paths || paths.includes('')) return { mask: undefined, blockCount: index.blockCount };
  const inside = new Set(paths.flatMap((path) => filesUnder(index, path)));
  const mask = new Uint8Array(index.blockCount);
  index.windows.forEach(({ path }, windowIndex) => {
    if (inside.has(path)) for (const blockIndex of index.blocksOfWindow(windowIndex)) mask[blockIndex] = 1;
  });
  return { mask, blockCount: mask.reduce((sum, held) => sum + held, 0) };
}

/** Paths of the files that one path of a scope stands for; never none. */
function filesUnder(index: WorkspaceIndex, path: string): string[] {
  const all = index.scan.files.map((file) => file.path);
  const found = all.filter((file) => (path.endsWith('/') ? file.startsWith(path) : file === path));
  if (found.length > 0) return found;
  if (!path.endsWith('/') && all.some((file) => file.startsWith(`${path}/`)))
    throw failure.scopeIsFolder(path);
  throw failure.scopeUnknown(path, reasonWithout(index, path));
}
