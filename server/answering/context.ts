import { breathe } from '../concurrency';
import type { BlockPlace, WorkspaceIndex } from '../indexing/workspaceIndex';
import type { KvCache } from '../model/kvCache';
import type { StoredKv } from '../store/storedKv';
import type { Run } from './run';

/** How much is read for one answer. */
export interface ReadLimits {
  blocks: number;
  windows: number;
  /** The best blocks bring the block before and the block after them along: code rarely fits one block. */
  withNeighbours: number;
}

/** An answer of fewer tokens is none; blocks make way for it. */
const answerTokensMin = 64;

export const defaultReadLimits: ReadLimits = { blocks: 24, windows: 10, withNeighbours: 2 };

/** What is put into a context. */
export interface Reading {
  /** In the order in which they are read. */
  places: readonly BlockPlace[];
  /**
   * Indices of blocks that are run anew after what stands before them, which what is stored of them never saw: the selective
   * recomputation of CacheBlend (Yao et al. 2024, arXiv 2405.16444), of blocks instead of tokens. Where the context is full the
   * first places are then left out, and without any the last.
   */
  recomputed?: ReadonlySet<number>;
}

/** Tokens that are left to what follows the blocks. */
export interface Room {
  prompt: number;
  answer: number;
}

/** What was placed before the question. */
export interface Context {
  /** Whoever asked for the context gives it back. */
  cache: KvCache;
  /** Tokens whose keys and values came from the store. */
  cachedTokens: number;
  /** The blocks that stand in the context: all that were given, unless the context is full. */
  read: BlockPlace[];
}

/** Blocks to read window by window, in line order within each; windows of better blocks later, as the question follows the last. */
export interface Choice extends Reading {
  places: BlockPlace[];
  /** The best blocks, and those that they brought along. */
  recomputed: ReadonlySet<number>;
  /** The block of the lowest rank that was chosen for its rank, not as a neighbour. */
  lastRanked: number | undefined;
}

/** Picks blocks to read in rank order, with neighbours of the best, within the limits. */
export function chooseBlocks(index: WorkspaceIndex, ranked: readonly number[], limits: ReadLimits): Choice {
  const chosen = new Set<number>();
  const windows = new Set<number>();
  const recomputed = new Set<number>();
  let lastRanked: number | undefined;
  const take = (blockIndex: number): boolean => {
    const { windowIndex } = index.place(blockIndex);
    if (chosen.has(blockIndex) || chosen.size >= limits.blocks) return false;
    if (!windows.has(windowIndex) && windows.size >= limits.windows) return false;
    windows.add(windowIndex);
    chosen.add(blockIndex);
    return true;
  };
  ranked.forEach((blockIndex, rank) => {
    if (take(blockIndex)) lastRanked = blockIndex;
    if (rank >= limits.withNeighbours) return;
    const ofWindow = index.blocksOfWindow(index.place(blockIndex).windowIndex);
    for (const near of [blockIndex, blockIndex + 1, blockIndex - 1]) {
      if (!ofWindow.includes(near)) continue;
      take(near);
      if (chosen.has(near)) recomputed.add(near);
    }
  });
  // A set keeps the order in which the windows came: that of their best blocks.
  const turns = new Map([...windows].reverse().map((windowIndex, turn) => [windowIndex, turn]));
  const places = [...chosen].map((blockIndex) => index.place(blockIndex));
  places.sort(
    (left, right) =>
      turns.get(left.windowIndex)! - turns.get(right.windowIndex)! || left.blockIndex - right.blockIndex,
  );
  return { places, recomputed, lastRanked };
}

/** What reading needs of a run. */
export type Reads = Pick<Run, 'index' | 'host' | 'kvStore' | 'emit' | 'signal'>;

/**
 * Puts the prefix and the blocks' cached keys and values at consecutive positions. A window without stored KV is encoded once
 * and stored, unless all that is read of it is run anew.
 */
export async function readBlocks(run: Reads, { places, recomputed }: Reading, room: Room): Promise<Context> {
  const { host, emit, signal } = run;
  const reader = await host.reader();
  const prefix = await host.prefix();
  const wanted = prefix.tokens + tokensOf(partsOf(places)) + room.prompt + room.answer;
  // What was asked for beyond the context ends the answer early, and is said there.
  const capacity = Math.min(wanted, reader.contextTokens);
  const limit = capacity - prefix.tokens - room.prompt - Math.min(room.answer, answerTokensMin);
  const read = fitting(places, limit, recomputed ? 'last' : 'first');
  const parts = partsOf(read, recomputed);
  const given = prefix.tokens + tokensOf(parts.filter(({ isRecomputed }) => !isRecomputed));
  const context: Context = { cache: reader.createCache(capacity, given), cachedTokens: 0, read };
  try {
    context.cache.append(prefix, 0, prefix.tokens);
    const windows = inWindows(parts);
    for (const [done, ofWindow] of windows.entries()) {
      const message = `reading ${ofWindow[0]!.place.file.path}`;
      emit({ type: 'progress', phase: 'read', done, total: windows.length, message });
      await breathe(signal);
      await placeWindow(run, context, ofWindow);
    }
  } catch (error) {
    context.cache.dispose();
    throw error;
  }
  return context;
}

/** Tokens of a window that follow each other: a block, or the window's header. */
interface Part {
  place: BlockPlace;
  /** In the window. */
  startToken: number;
  endToken: number;
  isRecomputed: boolean;
}

/** The blocks, and before those of a window its header, unless the window before is of the same file. */
function partsOf(places: readonly BlockPlace[], recomputed?: ReadonlySet<number>): Part[] {
  const blocks = places.map((place): Part => ({
    ...{ place, ...place.window.blocks[place.blockOfWindow]! },
    isRecomputed: recomputed?.has(place.blockIndex) === true,
  }));
  return inWindows(blocks).flatMap((group, at, groups) => {
    const { place } = group[0]!;
    const { path, prefixTokenCount: startToken, headerTokenCount } = place.window;
    if (groups[at - 1]?.[0]!.place.window.path === path) return group;
    // Run anew with all that follows it, it needs nothing of what is stored.
    const isRecomputed = group.every((part) => part.isRecomputed);
    return [{ place, startToken, endToken: startToken + headerTokenCount, isRecomputed }, ...group];
  });
}

/** Runs of places of the same window. */
function inWindows(parts: readonly Part[]): Part[][] {
  const groups: Part[][] = [];
  for (const part of parts) {
    const last = groups.at(-1);
    if (last?.[0]!.place.windowIndex === part.place.windowIndex) last.push(part);
    else groups.push([part]);
  }
  return groups;
}

function tokensOf(parts: readonly Pick<Part, 'startToken' | 'endToken'>[]): number {
  return parts.reduce((sum, { startToken, endToken }) => sum + endToken - startToken, 0);
}

/** As many of the places as fit the limit of tokens. */
function fitting(places: readonly BlockPlace[], limit: number, kept: 'first' | 'last'): BlockPlace[] {
  let fit = [...places];
  while (fit.length > 0 && tokensOf(partsOf(fit)) > limit) {
    fit = kept === 'last' ? fit.slice(1) : fit.slice(0, -1);
  }
  return fit;
}

/** Appends parts of one window. */
async function placeWindow(run: Reads, context: Context, parts: readonly Part[]): Promise<void> {
  const { index, host, signal } = run;
  const { cache } = context;
  const { place } = parts[0]!;
  const { prefixTokenCount } = place.window;
  const isStored = parts.some(({ isRecomputed }) => !isRecomputed);
  const isRun = parts.some(({ isRecomputed }) => isRecomputed);
  const stored = isStored ? await windowKv(run, place) : undefined;
  const window = isRun ? index.materialize(place.windowIndex, await host.text()) : undefined;
  const reader = await host.reader();
  for (const { startToken, endToken, isRecomputed } of joined(parts)) {
    if (isRecomputed) {
      await reader.choiceAfter(window!.tokens.subarray(startToken, endToken), cache, signal);
      continue;
    }
    cache.take(stored!.kv.decode(startToken - prefixTokenCount, endToken - prefixTokenCount));
    if (stored!.fromStore) context.cachedTokens += endToken - startToken;
  }
}

/** Parts that follow each other without a gap become one: a long run takes less time than several short ones. */
function joined(parts: readonly Part[]): Part[] {
  const whole: Part[] = [];
  for (const part of parts) {
    const last = whole.at(-1);
    const goesOn = last?.endToken === part.startToken && last.isRecomputed === part.isRecomputed;
    if (goesOn) whole.splice(-1, 1, { ...last, endToken: part.endToken });
    else whole.push(part);
  }
  return whole;
}

/** Keys and values of a window's header and blocks (all its tokens after the prefix). */
async function windowKv(
  { index, host, kvStore, signal }: Reads,
  { window, windowIndex }: BlockPlace,
): Promise<{ kv: StoredKv; fromStore: boolean }> {
  const tokenCount = window.tokenCount - window.prefixTokenCount;
  const stored = (await kvStore.readKv(window.id)) ?? (await kvStore.fetchKv(window.id, tokenCount, signal));
  if (stored) return { kv: stored, fromStore: true };
  const reader = await host.reader();
  const prefix = await host.prefix();
  const { tokens } = index.materialize(windowIndex, await host.text());
  const cache = reader.createCache(tokens.length, prefix.tokens);
  cache.append(prefix, 0, prefix.tokens);
  const encoded = await reader.encodeKv(tokens.subarray(prefix.tokens), cache, signal).finally(() => {
    cache.dispose();
  });
  // What is read now is what will be read from the store: the answer does not depend on which it was.
  return { kv: await kvStore.writeKv(window.id, encoded), fromStore: false };
}
