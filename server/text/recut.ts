/** Cuts a file again after an edit: what the edit cannot have moved is taken over, and is not tokenized. */

import { windowEnd } from './cuts';
import type { Tokenizer } from './tokenizer';
import { WindowCutter, withoutTokens, type TextFile, type WindowCut, type WindowLayout } from './windows';

/** A file as it was, and its windows. */
export interface CutFile {
  file: TextFile;
  windows: readonly WindowCut[];
}

/** Equal to cutting `file` from its first line. Both files have the same path. */
export function recutWindows(
  before: CutFile,
  file: TextFile,
  tokenizer: Tokenizer,
  layout: WindowLayout,
): WindowCut[] {
  const { file: old, windows } = before;
  const sameAbove = equalLinesAbove(old.lines, file.lines);
  const sameBelow = equalLinesBelow(old.lines, file.lines, sameAbove);
  const added = file.lines.length - old.lines.length;
  const cutter = new WindowCutter(file, tokenizer, layout);
  const kept = windowsAbove(windows, sameAbove, cutter.room);
  const cuts = windows.slice(0, kept);
  const oldStarts = lineStarts(windows);
  const pieces = cutter.piecesFrom(windows[kept]?.startLine ?? 1);
  for (let start = 0; ;) {
    const piece = pieces.at(start);
    if (!piece) return cuts;
    if (piece.beginsLine && piece.line > file.lines.length - sameBelow) {
      const same = oldStarts.get(piece.line - added);
      if (same !== undefined) return [...cuts, ...windows.slice(same).map((cut) => moved(cut, added))];
    }
    const end = windowEnd(pieces, start, cutter.room);
    cuts.push(withoutTokens(cutter.window(pieces.slice(start, end))));
    start = end;
  }
}

/**
 * How many windows from the top ended where they did for reasons that are all above the edit: the line that did not
 * fit any more is one of them. The next begins with a line.
 */
function windowsAbove(windows: readonly WindowCut[], sameAbove: number, room: number): number {
  let kept = 0;
  for (let last = 0, tokenCount = 0; kept < windows.length; kept++) {
    // Windows `kept` to `last` together are more than the room: the line that did not fit is in them.
    while (last < windows.length && tokenCount <= room) tokenCount += textTokens(windows[last++]!);
    if (tokenCount <= room || windows[last - 1]!.endLine > sameAbove) break;
    tokenCount -= textTokens(windows[kept]!);
  }
  while (kept > 0 && !beginsLine(windows, kept)) kept--;
  return kept;
}

function textTokens({ tokenCount, prefixTokenCount, headerTokenCount }: WindowCut): number {
  return tokenCount - prefixTokenCount - headerTokenCount;
}

function beginsLine(windows: readonly WindowCut[], index: number): boolean {
  return index === 0 || windows[index - 1]!.endLine < windows[index]!.startLine;
}

/** First line to window, of those windows that begin with a line. */
function lineStarts(windows: readonly WindowCut[]): Map<number, number> {
  const starts = new Map<number, number>();
  windows.forEach(({ startLine }, index) => {
    if (beginsLine(windows, index)) starts.set(startLine, index);
  });
  return starts;
}

function moved(cut: WindowCut, lines: number): WindowCut {
  if (lines === 0) return cut;
  return {
    ...cut,
    startLine: cut.startLine + lines,
    endLine: cut.endLine + lines,
    blocks: cut.blocks.map((block) => ({
      ...block,
      startLine: block.startLine + lines,
      endLine: block.endLine + lines,
    })),
  };
}

function equalLinesAbove(left: readonly string[], right: readonly string[]): number {
  const most = Math.min(left.length, right.length);
  let count = 0;
  while (count < most && left[count] === right[count]) count++;
  return count;
}

/** Not counting those that are equal above. */
function equalLinesBelow(left: readonly string[], right: readonly string[], above: number): number {
  const most = Math.min(left.length, right.length) - above;
  let count = 0;
  while (count < most && left[left.length - 1 - count] === right[right.length - 1 - count]) count++;
  return count;
}
