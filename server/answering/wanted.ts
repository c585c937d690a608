import type { Wanted } from '../indexing/priorities';
import type { WantedFiles } from '../indexing/backgroundEncoding';
import type { OpenDocuments } from '../workspace/openDocuments';
import { pathInside, type Roots } from './roots';

/**
 * What an editor has open and has saved, as the workspace names it. What it opens while a build runs goes before what
 * was open when the build was asked for.
 */
export function wantedBy(
  roots: Roots,
  documents: OpenDocuments,
  openEditors: readonly string[] = [],
): WantedFiles {
  const openedBefore = new Set(documents.open());
  const named = (paths: readonly string[]): string[] =>
    paths.map((path) => pathInside(roots, path)).filter((path) => path !== undefined);
  return {
    version: () => documents.version,
    now: (): Wanted => {
      const open = documents.open();
      const [before, since] = [
        open.filter((path) => openedBefore.has(path)),
        open.filter((path) => !openedBefore.has(path)),
      ];
      return {
        open: [...named(since), ...openEditors, ...named(before)],
        saved: named(documents.saved()),
      };
    },
  };
}
