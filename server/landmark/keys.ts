import { assertInvariant } from '../errors';

/** The landmark keys of all blocks of a workspace, dense, for an exact scan. Blocks may lack a key. */
export class LandmarkKeys {
  #blockCount: number;
  #count = 0;
  /** [capacity, keyWidth]; rows of absent keys are zero. */
  #keys: Float32Array;
  /** [capacity] 1 where the block has a key. */
  #present: Uint8Array;

  /**
   * @param keyWidth R: numbers of a landmark key (layers * kv heads * head dimension)
   * @param blockCount how many blocks the workspace has; `set` beyond it adds blocks
   */
  constructor(
    readonly keyWidth: number,
    blockCount = 0,
  ) {
    assertInvariant(Number.isInteger(keyWidth) && keyWidth > 0, `a landmark key has ${keyWidth} numbers`);
    this.#blockCount = blockCount;
    this.#keys = new Float32Array(blockCount * keyWidth);
    this.#present = new Uint8Array(blockCount);
  }

  get blockCount(): number {
    return this.#blockCount;
  }

  /** How many blocks have a key. */
  get count(): number {
    return this.#count;
  }

  /** @param keys [n, keyWidth] keys of `n` consecutive blocks: one key, or those of a whole window */
  set(firstBlockIndex: number, keys: Float32Array): void {
    const blocks = keys.length / this.keyWidth;
    assertInvariant(Number.isInteger(blocks), `${keys.length} numbers are whole keys of ${this.keyWidth}`);
    this.#grow(firstBlockIndex + blocks);
    this.#keys.set(keys, firstBlockIndex * this.keyWidth);
    for (let blockIndex = firstBlockIndex; blockIndex < firstBlockIndex + blocks; blockIndex++) {
      this.#count += 1 - this.#present[blockIndex]!;
      this.#present[blockIndex] = 1;
    }
  }

  /** Takes over the keys of `blocks` consecutive blocks from `other`, as far as they are there. */
  copy(firstBlockIndex: number, other: LandmarkKeys, otherFirstBlockIndex: number, blocks: number): void {
    assertInvariant(
      other.keyWidth === this.keyWidth,
      `keys of ${other.keyWidth} meet ${this.keyWidth} numbers`,
    );
    this.#grow(firstBlockIndex + blocks);
    const row = otherFirstBlockIndex * this.keyWidth;
    const rows = other.#keys.subarray(row, row + blocks * this.keyWidth);
    this.#keys.set(rows, firstBlockIndex * this.keyWidth);
    for (let at = 0; at < blocks; at++) {
      const present = other.#present[otherFirstBlockIndex + at]!;
      this.#count += present - this.#present[firstBlockIndex + at]!;
      this.#present[firstBlockIndex + at] = present;
    }
  }

  has(blockIndex: number): boolean {
    return blockIndex < this.#blockCount && this.#present[blockIndex] === 1;
  }

  /** Inner product of one block's key with a landmark query; -1, the least there can be, where it has no key. */
  score(blockIndex: number, query: Float32Array): number {
    if (!this.has(blockIndex)) return -1;
    const row = blockIndex * this.keyWidth;
    const score = new Float32Array(1);
    innerProducts(
      this.#keys.subarray(row, row + this.keyWidth),
      this.#present.subarray(blockIndex, blockIndex + 1),
      query,
      score,
    );
    return score[0]!;
  }

  /** [blocks] inner products with a landmark query of `keyWidth` numbers; NaN where a block has no key. */
  scores(query: Float32Array): Float32Array {
    assertInvariant(
      query.length === this.keyWidth,
      `a query of ${query.length} numbers meets ${this.keyWidth}`,
    );
    const scores = new Float32Array(this.#blockCount);
    innerProducts(this.#keys, this.#present, query, scores);
    return scores;
  }

  /** Doubles the room, so that adding block by block stays linear. */
  #grow(blockCount: number): void {
    if (blockCount <= this.#blockCount) return;
    this.#blockCount = blockCount;
    if (blockCount <= this.#present.length) return;
    const capacity = Math.max(blockCount, this.#present.length * 2);
    const keys = new Float32Array(capacity * this.keyWidth);
    keys.set(this.#keys);
    const present = new Uint8Array(capacity);
    present.set(this.#present);
    this.#keys = keys;
    this.#present = present;
  }
}

/**
 * The hot loop of routing. Four sums hide the latency of an addition; the rest of the width follows singly.
 *
 * @param keys [blocks, width]
 * @param present [blocks]
 * @param query [width]
 * @param scores [blocks], written
 */
function innerProducts(
  keys: Float32Array,
  present: Uint8Array,
  query: Float32Array,
  scores: Float32Array,
): void {
  const width = query.length;
  const wholeFours = width - (width % 4);
  for (let blockIndex = 0, row = 0; blockIndex < scores.length; blockIndex++, row += width) {
    if (present[blockIndex] === 0) {
      scores[blockIndex] = NaN;
      continue;
    }
    let sum0 = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    for (let at = 0; at < wholeFours; at += 4) {
      sum0 += keys[row + at]! * query[at]!;
      sum1 += keys[row + at + 1]! * query[at + 1]!;
      sum2 += keys[row + at + 2]! * query[at + 2]!;
      sum3 += keys[row + at + 3]! * query[at + 3]!;
    }
    for (let at = wholeFours; at < width; at++) sum0 += keys[row + at]! * query[at]!;
    scores[blockIndex] = sum0 + sum1 + (sum2 + sum3);
  }
}
