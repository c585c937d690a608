import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { FolderWorkspace, type FolderWorkspaceOptions } from '../../../server/workspace/folderWorkspace';
import type { WorkspaceScan } from '../../../server/workspace/workspace';
import { temporaryFolder } from './temporaryFolder';

export type Tree = Record<string, string | Uint8Array>;

/** A temporary folder with these files. */
export function plant(tree: Tree): string {
  const root = temporaryFolder();
  for (const [path, content] of Object.entries(tree)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

export function scan(root: string, options?: FolderWorkspaceOptions): Promise<WorkspaceScan> {
  return new FolderWorkspace(root, options).scan(new AbortController().signal);
}

/** Scans a folder and checks what is kept and what is left out, as `path` and `path: reason`. */
export async function check(
  root: string,
  kept: string[],
  skipped: string[],
  options?: FolderWorkspaceOptions,
): Promise<WorkspaceScan> {
  const found = await scan(root, options);
  expect(found.files.map(({ path }) => path)).toEqual(kept);
  expect(found.skippedFiles.map(({ path, reason }) => `${path}: ${reason}`)).toEqual(skipped);
  const counted = Object.values(found.skipped).reduce((sum, count) => sum + count, 0);
  expect(counted).toBe(skipped.length);
  return found;
}
