/** Cuts the lines of a file into sections worth a summary each. Every line lies in exactly one section. */

import type { OutlineEntry } from '../../../protocol/messages';

/** 1-based, inclusive. */
export interface LineRange {
  startLine: number;
  endLine: number;
}

export interface Section extends LineRange {
  title: string;
}

/** Most sections of one file: what a reader looks through, and what bounds how long a summary takes. */
export const sectionsMax = 40;
/** Shorter neighbours are told together: a few lines are no section. */
export const sectionTokensMin = 384;
/** What a longer symbol is split at: a small base loses the thread in more. */
export const sectionTokensMax = 2_048;
/** Titles that name a section made of several symbols. */
const titlesNamed = 3;

/**
 * The lines of a range, in runs that belong to one symbol: of nested or overlapping ones to that which began last.
 * Lines of no symbol are runs of their own, without a title.
 */
export function runsOf(range: LineRange, outline: readonly OutlineEntry[]): Section[] {
  const entries = outline
    .map(({ title, startLine, endLine }) => ({
      title: title.trim(),
      startLine: Math.max(startLine, range.startLine),
      endLine: Math.min(endLine, range.endLine),
    }))
    .filter(({ startLine, endLine }) => startLine <= endLine)
    .sort((left, right) => left.startLine - right.startLine || right.endLine - left.endLine);
  const runs: Section[] = [];
  const open: Section[] = [];
  let next = 0;
  let owner: Section | undefined;
  for (let line = range.startLine; line <= range.endLine; line++) {
    for (; entries[next]?.startLine === line; next++) open.push(entries[next]!);
    while (open.length > 0 && open.at(-1)!.endLine < line) open.pop();
    const last = runs.at(-1);
    if (last && owner === open.at(-1)) last.endLine = line;
    else runs.push({ title: open.at(-1)?.title ?? '', startLine: line, endLine: line });
    owner = open.at(-1);
  }
  return runs;
}

/**
 * Joins short runs and splits long ones. However long the file is, no more than `sectionsMax` sections come out.
 *
 * @param runs in line order, without gaps
 * @param lineTokens tokens of each line of the runs
 */
export function sectionsOf(runs: readonly Section[], lineTokens: readonly number[]): Section[] {
  const first = runs[0]?.startLine ?? 1;
  const tokensOf = ({ startLine, endLine }: LineRange): number => {
    let sum = 0;
    for (let line = startLine; line <= endLine; line++) sum += lineTokens[line - first] ?? 0;
    return sum;
  };
  const total = lineTokens.reduce((sum, tokens) => sum + tokens, 0);
  const least = Math.max(sectionTokensMin, Math.ceil(total / sectionsMax));
  // A split part is never shorter than half of this, so splitting keeps the bound too.
  const most = Math.max(sectionTokensMax, 2 * least);
  return joined(runs, least, tokensOf).flatMap((section) => {
    const tokens = tokensOf(section);
    return tokens > most
      ? split(section, Math.ceil(tokens / most), tokens, (line) => lineTokens[line - first] ?? 0)
      : [section];
  });
}

function joined(runs: readonly Section[], least: number, tokensOf: (range: LineRange) => number): Section[] {
  const groups: Section[][] = [];
  let open: Section[] = [];
  let openTokens = 0;
  for (const run of runs) {
    open.push(run);
    openTokens += tokensOf(run);
    if (openTokens < least) continue;
    groups.push(open);
    open = [];
    openTokens = 0;
  }
  // What is left over is too short to stand alone.
  if (open.length > 0) groups.push([...(groups.pop() ?? []), ...open]);
  return groups.map((group) => ({
    title: titleOf(group),
    startLine: group[0]!.startLine,
    endLine: group.at(-1)!.endLine,
  }));
}

function titleOf(group: readonly Section[]): string {
  const titles = [...new Set(group.map(({ title }) => title))].filter((title) => title !== '');
  const named = titles.slice(0, titlesNamed).join(', ');
  return titles.length > titlesNamed ? `${named} and ${titles.length - titlesNamed} more` : named;
}

/** Into parts of about equal length, on line ends; fewer where single lines are longer than a part. */
function split(
  section: Section,
  count: number,
  tokens: number,
  tokensOfLine: (line: number) => number,
): Section[] {
  const parts: LineRange[] = [];
  let startLine = section.startLine;
  let before = 0;
  for (let line = section.startLine; line < section.endLine; line++) {
    before += tokensOfLine(line);
    if (before < ((parts.length + 1) * tokens) / count) continue;
    parts.push({ startLine, endLine: line });
    startLine = line + 1;
  }
  parts.push({ startLine, endLine: section.endLine });
  const of = parts.length === 1 ? () => '' : (at: number) => ` (${at + 1} of ${parts.length})`;
  return parts.map((part, at) => ({ title: section.title && section.title + of(at), ...part }));
}
