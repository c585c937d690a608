import { finishSteps, type Steps } from '../concurrency';
import { assertInvariant } from '../errors';
import { emptyPostings, mergePostings, type AddedBlocks, type Postings } from './postings';

/**
 * The lexical arm: BM25 over blocks. It sees a block's path and text as words, knows nothing of their order,
 * and needs no model, so it answers before the first landmark key exists.
 */

/** BM25's usual constants: how fast repeating a word stops to count, and how much length is held against it. */
const k1 = 1.2;
const b = 0.75;
/** The most that a word adds to a block's score, as a multiple of its rarity: where it is all that the block says. */
export const mostPerRarity = k1 + 1;

/** Words of questions that say nothing about what is asked for. */
const questionStopWords = new Set(
  (
    'the of and to in a is that for with how what does when why where which between by on as its it an be this ' +
    'from are or not do'
  ).split(' '),
);

export interface LexicalBlock {
  path: string;
  text: string;
}

/** Changes with what counts as a word, so that words counted by an older rule are counted again. */
export const wordRule = 1;
const identifiers = /[A-Za-z_][A-Za-z0-9_]*/g;

/** Words of a text in lower case: each identifier whole, then its parts where case or underscores join several. */
export function words(text: string): string[] {
  return spellingsOf(text).flatMap(wordsOf);
}

function spellingsOf(text: string): readonly string[] {
  return text.match(identifiers) ?? [];
}

function wordsOf(identifier: string): string[] {
  return [identifier, ...partsOf(identifier)].map((word) => word.toLowerCase());
}

/** None where the identifier is one part. */
function partsOf(identifier: string): string[] {
  const parts = identifier.match(/[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])/g) ?? [];
  return parts.length > 1 ? parts : [];
}

export class LexicalIndex {
  readonly postings: Postings;
  /** [blocks] what a block's length adds to how often a word must be repeated. */
  readonly #lengthPenalties: Float64Array;

  private constructor(postings: Postings) {
    this.postings = postings;
    const { blockLengths } = postings;
    const meanLength =
      blockLengths.reduce((sum, length) => sum + length, 0) / Math.max(1, blockLengths.length);
    this.#lengthPenalties = Float64Array.from(
      blockLengths,
      (length) => k1 * (1 - b + (b * length) / meanLength),
    );
  }

  get blockCount(): number {
    return this.postings.blockLengths.length;
  }

  /** An index that was built before. */
  static of(postings: Postings): LexicalIndex {
    return new LexicalIndex(postings);
  }

  /** Blocks get their index by order; a generator spares holding all texts at once. */
  static build(blocks: Iterable<LexicalBlock>): LexicalIndex {
    return finishSteps(LexicalIndex.steps(blocks));
  }

  /** As `build`. */
  static *steps(blocks: Iterable<LexicalBlock>): Steps<LexicalIndex> {
    return new LexicalIndex(yield* mergePostings(emptyPostings, undefined, addedOf(blocks)));
  }

  /**
   * The index of an edited workspace, equal to one that is built from its blocks: words are counted in new blocks
   * only.
   *
   * @param oldIndices [blocks] which block of this index each is, ascending; -1 for a new one
   * @param added the new blocks, in order
   */
  *edited(oldIndices: Int32Array, added: Iterable<LexicalBlock>): Steps<LexicalIndex> {
    const isSame = oldIndices.length === this.blockCount && oldIndices.every((old, at) => old === at);
    if (isSame) return this;
    return new LexicalIndex(yield* mergePostings(this.postings, oldIndices, addedOf(added)));
  }

  /** [blocks] BM25 of each block; 0 where no word of the question occurs. */
  scores(question: string): Float32Array {
    const { runStarts, blockIndices } = this.postings;
    const sums = new Float64Array(this.blockCount);
    for (const run of this.#questionRuns(question)) {
      const idf = this.#idf(run);
      for (let at = runStarts[run]!; at < runStarts[run + 1]!; at++) {
        sums[blockIndices[at]!]! += idf * this.#weight(at);
      }
    }
    return new Float32Array(sums);
  }

  /**
   * Whether any block holds an identifier whole, in whatever case.
   *
   * @param inside [blocks] 0 for blocks that are left out; everything where it is missing
   */
  holds(identifier: string, inside?: Uint8Array): boolean {
    const { wordIndices, runStarts, blockIndices } = this.postings;
    const run = wordIndices.get(identifier.toLowerCase());
    if (run === undefined) return false;
    const blocks = blockIndices.subarray(runStarts[run], runStarts[run + 1]);
    return inside ? blocks.some((blockIndex) => inside[blockIndex] !== 0) : blocks.length > 0;
  }

  /** Content words of the question, each with its rarity; a word that no block holds is the rarest. */
  rarities(question: string): Map<string, number> {
    const { wordIndices } = this.postings;
    const rarities = new Map<string, number>();
    for (const word of contentWords(question)) {
      const run = wordIndices.get(word);
      rarities.set(word, run === undefined ? this.#idfOf(0) : this.#idf(run));
    }
    return rarities;
  }

  /**
   * [blocks] the share of the question's words that each block holds, each word by its rarity; a word that no block
   * holds counts as well, and as the rarest.
   */
  coverage(question: string): Float32Array {
    return this.#coverage(question, this.blockCount, (blockIndex) => blockIndex);
  }

  /**
   * [files] the same of whole files.
   *
   * @param fileOfBlock [blocks], blocks of a file side by side
   */
  coverageOfFiles(question: string, fileOfBlock: Int32Array, fileCount: number): Float32Array {
    return this.#coverage(question, fileCount, (blockIndex) => fileOfBlock[blockIndex]!);
  }

  /** @param placeOf ascends with the block, so that a word met again in a place is met there right after */
  #coverage(question: string, placeCount: number, placeOf: (blockIndex: number) => number): Float32Array {
    const { wordIndices, runStarts, blockIndices } = this.postings;
    const held = new Float64Array(placeCount);
    let total = 0;
    for (const [word, rarity] of this.rarities(question)) {
      total += rarity;
      const run = wordIndices.get(word);
      if (run === undefined) continue;
      let last = -1;
      for (let at = runStarts[run]!; at < runStarts[run + 1]!; at++) {
        const place = placeOf(blockIndices[at]!);
        if (place !== last) held[place]! += rarity;
        last = place;
      }
    }
    return new Float32Array(held.map((sum) => (total > 0 ? sum / total : 0)));
  }

  /**
   * The words of the question that a block holds, as the question spells them, the one that adds most to its score
   * first. The parts of an identifier are named only where the block does not hold it whole.
   */
  matches(question: string, blockIndex: number): string[] {
    assertInvariant(
      blockIndex >= 0 && blockIndex < this.blockCount,
      `block ${blockIndex} is in the lexical index`,
    );
    const matched = new Map<string, { spelling: string; score: number }>();
    const match = (spelling: string): boolean => {
      const word = spelling.toLowerCase();
      const score = questionStopWords.has(word) ? 0 : this.#scoreOfWord(word, blockIndex);
      if (score > 0 && !matched.has(word)) matched.set(word, { spelling, score });
      return score > 0;
    };
    for (const identifier of question.match(identifiers) ?? []) {
      if (!match(identifier)) partsOf(identifier).forEach(match);
    }
    return [...matched.values()]
      .sort((left, right) => right.score - left.score)
      .map(({ spelling }) => spelling);
  }

  /** What a word adds to a block's score; 0 where the block does not hold it. */
  #scoreOfWord(word: string, blockIndex: number): number {
    const run = this.postings.wordIndices.get(word);
    const at = run === undefined ? -1 : this.#findPosting(run, blockIndex);
    return run === undefined || at < 0 ? 0 : this.#idf(run) * this.#weight(at);
  }

  /** Of a posting: how often the block holds the word, saturated and held against the block's length. */
  #weight(at: number): number {
    const { blockIndices, counts } = this.postings;
    const count = counts[at]!;
    return (count * (k1 + 1)) / (count + this.#lengthPenalties[blockIndices[at]!]!);
  }

  #questionRuns(question: string): number[] {
    const runs: number[] = [];
    for (const word of contentWords(question)) {
      const run = this.postings.wordIndices.get(word);
      if (run !== undefined) runs.push(run);
    }
    return runs;
  }

  #idf(run: number): number {
    return this.#idfOf(this.postings.runStarts[run + 1]! - this.postings.runStarts[run]!);
  }

  /** Of a word that so many blocks hold. */
  #idfOf(holding: number): number {
    return Math.log(1 + (this.blockCount - holding + 0.5) / (holding + 0.5));
  }

  /** Binary search in a word's run; -1 where the block does not hold the word. */
  #findPosting(run: number, blockIndex: number): number {
    const { runStarts, blockIndices } = this.postings;
    let low = runStarts[run]!;
    let high = runStarts[run + 1]!;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (blockIndices[middle]! < blockIndex) low = middle + 1;
      else high = middle;
    }
    return low < runStarts[run + 1]! && blockIndices[low] === blockIndex ? low : -1;
  }
}

/** The words of a question or a sentence that say something about the code it is about. */
export function contentWords(text: string): Set<string> {
  return new Set(words(text).filter((word) => !questionStopWords.has(word)));
}

function addedOf(blocks: Iterable<LexicalBlock>): AddedBlocks {
  return { spellings: mapped(blocks, ({ path, text }) => spellingsOf(`${path} ${text}`)), wordsOf };
}

function* mapped<Item, Result>(items: Iterable<Item>, map: (item: Item) => Result): Generator<Result> {
  for (const item of items) yield map(item);
}
