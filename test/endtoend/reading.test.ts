/** What is put into a context: in which order, what of it is run anew, and what is left out where it is full. */

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contextTokens } from '../../bench/answers/refed';
import { openModel, type OpenModel } from '../../bench/answers/setup';
import { chooseBlocks, defaultReadLimits, readBlocks, type Reading } from '../../server/answering/context';
import type { Run } from '../../server/answering/run';
import type { BlockPlace } from '../../server/indexing/workspaceIndex';
import { readPackage } from '../../server/model/manifest';
import { packageFolder } from '../oracle/fixtures';
import { listen, never, source, ToyBench } from './toyEngine';

const bench = new ToyBench();
const room = { prompt: 16, answer: 64 };
const asked = [5, 6, 7, 8];
let model: OpenModel;
let run: Run;
/** The first blocks of two windows of each file. */
let blocks: number[];
beforeAll(async () => {
  await (await bench.engine()).dispose();
  const cacheFolder = join(bench.scratch, 'cache');
  const toy = await readPackage(packageFolder('toy-landmark'));
  model = openModel({ model: toy, cacheFolder, threads: 1, ggufPath: '' });
  run = await model.runOf(bench.folder({ 'a.py': source(80), 'b.py': source(80, 'other') }));
  const { index } = run;
  blocks = ['a.py', 'b.py'].flatMap((path) => {
    const windows = [...index.windows.keys()].filter((at) => index.windows[at]!.path === path);
    return windows.slice(0, 2).flatMap((at) => [...index.blocksOfWindow(at)].slice(0, 3));
  });
  expect(blocks).toHaveLength(12);
});
afterAll(async () => {
  await model.close();
  bench.remove();
});

const placesOf = (of: readonly number[]): BlockPlace[] => of.map((block) => run.index.place(block));
const indicesOf = (places: readonly BlockPlace[]): number[] => places.map(({ blockIndex }) => blockIndex);

/** Logits after what was read and a few tokens more. */
async function logitsOf(reading: Reading): Promise<Float32Array> {
  const { cache } = await readBlocks(run, reading, room);
  const logits = await (await run.host.reader()).logitsAfter(asked, cache, never);
  cache.dispose();
  return logits;
}

function distance(left: Float32Array, right: Float32Array): number {
  return Math.max(...left.map((logit, at) => Math.abs(logit - right[at]!)));
}

describe('what is chosen', () => {
  it('is read window by window, that of the best block last', () => {
    const [a1, a2, a3, other, , , b1, b2] = blocks as [number, ...number[]];
    const { places, lastRanked } = chooseBlocks(run.index, [b2!, a3!, other!, a1, b1!], {
      ...defaultReadLimits,
      withNeighbours: 0,
    });
    expect(indicesOf(places)).toEqual([other, a1, a3, b1, b2]);
    expect(lastRanked).toBe(b1);
    expect(a2).toBe(a1 + 1);
  });

  it('is run anew where it ranks best, with the neighbours that come along', () => {
    const [a1, a2, , other, another, , b1, b2, b3] = blocks as [number, ...number[]];
    const { places, recomputed } = chooseBlocks(run.index, [b2!, a1, another!], defaultReadLimits);
    expect(indicesOf(places)).toEqual([another, a1, a2, b1, b2, b3]);
    expect([...recomputed].sort((left, right) => left - right)).toEqual([a1, a2, b1, b2, b3]);
    expect(recomputed.has(other!)).toBe(false);
  });
});

describe('what is run anew', () => {
  it('is as if all of the text had been read at once, where that is everything', async () => {
    const places = placesOf(blocks);
    const reader = await run.host.reader();
    const tokens = [...(await contextTokens(run, places)), ...asked];
    const cache = reader.createCache(tokens.length);
    const text = await reader.logitsAfter(tokens, cache, never);
    cache.dispose();
    const anew = distance(await logitsOf({ places, recomputed: new Set(blocks) }), text);
    const stored = distance(await logitsOf({ places }), text);
    expect(anew).toBeLessThan(stored / 4);
    // The nearer to the question, the more is gained.
    const some = distance(await logitsOf({ places, recomputed: new Set(blocks.slice(-6)) }), text);
    expect(some).toBeLessThan(stored);
    expect(some).toBeGreaterThan(anew);
  });

  it('is not counted as taken from the store, and what is read of a window beside it is', async () => {
    const places = placesOf(blocks);
    (await readBlocks(run, { places }, room)).cache.dispose();
    const whole = await readBlocks(run, { places }, room);
    const recomputed = new Set(blocks.slice(-2));
    const part = await readBlocks(run, { places, recomputed }, room);
    const tokens = part.read.slice(-2).map(({ window, blockOfWindow }) => window.blocks[blockOfWindow]!);
    const count = tokens.reduce((sum, { startToken, endToken }) => sum + endToken - startToken, 0);
    expect(part.cache).toHaveLength(whole.cache.length);
    expect(whole.cachedTokens - part.cachedTokens).toBe(count);
    for (const { cache } of [whole, part]) cache.dispose();
  });

  it('needs nothing that is stored of a window of which it is all', async () => {
    const { index } = run;
    const at = index.windows.length - 1;
    const block = index.blocksOfWindow(at)[0]!;
    const { id } = index.windows[at]!;
    const places = placesOf([blocks[0]!, block]);
    (await readBlocks(run, { places, recomputed: new Set([block]) }, room)).cache.dispose();
    expect(await run.kvStore.readKv(id)).toBeUndefined();
    (await readBlocks(run, { places }, room)).cache.dispose();
    expect(await run.kvStore.readKv(id)).toBeDefined();
  });
});

describe('where the context is full', () => {
  it('the first blocks are left out of those whose best stand last, and else the last', async () => {
    const { contextTokens: all } = await run.host.reader();
    const places = placesOf(blocks);
    const { tokens: prefix } = await run.host.prefix();
    const header = places[0]!.window.headerTokenCount;
    const [{ startToken, endToken }] = [places[0]!.window.blocks[places[0]!.blockOfWindow]!];
    // Room for the prefix and about two blocks.
    const narrow = { prompt: all - prefix - 64 - 2 * (header + endToken - startToken), answer: 64 };
    const first = await readBlocks(run, { places }, narrow);
    const last = await readBlocks(run, { places, recomputed: new Set() }, narrow);
    expect(indicesOf(first.read)).toEqual(blocks.slice(0, first.read.length));
    expect(indicesOf(last.read)).toEqual(blocks.slice(-last.read.length));
    for (const { read, cache } of [first, last]) {
      expect(read.length).toBeGreaterThan(0);
      expect(read.length).toBeLessThan(blocks.length);
      expect(cache.length).toBeLessThanOrEqual(all - narrow.prompt - narrow.answer);
      cache.dispose();
    }
  });

  it('is told which file is being read, window by window', async () => {
    const heard = listen();
    const places = placesOf(blocks);
    (await readBlocks({ ...run, emit: heard.emit }, { places }, room)).cache.dispose();
    const messages = heard.of('progress').map(({ done, total, message }) => [done, total, message]);
    const paths = ['a.py', 'a.py', 'b.py', 'b.py'];
    expect(messages).toEqual(paths.map((path, at) => [at, 4, `reading ${path}`]));
  });
});
