/**
 * Ways to leave most keys out, compared by what has to be looked at: the share of an exact scan's numbers that is read
 * until .98 of each query's 64 best blocks by fp32 are found. Times would compare how well each was written.
 */

import { quantizeKeys } from '../../server/store/keysInt8';
import { createSketches } from '../../server/landmark/search/createRows';
import { randomNumbers } from '../retrieval/bootstrap';

export interface Scheme {
  name: string;
  /** Numbers of the first level, of those of all keys. */
  first: number;
  /** Keys that are looked at then, of all keys. */
  second: number;
}

export interface KeySet {
  keyWidth: number;
  /** [blocks, keyWidth] */
  keys: Float32Array;
  blocksOfWindow: readonly number[];
  /** [queries, keyWidth] */
  queries: Float32Array;
}

const top = 64;
const recallWanted = 0.98;
const clusterRounds = 6;
const sampleOfCluster = 40;

export function compareSchemes(set: KeySet): Scheme[] {
  const blocks = set.keys.length / set.keyWidth;
  const scores = rowsOf(set.queries, set.keyWidth).map((query) => dotsOf(set.keys, query));
  const best = scores.map((row) => [...bestFirst(row).subarray(0, top)]);
  const least = scores.map((row, query) => row[best[query]!.at(-1)!]!);
  const windows = Uint32Array.from(
    set.blocksOfWindow.flatMap((size, at) => new Array<number>(size).fill(at)),
  );
  const byWindow = { of: windows, means: meansOf(set, windows, set.blocksOfWindow.length) };
  const clusters = clustersOf(set, Math.round(2 * Math.sqrt(blocks)));
  const grouped = (name: string, groups: Groups): Scheme[] => {
    const first = groups.means.length / set.keys.length;
    const unit = { ...groups, means: unitRows(groups.means, set.keyWidth) };
    return [
      { name: `${name}, best means first`, first, second: shareOfGroups(set, unit, best) },
      { name: `${name}, exact bounds`, first, second: shareOfBounds(set, groups, least) },
    ];
  };
  return [
    ...grouped('windows', byWindow),
    ...grouped('k-means clusters', clusters),
    { name: 'sketches (kept)', first: 1 / 8, second: shareOfSketches(set, best) },
  ];
}

interface Groups {
  /** [blocks] */
  of: Uint32Array;
  /** [groups, keyWidth] */
  means: Float32Array;
}

/** Of the best blocks, how much is looked at until each is met, groups in the order of their means' scores. */
function shareOfGroups(set: KeySet, { of, means }: Groups, best: readonly (readonly number[])[]): number {
  const sizes = new Uint32Array(means.length / set.keyWidth);
  for (const group of of) sizes[group]!++;
  const shares = rowsOf(set.queries, set.keyWidth).flatMap((query, at) => {
    const looked = new Float64Array(sizes.length);
    let sum = 0;
    for (const group of bestFirst(dotsOf(means, query))) looked[group] = sum += sizes[group]!;
    return best[at]!.map((block) => looked[of[block]!]! / of.length);
  });
  return wantedOf(shares);
}

/** No key of a group scores more than its mean, plus the query's length times how far the group's keys lie from it. */
function shareOfBounds(set: KeySet, { of, means }: Groups, least: readonly number[]): number {
  const { keyWidth, keys } = set;
  const reach = new Float64Array(means.length / keyWidth);
  of.forEach((group, block) => {
    let sum = 0;
    for (let r = 0; r < keyWidth; r++)
      sum += (keys[block * keyWidth + r]! - means[group * keyWidth + r]!) ** 2;
    reach[group] = Math.max(reach[group]!, Math.sqrt(sum));
  });
  const shares = rowsOf(set.queries, keyWidth).map((query, at) => {
    const scores = dotsOf(means, query);
    return of.filter((group) => scores[group]! + reach[group]! >= least[at]!).length / of.length;
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

function shareOfSketches(set: KeySet, best: readonly (readonly number[])[]): number {
  const blocks = set.keys.length / set.keyWidth;
  const { numbers } = quantizeKeys(set.keys, set.keyWidth);
  const sketches = createSketches(set.keyWidth);
  sketches.reserve(blocks);
  for (let block = 0; block < blocks; block++)
    sketches.set(block, numbers.subarray(block * set.keyWidth, (block + 1) * set.keyWidth));
  const shares = rowsOf(set.queries, set.keyWidth).flatMap((query, at) => {
    const ranks = new Uint32Array(blocks);
    bestFirst(Float32Array.from(sketches.estimates(query, blocks))).forEach((block, rank) => {
      ranks[block] = rank;
    });
    return best[at]!.map((block) => (ranks[block]! + 1) / blocks);
  });
  return wantedOf(shares);
}

function wantedOf(shares: readonly number[]): number {
  const sorted = [...shares].sort((left, right) => left - right);
  return sorted[Math.ceil(recallWanted * sorted.length) - 1]!;
}

/** Means of length 1, from a sample of blocks; each block then belongs to the mean it scores highest with. */
function clustersOf(set: KeySet, count: number): Groups {
  const { keys, keyWidth } = set;
  const random = randomNumbers(5);
  const rows = rowsOf(keys, keyWidth);
  const sample = rows.filter(() => random() * rows.length < count * sampleOfCluster);
  let means = new Float32Array(count * keyWidth);
  for (let group = 0; group < count; group++)
    means.set(sample[Math.floor(random() * sample.length)]!, group * keyWidth);
  for (let round = 0; round < clusterRounds; round++) {
    const sums = means.slice();
    for (const row of sample) {
      const at = nearest(means, row) * keyWidth;
      for (let r = 0; r < keyWidth; r++) sums[at + r]! += row[r]!;
    }
    means = unitRows(sums, keyWidth);
  }
  const of = Uint32Array.from(rows, (row) => nearest(means, row));
  return { of, means: meansOf(set, of, count) };
}

function nearest(means: Float32Array, key: Float32Array): number {
  const scores = dotsOf(means, key);
  let best = 0;
  for (let group = 1; group < scores.length; group++) if (scores[group]! > scores[best]!) best = group;
  return best;
}

function meansOf({ keys, keyWidth }: KeySet, of: Uint32Array, count: number): Float32Array {
  const means = new Float32Array(count * keyWidth);
  const sizes = new Uint32Array(count);
  of.forEach((group, block) => {
    sizes[group]!++;
    for (let r = 0; r < keyWidth; r++) means[group * keyWidth + r]! += keys[block * keyWidth + r]!;
  });
  return means.map((sum, at) => sum / Math.max(1, sizes[Math.floor(at / keyWidth)]!));
}

function unitRows(rows: Float32Array, width: number): Float32Array<ArrayBuffer> {
  const unit = new Float32Array(rows);
  for (const row of rowsOf(unit, width)) {
    const length = Math.sqrt(row.reduce((sum, number) => sum + number * number, 0));
    if (length > 0) for (let r = 0; r < width; r++) row[r]! /= length;
  }
  return unit;
}

function rowsOf(rows: Float32Array, width: number): Float32Array[] {
  return Array.from({ length: rows.length / width }, (_, at) => rows.subarray(at * width, (at + 1) * width));
}

function dotsOf(rows: Float32Array, query: Float32Array): Float32Array {
  const width = query.length;
  const dots = new Float32Array(rows.length / width);
  for (let row = 0, at = 0; row < dots.length; row++, at += width) {
    let [even, odd] = [0, 0];
    for (let r = 0; r < width; r += 2) {
      even += rows[at + r]! * query[r]!;
      odd += rows[at + r + 1]! * query[r + 1]!;
    }
    dots[row] = even + odd;
  }
  return dots;
}

function bestFirst(scores: Float32Array): Uint32Array {
  return Uint32Array.from(scores.keys()).sort((left, right) => scores[right]! - scores[left]!);
}
