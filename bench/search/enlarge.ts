/**
 * Landmark keys for a workspace of any size, out of real ones: each made window is a real window's keys with less than
 * half of another real window's mixed in, and some noise. So keys lie as near to their window, to each other and to
 * real questions as real keys do, and no key stands twice.
 */

import type { RealKeys } from './realKeys';
import { randomNumbers } from '../retrieval/bootstrap';

const own = 0.7;
const others = 0.45;
const noise = 0.3;
/** Each head of each routing layer gives a part of a key, all of one length. */
const partNumbers = 64;

/** Yields [blocks, keyWidth] of one window after the other until there are so many blocks. */
export function* enlarge(real: RealKeys, blockCount: number): Generator<Float32Array> {
  const random = randomNumbers(3);
  const { keyWidth, blocksOfWindow } = real;
  const starts = new Uint32Array(blocksOfWindow.length);
  for (let at = 1; at < starts.length; at++) starts[at] = starts[at - 1]! + blocksOfWindow[at - 1]!;
  const pick = (): number => Math.floor(random() * blocksOfWindow.length);
  for (let made = 0; made < blockCount;) {
    const [one, other] = [pick(), pick()];
    const blocks = Math.min(blocksOfWindow[one]!, blockCount - made);
    const keys = new Float32Array(blocks * keyWidth);
    for (let block = 0; block < blocks; block++) {
      const from = (starts[one]! + block) * keyWidth;
      const mixed = (starts[other]! + (block % blocksOfWindow[other]!)) * keyWidth;
      for (let r = 0; r < keyWidth; r++) {
        // Of variance 1, and near enough to normal once 64 of them are summed.
        const even = (random() - 0.5) * Math.sqrt(12);
        keys[block * keyWidth + r] =
          own * real.keys[from + r]! + others * real.keys[mixed + r]! + (noise * even) / Math.sqrt(keyWidth);
      }
    }
    makeUnit(keys, keyWidth);
    yield keys;
    made += blocks;
  }
}

/** Gives every part of every key the same length, and every key the length 1. */
function makeUnit(keys: Float32Array, keyWidth: number): void {
  const partLength = Math.sqrt(partNumbers / keyWidth);
  for (let at = 0; at < keys.length; at += partNumbers) {
    const part = keys.subarray(at, at + partNumbers);
    const length = Math.sqrt(part.reduce((sum, number) => sum + number * number, 0));
    for (let r = 0; r < partNumbers; r++) part[r] = (part[r]! / length) * partLength;
  }
}
