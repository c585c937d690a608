/**
 * What counts as found.
 *
 * File hit@k: a gold file among the first k distinct files. Line hit within N: entries are taken in rank order
 * until their line counts pass N, the first one always; a hit is an overlap with any gold span. So arms that
 * return long entries and arms that return short ones pay alike, by the line.
 */

import type { Question } from '../questions/questions';

/** A run of lines that an arm returns: a block, or a chunk of blocks. 1-based, inclusive. */
export interface Entry {
  path: string;
  startLine: number;
  endLine: number;
}

/** Where the first gold file and the first gold line stand in a ranking; null where they do not. */
export interface Found {
  fileRank: number | null;
  entryRank: number | null;
  /** Lines returned up to and with the entry that hits. */
  linesToHit: number | null;
}

export const fileRanks = [1, 5, 10] as const;
export const lineBudgets = [60, 150, 300, 600] as const;
/** More entries than the largest budget can hold, and more than hold ten files. */
export const maxEntries = 1_500;

export function find({ goldFiles, goldSpans }: Question, entries: readonly Entry[]): Found {
  const files = [...new Set(entries.map(({ path }) => path))];
  const fileIndex = files.findIndex((file) => goldFiles.includes(file));
  let lines = 0;
  for (const [index, { path, startLine, endLine }] of entries.entries()) {
    lines += endLine - startLine + 1;
    const hits = goldSpans.some(
      ({ file, start, end }) => file === path && start <= endLine && startLine <= end,
    );
    if (hits) return { fileRank: rankOf(fileIndex), entryRank: index + 1, linesToHit: lines };
  }
  return { fileRank: rankOf(fileIndex), entryRank: null, linesToHit: null };
}

function rankOf(index: number): number | null {
  return index < 0 ? null : index + 1;
}

export function hitsFile({ fileRank }: Found, rank: number): boolean {
  return fileRank !== null && fileRank <= rank;
}

export function hitsLine({ entryRank, linesToHit }: Found, budget: number): boolean {
  return linesToHit !== null && (entryRank === 1 || linesToHit <= budget);
}

/** The probability that a positive scores above a negative; ties count half. */
export function areaUnderCurve(positives: readonly number[], negatives: readonly number[]): number {
  const ordered = [...positives.map((score) => ({ score, positive: true }))];
  ordered.push(...negatives.map((score) => ({ score, positive: false })));
  ordered.sort((left, right) => left.score - right.score);
  let rankSum = 0;
  for (let from = 0; from < ordered.length;) {
    let to = from;
    while (to < ordered.length && ordered[to]!.score === ordered[from]!.score) to++;
    // Ranks count from 1; equal scores share the mean of theirs.
    const meanRank = (from + 1 + to) / 2;
    for (let at = from; at < to; at++) if (ordered[at]!.positive) rankSum += meanRank;
    from = to;
  }
  const least = (positives.length * (positives.length + 1)) / 2;
  return (rankSum - least) / (positives.length * negatives.length);
}
