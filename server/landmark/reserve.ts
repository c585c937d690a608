/**
 * Places that fusion leaves to landmarks. Its weights were learned from questions most of which share words with their
 * answers, and in a large workspace some block shares words with any question. Where the answer shares none, landmarks alone
 * know it: so their best few blocks are read, whatever words say.
 */

import { topBlocks } from './fusion';

/** Blocks of the landmark arm that have a place. */
const reservedBlocks = 4;
/** The r-th of them comes at place `placesPerBlock * r` at the latest. */
const placesPerBlock = 4;

/**
 * Raises the scores of blocks that would come too late, each to just before the block in its place.
 *
 * @param scores [blocks] of fusion; changed
 * @param landmarkScores [blocks]
 */
export function reservePlaces(scores: Float32Array, landmarkScores: Float32Array): void {
  topBlocks(landmarkScores, reservedBlocks).forEach((blockIndex, rank) => {
    const place = placesPerBlock * (rank + 1);
    const first = topBlocks(scores, place);
    const [before, there] = [first[place - 2], first[place - 1]];
    if (before === undefined || there === undefined || first.includes(blockIndex)) return;
    scores[blockIndex] = (scores[before]! + scores[there]!) / 2;
  });
}
