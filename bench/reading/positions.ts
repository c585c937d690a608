/** Blocks at other positions than one after the other: what a reader makes of distance. */

import { readBlocks } from '../../server/answering/context';
import type { Run } from '../../server/answering/run';
import { promptOf, type Speech } from '../../server/answering/speak';
import type { BlockPlace } from '../../server/indexing/workspaceIndex';
import type { KvCache, RawKv } from '../../server/model/kvCache';
import type { BaseShape } from '../../server/model/manifest';
import { RotaryTable } from '../../server/model/rotary';
import type { WindowCut } from '../../server/text/windows';

/** Tokens that keep together: a block, with the header of its file where that stands before it. */
export interface Part {
  /** The consecutive position of its first token, and of the one after its last. */
  start: number;
  end: number;
  /** Tokens of the same file between the part before and this one that are not read; 0 where a file begins. */
  leftOut: number;
}

/** By how many positions each part is moved, and the prefix by the first number. Whole numbers; below 0 is further from the question. */
export type Positions = (parts: readonly Part[]) => { prefix: number; parts: number[] };

/** So many positions between one block and the next, the last one and the question. */
export function gapsOf(gap: number): Positions {
  return (parts) => withGaps(parts.map(() => gap));
}

/** As far apart as their lines are in the file. */
export const asInTheFile: Positions = (parts) =>
  withGaps([...parts.slice(1).map(({ leftOut }) => leftOut), 0]);

/** Every block right before the question (parallel context windows, Ratner et al. 2023, arXiv 2212.10947). */
export const allNearest: Positions = (parts) => ({
  prefix: 0,
  parts: parts.map(({ end }) => parts.at(-1)!.end - end),
});

/** @param gaps what follows each part */
function withGaps(gaps: readonly number[]): ReturnType<Positions> {
  const after = gaps.map((_, at) => -gaps.slice(at).reduce((sum, gap) => sum + gap, 0));
  return { prefix: after[0] ?? 0, parts: after };
}

/**
 * Keys as if their tokens stood elsewhere: turned by so many positions before a context turns them to their place in it, as
 * rotations add up (RoFormer, section 3.2).
 *
 * @returns a copy
 */
export function moved(raw: RawKv, by: number, shape: BaseShape): RawKv {
  const keys = raw.keys.slice();
  if (by !== 0) {
    const position = Math.abs(by);
    const rotary = new RotaryTable(shape, position + 1);
    const { headDim } = shape;
    for (let from = 0; from < keys.length; from += headDim) {
      const row = {
        source: raw.keys,
        from,
        fromStep: 0,
        target: keys,
        to: from,
        toStep: 0,
        position,
        count: 1,
      };
      if (by > 0) rotary.rotate(row);
      else rotary.rotateBack(row);
    }
  }
  return { tokens: raw.tokens, keys, values: raw.values.slice() };
}

/** A context of these blocks at such positions, and the prompt that follows it. */
export async function prepareAt(
  run: Run,
  speech: Speech,
  positions: Positions,
): Promise<{ cache: KvCache; prompt: number[] }> {
  const { index, host, kvStore } = run;
  const { prompt } = await promptOf(run, speech);
  const room = { prompt: prompt.length, answer: speech.maxTokens };
  // Stores the windows that are not stored yet, and tells which blocks fit.
  const placed = await readBlocks(run, { places: speech.places }, room);
  placed.cache.dispose();
  const prefix = await host.prefix();
  const parts = partsOf(placed.read, prefix.tokens, index.windows);
  const moves = positions(parts);
  const reader = await host.reader();
  const given = parts.at(-1)?.end ?? prefix.tokens;
  const cache = reader.createCache(given + prompt.length + speech.maxTokens, given);
  const { shape } = reader;
  cache.take(moved(prefix, moves.prefix, shape));
  let path = '';
  for (const [at, place] of placed.read.entries()) {
    const { window } = place;
    const stored = await kvStore.readKv(window.id);
    if (!stored) throw new Error(`the store has lost the keys and values of ${window.path}`);
    const { startToken, endToken } = tokensOf(place);
    const stretches = [[startToken, endToken].map((token) => token - window.prefixTokenCount)];
    if (window.path !== path) stretches.unshift([0, window.headerTokenCount]);
    path = window.path;
    for (const [from, to] of stretches) {
      if (to! > from!) cache.take(moved(stored.decode(from, to), moves.parts[at]!, shape));
    }
  }
  return { cache, prompt };
}

/**
 * The parts of blocks that are read in this order after a prefix.
 *
 * @param windows all of the workspace, in file and line order
 */
export function partsOf(
  places: readonly BlockPlace[],
  prefixTokens: number,
  windows: readonly WindowCut[],
): Part[] {
  const parts: Part[] = [];
  let before: BlockPlace | undefined;
  for (const place of places) {
    const { startToken, endToken } = tokensOf(place);
    const isSameFile = before !== undefined && place.window.path === before.window.path;
    const start = parts.at(-1)?.end ?? prefixTokens;
    const header = isSameFile ? 0 : place.window.headerTokenCount;
    const end = start + header + endToken - startToken;
    parts.push({ start, end, leftOut: isSameFile ? tokensBetween(before!, place, windows) : 0 });
    before = place;
  }
  return parts;
}

/** Tokens of text between two blocks of a file. */
function tokensBetween(before: BlockPlace, after: BlockPlace, windows: readonly WindowCut[]): number {
  if (before.windowIndex === after.windowIndex) return tokensOf(after).startToken - tokensOf(before).endToken;
  const between = windows.slice(before.windowIndex + 1, after.windowIndex);
  const ofWholeWindows = between.reduce((sum, window) => sum + textEnd(window) - textStart(window), 0);
  const toEnd = textEnd(before.window) - tokensOf(before).endToken;
  return toEnd + ofWholeWindows + tokensOf(after).startToken - textStart(after.window);
}

function tokensOf({ window, blockOfWindow }: BlockPlace): { startToken: number; endToken: number } {
  return window.blocks[blockOfWindow]!;
}

function textStart({ blocks }: WindowCut): number {
  return blocks[0]!.startToken;
}

function textEnd({ blocks }: WindowCut): number {
  return blocks.at(-1)!.endToken;
}
