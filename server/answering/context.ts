import { breathe } from '../concurrency';
import type { BlockPlace, WorkspaceIndex } from '../indexing/workspaceIndex';
import type { KvCache } from '../model/kvCache';
import type { ModelHost } from '../model/modelHost';
import type { StoredKv } from '../store/storedKv';
import type { WindowStore } from '../store/windowStore';
import type { Emit } from './engine';

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

/** What was placed before the question. */
export interface Context {
  /** Whoever asked for the context gives it back. */
  cache: KvCache;
  /** Tokens whose keys and values came from the store. */
  cachedTokens: number;
  /** The blocks that stand in the context: all that were given, unless the context is full. */
  read: BlockPlace[];
}

export interface Choice {
  /** In file and line order. */
  places: BlockPlace[];
  /** The block of the lowest rank that was chosen for its rank, not as a neighbour. */
  lastRanked: number | undefined;
}

/** Picks blocks to read in rank order, with neighbours of the best, within the limits. */
export function chooseBlocks(index: WorkspaceIndex, ranked: readonly number[], limits: ReadLimits): Choice {
  const chosen = new Set<number>();
  const windows = new Set<number>();
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
    const { windowIndex } = index.place(blockIndex);
    for (const neighbour of [blockIndex + 1, blockIndex - 1]) {
      if (index.blocksOfWindow(windowIndex).includes(neighbour)) take(neighbour);
    }
  });
  const inOrder = [...chosen].sort((left, right) => left - right);
  return { places: inOrder.map((blockIndex) => index.place(blockIndex)), lastRanked };
}

/**
 * Puts the prefix and the blocks' cached keys and values at consecutive positions. A window without stored KV
 * is encoded once and stored.
 *
 * @param room tokens to leave: all of the prompt, and for the answer what the context has left
 */
export async function readBlocks(
  index: WorkspaceIndex,
  host: ModelHost,
  store: WindowStore,
  places: readonly BlockPlace[],
  room: { prompt: number; answer: number },
  emit: Emit,
  signal: AbortSignal,
): Promise<Context> {
  const reader = await host.reader();
  const prefix = await host.prefix();
  const groups = groupByWindow(places);
  const blockTokens = places.reduce((sum, place) => sum + tokensOf(place), 0);
  const headerTokens = groups.reduce((sum, group) => sum + group[0]!.window.headerTokenCount, 0);
  const given = prefix.tokens + headerTokens + blockTokens;
  const wanted = given + room.prompt + room.answer;
  // What was asked for beyond the context ends the answer early, and is said there.
  const cache = reader.createCache(Math.min(wanted, reader.contextTokens), given);
  const readLimit = cache.capacity - room.prompt - Math.min(room.answer, answerTokensMin);
  const context: Context = { cache, cachedTokens: 0, read: [] };
  try {
    cache.append(prefix, 0, prefix.tokens);
    let path = '';
    for (const [done, group] of groups.entries()) {
      const { file, window } = group[0]!;
      const message = `reading ${file.path}`;
      emit({ type: 'progress', phase: 'read', done, total: groups.length, message });
      await breathe(signal);
      const { kv, fromStore } = await windowKv(index, host, store, group[0]!, signal);
      const before = cache.length;
      if (!placeWindow(context, group, kv, { withHeader: window.path !== path, readLimit })) break;
      path = window.path;
      if (fromStore) context.cachedTokens += cache.length - before;
    }
  } catch (error) {
    cache.dispose();
    throw error;
  }
  return context;
}

/**
 * Appends blocks of one window, after its header where the window before was another file's.
 *
 * @returns false where not even the first block fits
 */
function placeWindow(
  { cache, read }: Context,
  places: readonly BlockPlace[],
  kv: StoredKv,
  { withHeader, readLimit }: { withHeader: boolean; readLimit: number },
): boolean {
  const [first] = places;
  const { window } = first!;
  const headerTokenCount = withHeader ? window.headerTokenCount : 0;
  if (cache.length + headerTokenCount + tokensOf(first!) > readLimit) return false;
  appendPart(cache, kv, 0, headerTokenCount);
  for (const place of places) {
    if (cache.length + tokensOf(place) > readLimit) break;
    const { startToken, endToken } = window.blocks[place.blockOfWindow]!;
    read.push(place);
    appendPart(cache, kv, startToken - window.prefixTokenCount, endToken - window.prefixTokenCount);
  }
  return true;
}

function appendPart(cache: KvCache, kv: StoredKv, from: number, to: number): void {
  if (to > from) cache.take(kv.decode(from, to));
}

function groupByWindow(places: readonly BlockPlace[]): BlockPlace[][] {
  const groups = new Map<number, BlockPlace[]>();
  for (const place of places)
    groups.set(place.windowIndex, [...(groups.get(place.windowIndex) ?? []), place]);
  return [...groups.values()];
}

function tokensOf({ window, blockOfWindow }: BlockPlace): number {
  const { startToken, endToken } = window.blocks[blockOfWindow]!;
  return endToken - startToken;
}

/** Keys and values of a window's header and blocks (all its tokens after the prefix). */
async function windowKv(
  index: WorkspaceIndex,
  host: ModelHost,
  store: WindowStore,
  { window, windowIndex }: BlockPlace,
  signal: AbortSignal,
): Promise<{ kv: StoredKv; fromStore: boolean }> {
  const tokenCount = window.tokenCount - window.prefixTokenCount;
  const stored = (await store.readKv(window.id)) ?? (await store.fetchKv(window.id, tokenCount, signal));
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
  return { kv: await store.writeKv(window.id, encoded), fromStore: false };
}
