import { assertInvariant } from '../errors';

/**
 * The lexical arm: BM25 over blocks. It sees a block's path and text as words, knows nothing of their order,
 * and needs no model, so it answers before the first landmark key exists.
 */

/** BM25's usual constants: how fast repeating a word stops to count, and how much length is held against it. */
const k1 = 1.2;
const b = 0.75;

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

const identifiers = /[A-Za-z_][A-Za-z0-9_]*/g;

/** Words of a text in lower case: each identifier whole, then its parts where case or underscores join several. */
export function words(text: string): string[] {
  const found: string[] = [];
  for (const identifier of text.match(identifiers) ?? []) {
    found.push(identifier.toLowerCase());
    for (const part of partsOf(identifier)) found.push(part.toLowerCase());
  }
  return found;
}

/** None where the identifier is one part. */
function partsOf(identifier: string): string[] {
  const parts = identifier.match(/[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])/g) ?? [];
  return parts.length > 1 ? parts : [];
}

/** Postings as one run per word: the blocks that hold it, ascending, and what each adds per unit of idf. */
interface Postings {
  /** Word to its run. */
  wordIndices: Map<string, number>;
  /** [words + 1] */
  runStarts: Uint32Array;
  /** [postings] */
  blockIndices: Uint32Array;
  /** [postings] term frequency, saturated and normalized by block length. */
  weights: Float32Array;
}

export class LexicalIndex {
  readonly #postings: Postings;

  private constructor(
    readonly blockCount: number,
    postings: Postings,
  ) {
    this.#postings = postings;
  }

  /** Blocks get their index by order; a generator spares holding all texts at once. */
  static build(blocks: Iterable<LexicalBlock>): LexicalIndex {
    const counts = countWords(blocks);
    return new LexicalIndex(counts.blockLengths.length, invert(counts));
  }

  /** [blocks] BM25 of each block; 0 where no word of the question occurs. */
  scores(question: string): Float32Array {
    const { runStarts, blockIndices, weights } = this.#postings;
    const sums = new Float64Array(this.blockCount);
    for (const run of this.#questionRuns(question)) {
      const idf = this.#idf(run);
      for (let at = runStarts[run]!; at < runStarts[run + 1]!; at++) {
        sums[blockIndices[at]!]! += idf * weights[at]!;
      }
    }
    return new Float32Array(sums);
  }

  /**
   * [blocks] the share of the question's words that each block holds, each word by its rarity; a word that no block
   * holds counts as well, and as the rarest.
   */
  coverage(question: string): Float32Array {
    const { wordIndices, runStarts, blockIndices } = this.#postings;
    const held = new Float64Array(this.blockCount);
    let total = 0;
    for (const word of contentWords(question)) {
      const run = wordIndices.get(word);
      const idf = run === undefined ? this.#idfOf(0) : this.#idf(run);
      total += idf;
      if (run === undefined) continue;
      for (let at = runStarts[run]!; at < runStarts[run + 1]!; at++) held[blockIndices[at]!]! += idf;
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
    const run = this.#postings.wordIndices.get(word);
    const at = run === undefined ? -1 : this.#findPosting(run, blockIndex);
    return run === undefined || at < 0 ? 0 : this.#idf(run) * this.#postings.weights[at]!;
  }

  #questionRuns(question: string): number[] {
    const runs: number[] = [];
    for (const word of contentWords(question)) {
      const run = this.#postings.wordIndices.get(word);
      if (run !== undefined) runs.push(run);
    }
    return runs;
  }

  #idf(run: number): number {
    return this.#idfOf(this.#postings.runStarts[run + 1]! - this.#postings.runStarts[run]!);
  }

  /** Of a word that so many blocks hold. */
  #idfOf(holding: number): number {
    return Math.log(1 + (this.blockCount - holding + 0.5) / (holding + 0.5));
  }

  /** Binary search in a word's run; -1 where the block does not hold the word. */
  #findPosting(run: number, blockIndex: number): number {
    const { runStarts, blockIndices } = this.#postings;
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

/** Word counts block by block, before they are turned into postings. */
interface WordCounts {
  wordIndices: Map<string, number>;
  /** Words per block, repeats included. */
  blockLengths: number[];
  /** Distinct words per block: how many entries of `words` and `counts` are its own. */
  distinctCounts: number[];
  wordIndexOfEntry: Uint32List;
  countOfEntry: Uint32List;
}

function countWords(blocks: Iterable<LexicalBlock>): WordCounts {
  const wordIndices = new Map<string, number>();
  const blockLengths: number[] = [];
  const distinctCounts: number[] = [];
  const wordIndexOfEntry = new Uint32List();
  const countOfEntry = new Uint32List();
  /** Entry of each word in the block that is being counted; entries below its first belong to earlier blocks. */
  const entryOfWord: number[] = [];
  for (const { path, text } of blocks) {
    const firstEntry = countOfEntry.length;
    const found = words(`${path} ${text}`);
    for (const word of found) {
      let wordIndex = wordIndices.get(word);
      if (wordIndex === undefined) {
        wordIndex = wordIndices.size;
        wordIndices.set(word, wordIndex);
        entryOfWord.push(-1);
      }
      const entry = entryOfWord[wordIndex]!;
      if (entry >= firstEntry) {
        countOfEntry.values[entry]!++;
      } else {
        entryOfWord[wordIndex] = countOfEntry.length;
        wordIndexOfEntry.push(wordIndex);
        countOfEntry.push(1);
      }
    }
    blockLengths.push(found.length);
    distinctCounts.push(countOfEntry.length - firstEntry);
  }
  return { wordIndices, blockLengths, distinctCounts, wordIndexOfEntry, countOfEntry };
}

/** A counting sort of the entries by word keeps each run ascending by block. */
function invert(counts: WordCounts): Postings {
  const { wordIndices, blockLengths, distinctCounts, wordIndexOfEntry, countOfEntry } = counts;
  const entryCount = countOfEntry.length;
  const runStarts = new Uint32Array(wordIndices.size + 1);
  for (let entry = 0; entry < entryCount; entry++) runStarts[wordIndexOfEntry.values[entry]! + 1]!++;
  for (let run = 0; run < wordIndices.size; run++) runStarts[run + 1]! += runStarts[run]!;
  const nextOfRun = runStarts.slice(0, -1);
  const blockIndices = new Uint32Array(entryCount);
  const weights = new Float32Array(entryCount);
  const meanLength = blockLengths.reduce((sum, length) => sum + length, 0) / Math.max(1, blockLengths.length);
  let entry = 0;
  for (let blockIndex = 0; blockIndex < blockLengths.length; blockIndex++) {
    const lengthPenalty = k1 * (1 - b + (b * blockLengths[blockIndex]!) / meanLength);
    for (const end = entry + distinctCounts[blockIndex]!; entry < end; entry++) {
      const at = nextOfRun[wordIndexOfEntry.values[entry]!]!++;
      const count = countOfEntry.values[entry]!;
      blockIndices[at] = blockIndex;
      weights[at] = (count * (k1 + 1)) / (count + lengthPenalty);
    }
  }
  return { wordIndices, runStarts, blockIndices, weights };
}

/** A growing list of numbers without boxing: a large workspace has millions of postings. */
class Uint32List {
  values = new Uint32Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.values.length) {
      const grown = new Uint32Array(this.values.length * 2);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.length++] = value;
  }
}
