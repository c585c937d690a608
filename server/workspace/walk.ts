import type { SkipReason } from '../../protocol/messages';
import { TimeSlice } from '../concurrency';
import { throwIfCancelled } from '../errors';
import { hasBinaryExtension, isAlwaysIgnoredFile, isAlwaysIgnoredFolder, isHistoryFolder } from './fileKinds';
import type { FolderEntry, FolderFiles } from './folderFiles';
import { isGeneratedName } from './generated';
import { ignoreFileNames, type IgnoreRules, type IgnoreTexts } from './ignoreRules';
import { nodePaths, type PathFlavour } from './pathFlavour';
import type { SkippedFile } from './workspace';

/** Rules beyond this size are no rules a person wrote. */
const maxIgnoreFileBytes = 2 ** 20;

export interface Walk {
  /** Paths of the files worth reading, relative to the root, in code unit order. */
  paths: string[];
  /** In code unit order; folders end on a slash. */
  skipped: SkippedFile[];
}

export interface WalkOptions {
  /** Rules that hold before the first ignore file is read. */
  rules: IgnoreRules;
  /** Folders that belong to somebody else, relative to the root, ending on a slash. */
  elsewhere?: ReadonlySet<string>;
  paths?: PathFlavour;
}

interface Pending {
  path: string;
  entry: FolderEntry;
  rules: IgnoreRules;
  /** The folder around it is left out, and entered only for what the user asks for by name. */
  isWay: boolean;
}

/** Lists the files below a root that no rule leaves out, without opening any but ignore files. */
export async function walkFolder(
  root: string,
  files: FolderFiles,
  { rules, elsewhere = new Set(), paths = nodePaths }: WalkOptions,
  signal: AbortSignal,
): Promise<Walk> {
  const walk: Walk = { paths: [], skipped: [] };
  const top: Pending = { path: '', entry: { name: '', kind: 'folder' }, rules, isWay: false };
  // Entries of a folder stand in reverse, and a folder gives way to what is in it: so paths come out in order.
  const pending = [top];
  const slice = new TimeSlice();
  for (let next = pending.pop(); next; next = pending.pop()) {
    if (slice.isOver) await slice.next(signal);
    const { path, entry } = next;
    const outcome = elsewhere.has(path) ? 'openedTwice' : next === top ? 'keep' : outcomeOf(next);
    if (outcome !== 'keep' && outcome !== 'way')
      walk.skipped.push({ path: path === '' ? './' : path, reason: outcome });
    else if (entry.kind !== 'folder') walk.paths.push(path);
    else {
      throwIfCancelled(signal);
      const entries = await listOrSkip(root, path, files, paths, walk);
      const within = next.rules.within(
        path,
        await readIgnoreTexts(paths.join(root, path), entries, files, paths),
      );
      for (const child of inReverse(path, entries))
        pending.push({ ...child, rules: within, isWay: outcome === 'way' });
    }
  }
  return walk;
}

/** A slash after a folder's name puts it where its files' paths belong. */
function inReverse(folder: string, entries: readonly FolderEntry[]): { path: string; entry: FolderEntry }[] {
  const children = entries.map((entry) => ({
    path: folder + entry.name + (entry.kind === 'folder' ? '/' : ''),
    entry,
  }));
  return children.sort((left, right) => (left.path < right.path ? 1 : -1));
}

function outcomeOf({ path, entry, rules, isWay }: Pending): SkipReason | 'keep' | 'way' {
  const { name, kind } = entry;
  if (kind === 'folder' && isHistoryFolder(name)) return 'ignored';
  const isIncluded = rules.includes(path);
  const isIgnored =
    isWay ||
    (kind === 'folder' ? isAlwaysIgnoredFolder(name) : isAlwaysIgnoredFile(name)) ||
    rules.ignores(path);
  if (isIgnored && !isIncluded) {
    return kind === 'folder' && rules.leadsToIncluded(path) ? 'way' : 'ignored';
  }
  if (kind === 'folder') return 'keep';
  if (kind === 'link') return 'symlink';
  if (kind === 'other') return 'unreadable';
  if (hasBinaryExtension(name)) return 'binary';
  return isGeneratedName(name) && !isIncluded ? 'generated' : 'keep';
}

async function listOrSkip(
  root: string,
  folder: string,
  files: FolderFiles,
  paths: PathFlavour,
  walk: Walk,
): Promise<FolderEntry[]> {
  try {
    return await files.list(paths.join(root, folder));
  } catch {
    walk.skipped.push({ path: folder === '' ? './' : folder, reason: 'unreadable' });
    return [];
  }
}

async function readIgnoreTexts(
  folder: string,
  entries: readonly FolderEntry[],
  files: FolderFiles,
  paths: PathFlavour,
): Promise<IgnoreTexts> {
  const texts: IgnoreTexts = {};
  for (const kind of ['gitignore', 'landmarkignore'] as const) {
    const name = ignoreFileNames[kind];
    if (!entries.some((entry) => entry.kind === 'file' && entry.name === name)) continue;
    const text = await readSmallText(paths.join(folder, name), files);
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
