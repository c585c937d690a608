/** Which blocks hold a word and how often, for a whole workspace or made from what was there before an edit. */

import type { Steps } from '../concurrency';
import { assertInvariant } from '../errors';

/** One run per word: the blocks that hold it, ascending. */
export interface Postings {
  /** Word to its run, which may be empty. */
  readonly wordIndices: ReadonlyMap<string, number>;
  /** [words + 1] */
  readonly runStarts: Uint32Array;
  /** [postings] */
  readonly blockIndices: Uint32Array;
  /** [postings] how often the block holds the word, at most `countMax`. */
  readonly counts: Uint16Array;
  /** [blocks] words, repeats included. */
  readonly blockLengths: Uint32Array;
}

const countMax = 0xffff;
/** About a millisecond each. */
const entriesPerStep = 2 ** 17;
const runsPerStep = 2 ** 12;

export const emptyPostings: Postings = {
  wordIndices: new Map(),
  runStarts: new Uint32Array(1),
  blockIndices: new Uint32Array(0),
  counts: new Uint16Array(0),
  blockLengths: new Uint32Array(0),
};

/** New blocks as what stands in them, and what that says. */
export interface AddedBlocks {
  /** Spellings of each block, in order, repeats included. */
  spellings: Iterable<readonly string[]>;
  /** The words of a spelling; asked once for each. */
  wordsOf: (spelling: string) => readonly string[];
}

/**
 * One pass over what is kept, and words counted in new blocks only.
 *
 * @param oldIndices [blocks] which block of `old` each is, ascending; -1 for a new one; undefined: all are new
 */
export function* mergePostings(
  old: Postings,
  oldIndices: Int32Array | undefined,
  added: AddedBlocks,
): Steps<Postings> {
  const placesOfNew = oldIndices && indicesOf(oldIndices, -1);
  const fresh = yield* countWords(old.wordIndices, added, placesOfNew);
  const blockLengths = new Uint32Array(oldIndices?.length ?? fresh.blockLengths.length);
  fresh.blockLengths.forEach((length, at) => (blockLengths[placesOfNew?.[at] ?? at] = length));
  const newIndices = new Int32Array(old.blockLengths.length).fill(-1);
  let last = -1;
  oldIndices?.forEach((oldIndex, blockIndex) => {
    if (oldIndex < 0) return;
    assertInvariant(oldIndex > last && oldIndex < newIndices.length, 'kept blocks stay in their order');
    last = oldIndex;
    newIndices[oldIndex] = blockIndex;
    blockLengths[blockIndex] = old.blockLengths[oldIndex]!;
  });
  return { ...(yield* mergeRuns(old, newIndices, fresh)), wordIndices: fresh.wordIndices, blockLengths };
}

/** Word counts of the new blocks: entries in the order of blocks, and the same by word. */
interface FreshCounts {
  wordIndices: Map<string, number>;
  /** Per new block. */
  blockLengths: number[];
  /** [words + 1] */
  runStarts: Uint32Array;
  /** [entries] by word, then by block */
  blockIndices: Uint32Array;
  counts: Uint16Array;
}

function* countWords(
  known: ReadonlyMap<string, number>,
  { spellings, wordsOf }: AddedBlocks,
  places: readonly number[] | undefined,
): Steps<FreshCounts> {
  const vocabulary = new Vocabulary(known, wordsOf);
  const blockLengths: number[] = [];
  const wordOfEntry = new Uint32List();
  const blockOfEntry = new Uint32List();
  const countOfEntry = new Uint32List();
  /** Entry of each word in the block that is being counted; entries below its first belong to earlier blocks. */
  const entryOfWord: number[] = Array.from({ length: known.size }, () => -1);
  for (const block of spellings) {
    const blockIndex = places ? places[blockLengths.length] : blockLengths.length;
    assertInvariant(blockIndex !== undefined, 'each new block has a place');
    const firstEntry = countOfEntry.length;
    let length = 0;
    for (const spelling of block) {
      const wordsOfSpelling = vocabulary.indicesOf(spelling);
      length += wordsOfSpelling.length;
      for (const wordIndex of wordsOfSpelling) {
        const entry = entryOfWord[wordIndex] ?? -1;
        if (entry >= firstEntry) {
          countOfEntry.values[entry]!++;
        } else {
          entryOfWord[wordIndex] = countOfEntry.length;
          wordOfEntry.push(wordIndex);
          blockOfEntry.push(blockIndex);
          countOfEntry.push(1);
        }
      }
    }
    blockLengths.push(length);
    yield;
  }
  assertInvariant(!places || places.length === blockLengths.length, 'each place has a new block');
  const { wordIndices } = vocabulary;
  const sorted = yield* byWord(wordIndices.size, wordOfEntry, blockOfEntry, countOfEntry);
  return { wordIndices, blockLengths, ...sorted };
}

/** Numbers words as they come; code repeats its names, so what a spelling says is looked up, not taken apart again. */
class Vocabulary {
  readonly wordIndices: Map<string, number>;
  private readonly indicesOfSpelling = new Map<string, readonly number[]>();

  constructor(
    known: ReadonlyMap<string, number>,
    private readonly wordsOf: AddedBlocks['wordsOf'],
  ) {
    this.wordIndices = new Map(known);
  }

  indicesOf(spelling: string): readonly number[] {
    let indices = this.indicesOfSpelling.get(spelling);
    if (indices === undefined) {
      indices = this.wordsOf(spelling).map((word) => this.indexOf(word));
      this.indicesOfSpelling.set(spelling, indices);
    }
    return indices;
  }

  private indexOf(word: string): number {
    let index = this.wordIndices.get(word);
    if (index === undefined) this.wordIndices.set(word, (index = this.wordIndices.size));
    return index;
  }
}

/** A counting sort of the entries by word keeps each run ascending by block. */
function* byWord(
  wordCount: number,
  wordOfEntry: Uint32List,
  blockOfEntry: Uint32List,
  countOfEntry: Uint32List,
): Steps<Pick<FreshCounts, 'runStarts' | 'blockIndices' | 'counts'>> {
  const entryCount = wordOfEntry.length;
  const runStarts = new Uint32Array(wordCount + 1);
  for (let entry = 0; entry < entryCount; entry++) {
    if (entry % entriesPerStep === 0) yield;
    runStarts[wordOfEntry.values[entry]! + 1]!++;
  }
  for (let run = 0; run < wordCount; run++) runStarts[run + 1]! += runStarts[run]!;
  const nextOfRun = runStarts.slice(0, -1);
  const blockIndices = new Uint32Array(entryCount);
  const counts = new Uint16Array(entryCount);
  for (let entry = 0; entry < entryCount; entry++) {
    if (entry % entriesPerStep === 0) yield;
    const at = nextOfRun[wordOfEntry.values[entry]!]!++;
    blockIndices[at] = blockOfEntry.values[entry]!;
    counts[at] = Math.min(countOfEntry.values[entry]!, countMax);
  }
  return { runStarts, blockIndices, counts };
}

/** @param newIndices [old blocks] where each is now; -1 where it is gone */
function* mergeRuns(
  old: Postings,
  newIndices: Int32Array,
  fresh: FreshCounts,
): Steps<Pick<FreshCounts, 'runStarts' | 'blockIndices' | 'counts'>> {
  if (old.blockIndices.length === 0) return fresh;
  const capacity = old.blockIndices.length + fresh.blockIndices.length;
  const runStarts = new Uint32Array(fresh.runStarts.length);
  const blockIndices = new Uint32Array(capacity);
  const counts = new Uint16Array(capacity);
  const oldWords = old.runStarts.length - 1;
  let to = 0;
  for (let run = 0; run + 1 < runStarts.length; run++) {
    if (run % runsPerStep === 0) yield;
    let at = fresh.runStarts[run]!;
    const end = fresh.runStarts[run + 1]!;
    const oldEnd = run < oldWords ? old.runStarts[run + 1]! : 0;
    for (let from = run < oldWords ? old.runStarts[run]! : 0; from < oldEnd; from++) {
      const blockIndex = newIndices[old.blockIndices[from]!]!;
      if (blockIndex < 0) continue;
      for (; at < end && fresh.blockIndices[at]! < blockIndex; at++, to++) {
        blockIndices[to] = fresh.blockIndices[at]!;
        counts[to] = fresh.counts[at]!;
      }
      blockIndices[to] = blockIndex;
      counts[to++] = old.counts[from]!;
    }
    for (; at < end; at++, to++) {
      blockIndices[to] = fresh.blockIndices[at]!;
      counts[to] = fresh.counts[at]!;
    }
    runStarts[run + 1] = to;
  }
  return { runStarts, blockIndices: blockIndices.slice(0, to), counts: counts.slice(0, to) };
}

function indicesOf(values: Int32Array, wanted: number): number[] {
  const indices: number[] = [];
  values.forEach((value, index) => {
    if (value === wanted) indices.push(index);
  });
  return indices;
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
