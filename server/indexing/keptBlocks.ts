/** Which blocks of a workspace are those of before an edit, so that their words and keys can be taken over. */

/** What must be known of a window to tell whether it is still there; `WindowCut` is more. */
export interface WindowOutline {
  id: string;
  path: string;
  startLine: number;
  endLine: number;
  blocks: { readonly length: number };
}

export interface KeptBlocks {
  /** [blocks] which block of before each is, ascending; -1 for a new one. */
  oldIndices: Int32Array;
  /** Consecutive blocks that were consecutive before. */
  runs: KeptRun[];
}

export interface KeptRun {
  blockIndex: number;
  oldBlockIndex: number;
  blocks: number;
}

/** A window and the number of its first block. */
interface Numbered {
  window: WindowOutline;
  firstBlock: number;
  /** Whether a neighbour has a part of one of its lines, which its blocks are told with whole. */
  sharesLine: boolean;
}

/**
 * Kept are the windows at the beginning and at the end of a file that have the same ids as before. Both lists are in
 * the order of files, by path, and lines.
 */
export function keptBlocks(before: readonly WindowOutline[], after: readonly WindowOutline[]): KeptBlocks {
  const old = byPath(before);
  const oldIndices = new Int32Array(countBlocks(after)).fill(-1);
  const runs: KeptRun[] = [];
  for (const [path, windows] of byPath(after)) {
    for (const [oldWindow, window] of equalEnds(old.get(path) ?? [], windows)) {
      const blocks = window.window.blocks.length;
      for (let at = 0; at < blocks; at++) oldIndices[window.firstBlock + at] = oldWindow.firstBlock + at;
      extend(runs, { blockIndex: window.firstBlock, oldBlockIndex: oldWindow.firstBlock, blocks });
    }
  }
  return { oldIndices, runs };
}

function equalEnds(old: readonly Numbered[], now: readonly Numbered[]): [Numbered, Numbered][] {
  const shorter = Math.min(old.length, now.length);
  let above = 0;
  while (above < shorter && isSame(old[above]!, now[above]!)) above++;
  let below = 0;
  while (below < shorter - above && isSame(old[old.length - 1 - below]!, now[now.length - 1 - below]!))
    below++;
  const pairs: [Numbered, Numbered][] = [];
  for (let at = 0; at < above; at++) pairs.push([old[at]!, now[at]!]);
  for (let at = below; at > 0; at--) pairs.push([old[old.length - at]!, now[now.length - at]!]);
  return pairs;
}

function isSame(old: Numbered, now: Numbered): boolean {
  return old.window.id === now.window.id && !old.sharesLine && !now.sharesLine;
}

function byPath(windows: readonly WindowOutline[]): Map<string, Numbered[]> {
  const files = new Map<string, Numbered[]>();
  let firstBlock = 0;
  windows.forEach((window, at) => {
    const above = windows[at - 1];
    const below = windows[at + 1];
    const sharesLine =
      (above?.path === window.path && above.endLine === window.startLine) ||
      (below?.path === window.path && below.startLine === window.endLine);
    const numbered = { window, firstBlock, sharesLine };
    const file = files.get(window.path);
    if (file) file.push(numbered);
    else files.set(window.path, [numbered]);
    firstBlock += window.blocks.length;
  });
  return files;
}

function extend(runs: KeptRun[], next: KeptRun): void {
  const last = runs.at(-1);
  const follows =
    last &&
    last.blockIndex + last.blocks === next.blockIndex &&
    last.oldBlockIndex + last.blocks === next.oldBlockIndex;
  if (follows) last.blocks += next.blocks;
  else runs.push(next);
}

function countBlocks(windows: readonly WindowOutline[]): number {
  return windows.reduce((sum, { blocks }) => sum + blocks.length, 0);
}
