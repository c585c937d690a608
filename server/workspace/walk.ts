import { join } from 'node:path';
import type { SkipReason } from '../../protocol/messages';
import { throwIfCancelled } from '../errors';
import { hasBinaryExtension, isAlwaysIgnoredFile, isAlwaysIgnoredFolder } from './fileKinds';
import type { FolderEntry, FolderFiles } from './folderFiles';
import { ignoreFileNames, type IgnoreRules, type IgnoreTexts } from './ignoreRules';
import type { SkippedFile } from './workspace';

/** Rules beyond this size are no rules a person wrote. */
const maxIgnoreFileBytes = 2 ** 20;

export interface Walk {
  /** Paths of the files worth reading, relative to the root, in code unit order. */
  paths: string[];
  skipped: SkippedFile[];
}

/**
 * Lists the files below a root that no rule leaves out, without opening any but ignore files.
 *
 * @param rules those that hold before the first ignore file is read
 */
export async function walkFolder(
  root: string,
  files: FolderFiles,
  rules: IgnoreRules,
  signal: AbortSignal,
): Promise<Walk> {
  const walk: Walk = { paths: [], skipped: [] };
  const pending: { folder: string; rules: IgnoreRules }[] = [{ folder: '', rules }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    throwIfCancelled(signal);
    const { folder } = next;
    const entries = await listOrSkip(root, folder, files, walk);
    throwIfCancelled(signal);
    const rules = next.rules.within(folder, await readIgnoreTexts(join(root, folder), entries, files));
    for (const entry of entries) {
      const path = folder + entry.name + (entry.kind === 'folder' ? '/' : '');
      const reason = reasonToSkip(entry, path, rules);
      if (reason) walk.skipped.push({ path, reason });
      else if (entry.kind === 'folder') pending.push({ folder: path, rules });
      else walk.paths.push(path);
    }
  }
  walk.paths.sort();
  return walk;
}

function reasonToSkip({ name, kind }: FolderEntry, path: string, rules: IgnoreRules): SkipReason | undefined {
  if (kind === 'folder' ? isAlwaysIgnoredFolder(name) : isAlwaysIgnoredFile(name)) return 'ignored';
  if (rules.ignores(path)) return 'ignored';
  if (kind === 'link') return 'symlink';
  if (kind === 'other') return 'unreadable';
  return kind === 'file' && hasBinaryExtension(name) ? 'binary' : undefined;
}

async function listOrSkip(
  root: string,
  folder: string,
  files: FolderFiles,
  walk: Walk,
): Promise<FolderEntry[]> {
  try {
    return await files.list(join(root, folder));
  } catch {
    walk.skipped.push({ path: folder === '' ? './' : folder, reason: 'unreadable' });
    return [];
  }
}

async function readIgnoreTexts(
  folder: string,
  entries: readonly FolderEntry[],
  files: FolderFiles,
): Promise<IgnoreTexts> {
  const texts: IgnoreTexts = {};
  for (const kind of ['gitignore', 'landmarkignore'] as const) {
    const name = ignoreFileNames[kind];
    if (!entries.some((entry) => entry.kind === 'file' && entry.name === name)) continue;
    const text = await readSmallText(join(folder, name), files);
    if (text !== undefined) texts[kind] = text;
  }
  return texts;
}

/** Rules that cannot be read rule nothing; the file itself is counted when it is read as text. */
async function readSmallText(path: string, files: FolderFiles): Promise<string | undefined> {
  try {
    if ((await files.stamp(path)).bytes > maxIgnoreFileBytes) return undefined;
    return Buffer.from(await files.read(path)).toString('utf8');
  } catch {
    return undefined;
  }
}
