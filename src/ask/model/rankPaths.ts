import { splitPath } from './text';

/** Paths in which the query stands, those first whose name begins with it, then open ones, then short ones. */
export function rankPaths(paths: readonly string[], query: string, openEditors: readonly string[]): string[] {
  const wanted = query.toLowerCase();
  const open = new Set(openEditors);
  const rankOf = (path: string): number => {
    const name = splitPath(path).name.toLowerCase();
    const place = name.startsWith(wanted) ? 0 : name.includes(wanted) ? 1 : 2;
    return place * 2 + (open.has(path) ? 0 : 1);
  };
  return paths
    .filter((path) => path.toLowerCase().includes(wanted))
    .map((path) => ({ path, rank: rankOf(path) }))
    .sort((left, right) => {
      if (left.rank !== right.rank) return left.rank - right.rank;
      return left.path.length - right.path.length || (left.path < right.path ? -1 : 1);
    })
    .map(({ path }) => path);
}
