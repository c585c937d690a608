/**
 * Ranks of blocks and their fusion. A score of NaN or exactly 0 is no evidence: a block without a landmark key
 * scores NaN, a block that shares no word with the question scores 0. Such a block has no rank and gains
 * nothing from that arm; otherwise an arm that found nothing would still favour the first blocks.
 */

/** Softens the lead of the first ranks; smaller values trust each arm's first hits more. */
export const reciprocalRankOffset = 20;

/** The rank of a block that an arm says nothing about. */
export const unranked = -1;

/** [blocks] 0 for the best; ties go to the lower index; `unranked` without evidence. */
export function rankOf(scores: Float32Array): Int32Array {
  const ranks = new Int32Array(scores.length).fill(unranked);
  orderByScore(scores).forEach((blockIndex, rank) => {
    ranks[blockIndex] = rank;
  });
  return ranks;
}

/**
 * Reciprocal rank fusion: the sum over arms of 1 / (20 + rank).
 *
 * @param arms [blocks] scores of each arm, all of one length
 * @returns [blocks]; 0 where no arm has evidence
 */
export function fuseByRank(arms: readonly Float32Array[]): Float32Array {
  return fuseRanks(arms.map(rankOf));
}

/**
 * The same of ranks that are known already.
 *
 * @param arms [blocks] ranks of each arm
 */
export function fuseRanks(arms: readonly Int32Array[]): Float32Array {
  const fused = new Float32Array(arms[0]?.length ?? 0);
  for (const ranks of arms) {
    if (ranks.length !== fused.length) throw new RangeError('Arms to fuse must score the same blocks.');
    ranks.forEach((rank, blockIndex) => {
      if (rank !== unranked) fused[blockIndex]! += 1 / (reciprocalRankOffset + rank);
    });
  }
  return fused;
}

/** Indices of the best `top` blocks, best first; ties go to the lower index. Fewer where evidence ends. */
export function topBlocks(scores: Float32Array, top: number): number[] {
  const heap = new WorstFirstHeap(scores, Math.max(0, Math.floor(top)));
  for (let blockIndex = 0; blockIndex < scores.length; blockIndex++) {
    if (hasEvidence(scores[blockIndex]!)) heap.offer(blockIndex);
  }
  return heap.bestFirst();
}

function hasEvidence(score: number): boolean {
  return score !== 0 && !Number.isNaN(score);
}

/**
 * Indices of the blocks with evidence, best first. A stable radix sort over two 16-bit digits: linear in the
 * number of blocks, and ties keep the order of their indices without a comparison.
 */
function orderByScore(scores: Float32Array): Uint32Array {
  const digits = descendingBits(scores);
  let order: Uint32Array = new Uint32Array(scores.length);
  let count = 0;
  for (let blockIndex = 0; blockIndex < scores.length; blockIndex++) {
    if (hasEvidence(scores[blockIndex]!)) order[count++] = blockIndex;
  }
  order = order.subarray(0, count);
  for (const shift of [0, 16]) order = sortByDigit(order, digits, shift);
  return order;
}

function sortByDigit(order: Uint32Array, digits: Uint32Array, shift: number): Uint32Array {
  const starts = new Uint32Array(0x1_0001);
  for (const blockIndex of order) starts[((digits[blockIndex]! >>> shift) & 0xffff) + 1]!++;
  for (let digit = 0; digit < 0x1_0000; digit++) starts[digit + 1]! += starts[digit]!;
  const sorted = new Uint32Array(order.length);
  for (const blockIndex of order) sorted[starts[(digits[blockIndex]! >>> shift) & 0xffff]!++] = blockIndex;
  return sorted;
}

/** Maps scores to unsigned integers that ascend where scores descend. */
function descendingBits(scores: Float32Array): Uint32Array {
  const bits = new Uint32Array(scores.slice().buffer);
  for (let blockIndex = 0; blockIndex < bits.length; blockIndex++) {
    const value = bits[blockIndex]!;
    // The bits of positive floats ascend with them, those of negative floats descend.
    bits[blockIndex] = value & 0x8000_0000 ? value : ~value & 0x7fff_ffff;
  }
  return bits;
}

/** Keeps the best `capacity` blocks; the worst of them stands on top, ready to be replaced. */
class WorstFirstHeap {
  readonly #scores: Float32Array;
  readonly #capacity: number;
  readonly #heap: number[] = [];

  constructor(scores: Float32Array, capacity: number) {
    this.#scores = scores;
    this.#capacity = capacity;
  }

  offer(blockIndex: number): void {
    if (this.#heap.length < this.#capacity) {
      this.#heap.push(blockIndex);
      this.#raise(this.#heap.length - 1);
    } else if (this.#capacity > 0 && this.#isWorse(this.#heap[0]!, blockIndex)) {
      this.#heap[0] = blockIndex;
      this.#sink(0);
    }
  }

  bestFirst(): number[] {
    return this.#heap.toSorted((left, right) => (this.#isWorse(left, right) ? 1 : -1));
  }

  #isWorse(left: number, right: number): boolean {
    const difference = this.#scores[left]! - this.#scores[right]!;
    return difference === 0 ? left > right : difference < 0;
  }

  #raise(from: number): void {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >>> 1;
      if (!this.#isWorse(this.#heap[at]!, this.#heap[parent]!)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(from: number): void {
    for (let at = from; ;) {
      let worst = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.#heap.length && this.#isWorse(this.#heap[child]!, this.#heap[worst]!)) worst = child;
      }
      if (worst === at) return;
      this.#swap(at, worst);
      at = worst;
    }
  }

  #swap(left: number, right: number): void {
    [this.#heap[left], this.#heap[right]] = [this.#heap[right]!, this.#heap[left]!];
  }
}
