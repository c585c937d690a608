/** Landmark keys of a workspace of a given size: what they take, how soon they are there, how soon they answer. */

import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { topBlocks } from '../../server/landmark/fusion';
import { LandmarkKeys } from '../../server/landmark/keys';
import { WindowStore } from '../../server/store/windowStore';
import { enlarge } from './enlarge';
import { ExactBest, meanShareFound } from './exact';
import type { RealKeys } from './realKeys';
import { elapsed, heldMegabytes, timesOf, type Times } from './times';

export interface KeysMeasured {
  blocks: number;
  /** From closed files to a filled search structure. */
  openMs: number;
  /** Keys and sketches. */
  ramMegabytes: number;
  exact: Arm;
  twoLevels: Arm;
  /** Of the 64 best by the exact scan, those that two levels find. */
  recallOfExact: number;
  /** What `LandmarkKeys` does by itself at this size. */
  usual: 'exact' | 'twoLevels';
  /** Scoring in plain JavaScript over int8, as on a machine without vectors. */
  plainMs: number;
}

export interface Arm {
  /** Score all blocks and choose the best. */
  ms: Times;
  /** Of the 64 best by fp32. */
  recall: number;
}

interface Asked extends Arm {
  /** The 64 best of each query. */
  best: ReadonlySet<number>[];
}

export const recallTop = 64;
/** Every query so often. */
const rounds = 4;
/** Each size is measured both ways. */
const always = { exact: { exactBlocksMax: Infinity }, twoLevels: { exactBlocksMax: 0 } };

export async function measureKeys(real: RealKeys, blocks: number): Promise<KeysMeasured> {
  const folder = mkdtempSync(join(tmpdir(), 'landmark-bench-search-'));
  const shape = { keyWidth: real.keyWidth, layers: 1, kvHeads: 1, headDim: 64 };
  const open = (): Promise<WindowStore> =>
    WindowStore.open({ folder, packageId: 'bench', shape, kvRamBytes: 0 });
  try {
    const best = new ExactBest(real.queries, real.keyWidth, recallTop);
    const firstBlocks = await write(await open(), real, blocks, best);
    const load = async (options?: ConstructorParameters<typeof LandmarkKeys>[2]): Promise<LandmarkKeys> => {
      const store = await open();
      const keys = new LandmarkKeys(real.keyWidth, blocks, options);
      const ids = [...firstBlocks.keys()];
      await store.readAllKeys(
        ids,
        (id, stored) => {
          keys.set(firstBlocks.get(id)!, stored);
        },
        new AbortController().signal,
      );
      await store.close();
      return keys;
    };
    const before = await heldMegabytes();
    const start = performance.now();
    const usualKeys = await load();
    const openMs = performance.now() - start;
    if (usualKeys.count !== blocks) throw new Error(`${usualKeys.count} of ${blocks} keys were loaded`);
    const ramMegabytes = (await heldMegabytes()) - before;
    const wanted = [...queriesOf(real).keys()].map((at) => best.of(at));
    const { best: bestOfScan, ...exact } = ask(await load(always.exact), real, wanted);
    const { best: bestOfTwoLevels, ...twoLevels } = ask(await load(always.twoLevels), real, wanted);
    const recallOfExact = meanShareFound(bestOfTwoLevels, bestOfScan);
    const plain = await load({ ...always.exact, kind: 'plain' });
    const query = real.queries.subarray(0, real.keyWidth);
    plain.scores(query);
    const plainMs = elapsed(() => plain.scores(query));
    const usual = usualKeys.scores(query).some((score) => Number.isNaN(score)) ? 'twoLevels' : 'exact';
    return { blocks, openMs, ramMegabytes, exact, twoLevels, recallOfExact, usual, plainMs };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @returns window id to its first block */
async function write(
  store: WindowStore,
  real: RealKeys,
  blocks: number,
  best: ExactBest,
): Promise<Map<string, number>> {
  const firstBlocks = new Map<string, number>();
  let firstBlock = 0;
  for (const keys of enlarge(real, blocks)) {
    const id = createHash('sha256').update(`${firstBlock}`).digest('hex');
    firstBlocks.set(id, firstBlock);
    await store.writeKeys(id, keys);
    best.add(firstBlock, keys);
    firstBlock += keys.length / real.keyWidth;
  }
  await store.close();
  return firstBlocks;
}

/** @param wanted the best blocks of each query */
function ask(keys: LandmarkKeys, real: RealKeys, wanted: readonly ReadonlySet<number>[]): Asked {
  const queries = queriesOf(real);
  const milliseconds: number[] = [];
  const best: Set<number>[] = [];
  for (let turn = 0; turn < queries.length * rounds; turn++) {
    let found: number[] = [];
    milliseconds.push(
      elapsed(() => {
        found = topBlocks(keys.scores(queries[turn % queries.length]!), recallTop);
      }),
    );
    if (turn < queries.length) best.push(new Set(found));
  }
  // The first run compiles.
  return { ms: timesOf(milliseconds.slice(1)), recall: meanShareFound(best, wanted), best };
}

function queriesOf({ queries, keyWidth }: RealKeys): Float32Array[] {
  const count = queries.length / keyWidth;
  return Array.from({ length: count }, (_, at) => queries.subarray(at * keyWidth, (at + 1) * keyWidth));
}
