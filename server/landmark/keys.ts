import { assertInvariant } from '../errors';
import { bestByEstimate, leftOut } from './search/candidates';
import { createRows, createSketches, type ScanKind } from './search/createRows';
import { scanQuery, type ScanQuery } from './search/query';
import { roomGrowth, type RowMemory } from './search/rowMemory';
import type { Sketches } from './search/sketches';

/** Landmark keys of consecutive blocks, as the store keeps them: `numbers[b, r] * scales[b]`. */
export interface Int8Keys {
  /** [blocks, keyWidth] */
  numbers: Int8Array;
  /** [blocks] */
  scales: Float32Array;
}

export interface SearchOptions {
  /** How rows are scanned; the best that the machine has. */
  kind?: ScanKind;
  /** More blocks than this are chosen by their sketches first. */
  exactBlocksMax?: number;
  /** Blocks that sketches choose at least. */
  candidatesMin?: number;
}

/** 8 million tokens: so many rows of 768 numbers are read in about 10 ms by one core. */
const defaultExactBlocksMax = 2 ** 17;
/** Measured: of the 64 best of 60,000 blocks .9998 stand among the 2,048 best sketches, see docs/search.md. */
const defaultCandidatesMin = 4096;
/** In a larger workspace more blocks come near the best: of the 64 best of 1.6 M 6,200 candidates find .968, 12,400 .991. */
const candidateShare = 1 / 128;

/**
 * The landmark keys of all blocks of a workspace, int8 with a scale per block. Blocks may lack a key.
 *
 * Up to a size every key meets the query. Beyond it two levels do: the sketches of all keys, then the keys whose
 * sketches promise most. Scores are those of the exact scan wherever there is one.
 */
export class LandmarkKeys {
  #blockCount = 0;
  #count = 0;
  /** [capacity, keyWidth] */
  readonly #rows: RowMemory;
  /** [capacity] NaN where the block has no key, so that its score is NaN. */
  #scales = new Float32Array(0);
  /** Of every block that has a key, once there are more than `exactBlocksMax`. */
  #sketches: Sketches | undefined;
  readonly #kind: ScanKind | undefined;
  readonly #exactBlocksMax: number;
  readonly #candidatesMin: number;

  /**
   * @param keyWidth R: numbers of a landmark key (layers * kv heads * head dimension)
   * @param blockCount how many blocks the workspace has; `set` beyond it adds blocks
   */
  constructor(
    readonly keyWidth: number,
    blockCount = 0,
    options: SearchOptions = {},
  ) {
    assertInvariant(Number.isInteger(keyWidth) && keyWidth > 0, `a landmark key has ${keyWidth} numbers`);
    this.#kind = options.kind;
    this.#exactBlocksMax = options.exactBlocksMax ?? defaultExactBlocksMax;
    this.#candidatesMin = options.candidatesMin ?? defaultCandidatesMin;
    this.#rows = createRows(keyWidth, this.#kind);
    this.#grow(blockCount);
  }

  get blockCount(): number {
    return this.#blockCount;
  }

  /** How many blocks have a key. */
  get count(): number {
    return this.#count;
  }

  /** @param keys of consecutive blocks: one key, or those of a whole window */
  set(firstBlockIndex: number, { numbers, scales }: Int8Keys): void {
    const blocks = scales.length;
    assertInvariant(
      numbers.length === blocks * this.keyWidth,
      `${numbers.length} numbers are ${blocks} keys of ${this.keyWidth}`,
    );
    this.#grow(firstBlockIndex + blocks);
    this.#rows.set(firstBlockIndex, numbers);
    for (let at = 0; at < blocks; at++) {
      if (!this.has(firstBlockIndex + at)) this.#count++;
      this.#scales[firstBlockIndex + at] = scales[at]!;
      this.#sketch(firstBlockIndex + at);
    }
  }

  /** Takes over the keys of `blocks` consecutive blocks from `other`, as far as they are there. */
  copy(firstBlockIndex: number, other: LandmarkKeys, otherFirstBlockIndex: number, blocks: number): void {
    assertInvariant(
      other.keyWidth === this.keyWidth,
      `keys of ${other.keyWidth} meet ${this.keyWidth} numbers`,
    );
    this.#grow(firstBlockIndex + blocks);
    for (let at = 0; at < blocks; at++) {
      const from = otherFirstBlockIndex + at;
      if (other.has(from)) {
        this.set(firstBlockIndex + at, {
          numbers: other.#rows.row(from),
          scales: other.#scales.subarray(from, from + 1),
        });
      } else {
        this.delete(firstBlockIndex + at, 1);
      }
    }
  }

  /** Forgets the keys of consecutive blocks; their places stay, and can be set again. */
  delete(firstBlockIndex: number, blocks: number): void {
    for (let blockIndex = firstBlockIndex; blockIndex < firstBlockIndex + blocks; blockIndex++) {
      if (!this.has(blockIndex)) continue;
      this.#count--;
      this.#scales[blockIndex] = NaN;
    }
  }

  has(blockIndex: number): boolean {
    return blockIndex < this.#blockCount && !Number.isNaN(this.#scales[blockIndex]!);
  }

  /**
   * How many blocks inside have a key.
   *
   * @param inside [blocks] 0 for blocks that are left out; everything where it is missing
   */
  countInside(inside?: Uint8Array): number {
    if (!inside) return this.#count;
    let count = 0;
    for (let blockIndex = 0; blockIndex < this.#blockCount; blockIndex++) {
      if (this.#isAsked(blockIndex, inside)) count++;
    }
    return count;
  }

  /** Inner product of one block's key with a landmark query; -1, the least there can be, where it has no key. */
  score(blockIndex: number, query: Float32Array): number {
    if (!this.has(blockIndex)) return -1;
    const scores = new Float32Array(1);
    this.#score(scanQuery(query), blockIndex, 1, new Int32Array(scores.buffer), scores, 0);
    return scores[0]!;
  }

  /**
   * [blocks] inner products with a landmark query; NaN where a block has no key, is outside, or was not looked at
   * because too many others promise more.
   *
   * @param query [keyWidth]
   * @param inside [blocks] 0 for blocks that are left out
   */
  scores(query: Float32Array, inside?: Uint8Array): Float32Array {
    assertInvariant(
      query.length === this.keyWidth,
      `a query of ${query.length} numbers meets ${this.keyWidth}`,
    );
    const scores = new Float32Array(this.#blockCount);
    const scan = scanQuery(query);
    // Each inner product lies where its score will: nothing is allocated for them.
    const dots = new Int32Array(scores.buffer);
    if (!inside && !this.#sketches) {
      this.#score(scan, 0, this.#blockCount, dots, scores, 0);
      return scores;
    }
    scores.fill(NaN);
    const chosen = this.#chosen(query, inside);
    for (let at = 0, end = 1; at < chosen.length; at = end++) {
      // Neighbours are scanned at once.
      while (chosen[end] === chosen[end - 1]! + 1) end++;
      this.#score(scan, chosen[at]!, end - at, dots, scores, chosen[at]!);
    }
    return scores;
  }

  /** Blocks whose keys meet the query, ascending: all that are inside, or those with the best sketches. */
  #chosen(query: Float32Array, inside: Uint8Array | undefined): Uint32Array {
    const asked = this.countInside(inside);
    if (!this.#sketches || asked <= this.#exactBlocksMax) return this.#asked(inside, asked);
    const estimates = this.#sketches.estimates(query, this.#blockCount);
    if (asked < this.#blockCount) {
      for (let blockIndex = 0; blockIndex < estimates.length; blockIndex++) {
        if (!this.#isAsked(blockIndex, inside)) estimates[blockIndex] = leftOut;
      }
    }
    const candidates = Math.max(this.#candidatesMin, Math.ceil(asked * candidateShare));
    return bestByEstimate(estimates, candidates);
  }

  #asked(inside: Uint8Array | undefined, count: number): Uint32Array {
    const blocks = new Uint32Array(count);
    let found = 0;
    for (let blockIndex = 0; blockIndex < this.#blockCount; blockIndex++) {
      if (this.#isAsked(blockIndex, inside)) blocks[found++] = blockIndex;
    }
    return blocks;
  }

  #isAsked(blockIndex: number, inside: Uint8Array | undefined): boolean {
    return inside?.[blockIndex] !== 0 && !Number.isNaN(this.#scales[blockIndex]!);
  }

  /** Writes the scores of consecutive blocks to `scores[at]` and what follows; `dots` is the same memory. */
  #score(
    query: ScanQuery,
    firstBlockIndex: number,
    blocks: number,
    dots: Int32Array,
    scores: Float32Array,
    at: number,
  ): void {
    this.#rows.dots(query, firstBlockIndex, blocks, dots, at);
    const scales = this.#scales;
    for (let block = 0; block < blocks; block++) {
      scores[at + block] = dots[at + block]! * query.scale * scales[firstBlockIndex + block]!;
    }
  }

  #sketch(blockIndex: number): void {
    this.#sketches?.set(blockIndex, this.#rows.row(blockIndex));
  }

  #grow(blockCount: number): void {
    if (blockCount <= this.#blockCount) return;
    const held = this.#blockCount;
    this.#blockCount = blockCount;
    this.#rows.reserve(blockCount);
    if (blockCount > this.#scales.length) {
      const scales = new Float32Array(Math.ceil(Math.max(blockCount, this.#scales.length * roomGrowth)));
      scales.set(this.#scales);
      this.#scales = scales.fill(NaN, held);
    }
    if (blockCount <= this.#exactBlocksMax) return;
    const hadSketches = this.#sketches !== undefined;
    this.#sketches ??= createSketches(this.keyWidth, this.#kind);
    this.#sketches.reserve(blockCount);
    if (hadSketches) return;
    for (let blockIndex = 0; blockIndex < held; blockIndex++) {
      if (this.has(blockIndex)) this.#sketch(blockIndex);
    }
  }
}
