/** Which files are encoded first: what one works at, then where a stranger would begin to read, then the rest. Pure. */

import type { TextFile } from '../text/windows';
import type { WorkspaceScan } from '../workspace/workspace';

/** Files that were changed lately and go first; beyond these the word says nothing. */
const recentFilesMax = 200;
/** Changed so much later than most others: not all at once, as a checkout does. */
const recentAfterMostMs = 60 * 60_000;

/** Paths of the workspace, the most wanted first. */
export interface Wanted {
  /** Open in an editor. */
  open: readonly string[];
  /** Saved in this session. */
  saved: readonly string[];
}

export const nothingWanted: Wanted = { open: [], saved: [] };

/** The place of each file in the order of encoding, from 0, by path. */
export type FileOrder = ReadonlyMap<string, number>;

/**
 * Open editors; files saved in this session, then those changed lately on disk, the latest first; entry points, the
 * nearest to the root first; the rest in the order of their paths.
 */
export function fileOrder({ files, looks }: WorkspaceScan, { open, saved }: Wanted): FileOrder {
  const known = new Set(files.map(({ path }) => path));
  const order = new Map<string, number>();
  const append = (paths: Iterable<string>): void => {
    for (const path of paths) if (known.has(path) && !order.has(path)) order.set(path, order.size);
  };
  append(open);
  append(saved);
  append(changedLately(looks));
  append(entryPoints(files));
  append(known);
  return order;
}

/** After a checkout all files are new; then what was changed since is what is recent. */
function changedLately(looks: WorkspaceScan['looks']): string[] {
  const changedMs = [...looks].map(([path, { stamp }]) => [path, stamp.mtimeMs] as const);
  const times = changedMs.map(([, ms]) => ms).sort((left, right) => left - right);
  const most = times[Math.floor(times.length / 2)];
  if (most === undefined) return [];
  return changedMs
    .filter(([, ms]) => ms > most + recentAfterMostMs)
    .sort(([, left], [, right]) => right - left)
    .slice(0, recentFilesMax)
    .map(([path]) => path);
}

const entryNames =
  /^(?:readme(?:\.\w+)?|package\.json|pyproject\.toml|setup\.py|cargo\.toml|go\.mod|pom\.xml|build\.gradle(?:\.kts)?|main\.\w+|index\.\w+|app\.\w+|server\.\w+|cli\.\w+|program\.cs|manage\.py|wsgi\.py|asgi\.py|mod\.rs|lib\.rs|__init__\.py|__main__\.py|extension\.[jt]s)$/i;
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const depthOf = (path: string): number => path.split('/').length;

function entryPoints(files: readonly TextFile[]): string[] {
  const named = files.filter(({ path }) => nameOf(path) === 'package.json').flatMap(packageEntries);
  const byName = files.map(({ path }) => path).filter((path) => entryNames.test(nameOf(path)));
  // A stable sort: within one depth what packages name comes first, then the order of paths.
  return [...named, ...byName].sort((left, right) => depthOf(left) - depthOf(right));
}

/** The files that a package.json names as its entries; built ones are mostly no part of the workspace. */
function packageEntries(file: TextFile): string[] {
  const { path } = file;
  let fields: { main?: unknown; module?: unknown; types?: unknown; bin?: unknown } | null;
  try {
    fields = JSON.parse(file.lines.join('\n')) as typeof fields;
  } catch {
    // No JSON, or a file that is just being changed.
    return [];
  }
  const { main, module, types, bin } = fields ?? {};
  const bins: unknown[] = typeof bin === 'object' && bin !== null ? Object.values(bin) : [bin];
  const folder = path.slice(0, path.length - 'package.json'.length);
  return [main, module, types, ...bins]
    .filter((entry): entry is string => typeof entry === 'string')
    .map((entry) => folder + entry.replace(/^\.\//, ''));
}
