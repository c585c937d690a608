/** The best blocks of each query by exact fp32 scores, without holding all keys. */
export class ExactBest {
  /** Per query, unsorted; the worst of them is found again when one is replaced. */
  readonly #blocks: number[][];
  readonly #scores: number[][];
  readonly #least: number[];

  /** @param queries [n, keyWidth] */
  constructor(
    private readonly queries: Float32Array,
    private readonly keyWidth: number,
    private readonly top: number,
  ) {
    const count = queries.length / keyWidth;
    this.#blocks = Array.from({ length: count }, () => []);
    this.#scores = Array.from({ length: count }, () => []);
    this.#least = new Array<number>(count).fill(-Infinity);
  }

  /** @param keys [blocks, keyWidth] */
  add(firstBlock: number, keys: Float32Array): void {
    for (let at = 0; at < keys.length; at += this.keyWidth) {
      for (let query = 0; query < this.#blocks.length; query++) {
        const score = this.#score(query, keys, at);
        if (score > this.#least[query]!) this.#keep(query, firstBlock + at / this.keyWidth, score);
      }
    }
  }

  of(query: number): ReadonlySet<number> {
    return new Set(this.#blocks[query]);
  }

  #score(query: number, keys: Float32Array, at: number): number {
    const { queries, keyWidth } = this;
    const from = query * keyWidth;
    let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
    for (let r = 0; r < keyWidth; r += 4) {
      sum0 += queries[from + r]! * keys[at + r]!;
      sum1 += queries[from + r + 1]! * keys[at + r + 1]!;
      sum2 += queries[from + r + 2]! * keys[at + r + 2]!;
      sum3 += queries[from + r + 3]! * keys[at + r + 3]!;
    }
    return sum0 + sum1 + sum2 + sum3;
  }

  #keep(query: number, block: number, score: number): void {
    const [blocks, scores] = [this.#blocks[query]!, this.#scores[query]!];
    const full = scores.length === this.top;
    const at = full ? scores.indexOf(this.#least[query]!) : scores.length;
    blocks[at] = block;
    scores[at] = score;
    if (scores.length === this.top) this.#least[query] = Math.min(...scores);
  }
}

/** The share of each query's wanted blocks that were found, as a mean over queries. */
export function meanShareFound(
  found: readonly ReadonlySet<number>[],
  wanted: readonly ReadonlySet<number>[],
): number {
  const shares = wanted.map(
    (blocks, query) => [...blocks].filter((block) => found[query]!.has(block)).length / blocks.size,
  );
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}
