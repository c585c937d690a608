/** The best score of each file, and of its other blocks where a block itself is left out. */
export class BestOfFiles {
  private constructor(
    private readonly fileOfBlock: Int32Array,
    /** [files] the block with the best score; -1 where there is none */
    private readonly holders: Int32Array,
    /** [files] NaN where there is none */
    private readonly best: Float64Array,
    private readonly second: Float64Array,
  ) {}

  /** @param scores [blocks] NaN where a block has none */
  static of({ ofBlock, paths }: { ofBlock: Int32Array; paths: readonly string[] }, scores: Float32Array) {
    const holders = new Int32Array(paths.length).fill(-1);
    const best = new Float64Array(paths.length).fill(NaN);
    const second = new Float64Array(paths.length).fill(NaN);
    for (let blockIndex = 0; blockIndex < scores.length; blockIndex++) {
      const score = scores[blockIndex]!;
      if (Number.isNaN(score)) continue;
      const file = ofBlock[blockIndex]!;
      if (holders[file] === -1 || score > best[file]!) {
        second[file] = best[file]!;
        best[file] = score;
        holders[file] = blockIndex;
      } else if (!(score <= second[file]!)) {
        second[file] = score;
      }
    }
    return new BestOfFiles(ofBlock, holders, best, second);
  }

  /** The best score of the other blocks of a block's file; NaN where none has one. */
  otherThan(blockIndex: number): number {
    const file = this.fileOfBlock[blockIndex]!;
    return this.holders[file] === blockIndex ? this.second[file]! : this.best[file]!;
  }
}
