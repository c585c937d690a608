/** Bounds of a difference that is summarized. Pure. */

import type { Translate } from '../view/translate';

/** A change of more files is better told by its parts. */
export const changedFilesMax = 100;
/** Longer differences are of generated files; their beginning says what they are. */
export const diffCharsMax = 100_000;

/** Files that git does not know yet and that are larger are seldom text; the server reads no larger ones either. */
export const newFileBytesMax = 4_000_000;

export interface BoundedDiff {
  /** Empty for binary files. */
  text: string;
  isCut: boolean;
}

/** A unified difference without its header, as the server takes it. */
export function boundedDiff(diff: string): BoundedDiff {
  const at = /^@@ /m.exec(diff)?.index;
  if (at === undefined) return { text: '', isCut: false };
  const body = diff.slice(at);
  if (body.length <= diffCharsMax) return { text: body, isCut: false };
  const cut = body.slice(0, diffCharsMax);
  return { text: cut.slice(0, cut.lastIndexOf('\n') + 1), isCut: true };
}

/** The difference that a whole new file makes, as git writes it; empty for binary files and empty ones. */
export function newFileDiff(text: string): string {
  if (text === '' || text.includes('\0')) return '';
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/);
  return `@@ -0,0 +1,${lines.length} @@\n${lines.map((line) => `+${line}\n`).join('')}`;
}

/** What was left out of a summary of changes, by path. */
export interface LeftOut {
  /** Beyond the number of files that are summarized. */
  files: number;
  /** Only the beginning of their change is summarized. */
  cut: string[];
  /** Binary, empty or too large. */
  withoutText: string[];
}

/** Names that are listed; the rest is counted. */
const namesMax = 10;

/** A sentence for each kind of thing that was left out. */
export function leftOutNotes({ files, cut, withoutText }: LeftOut, t: Translate): string[] {
  return [
    ...(files > 0 ? [t('{0} more changed files are not summarized.', files)] : []),
    ...(cut.length > 0
      ? [t('Only the beginning of these long changes is summarized: {0}', named(cut, t))]
      : []),
    ...(withoutText.length > 0
      ? [t('These changes hold no text, or too much, and are left out: {0}', named(withoutText, t))]
      : []),
  ];
}

function named(paths: readonly string[], t: Translate): string {
  const rest = paths.length - namesMax;
  const shown = paths.slice(0, namesMax).join(', ');
  return rest > 0 ? `${shown} ${t('and {0} more', rest)}` : shown;
}
