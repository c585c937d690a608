/**
 * What fusion weighs of a block beside a question: features with names, which mean the same in a workspace of any
 * size. `training/landmark_training/fusion_features.py` computes the same and fits their weights. Passes over all
 * blocks are linear and few; features are made for the candidates alone: the best blocks of each arm.
 */

import { assertInvariant } from '../errors';
import { BestOfFiles } from './bestOfFiles';
import { rankOf, reciprocalRankOffset, unranked } from './fusion';
import { contentWords, mostPerRarity, words, type LexicalIndex } from './lexical';

/** The columns of `Evidence.features`, in order. */
export const featureNames = [
  /** Landmark score; the mean of all blocks where the block has no key. */
  'landmark',
  /** The same in standard deviations above the mean. */
  'landmarkSpread',
  /** 20 / (20 + rank), 1 for the best; 0 without evidence. */
  'landmarkRank',
  /** BM25 as a share of the best block's. */
  'words',
  /** BM25 as a share of the most that the question's words can give. */
  'wordsShare',
  /** As `landmarkRank`. */
  'wordsRank',
  /** Share of the question's words, each by its rarity, that the block holds. */
  'coverage',
  /** The same of the block's path. */
  'path',
  /** `landmarkSpread` of the best other block of the file; 0 where it has none. */
  'fileLandmark',
  /** `words` of the best other block of the file. */
  'fileWords',
  /** `coverage` of the whole file. */
  'fileCoverage',
  /** `landmarkSpread` of the better one of the blocks before and after it in the file; 0 without. */
  'neighbour',
  /** 1 in a test, an example or a benchmark, where the question does not ask for one. */
  'aside',
  /** 1 in prose. */
  'document',
] as const;

export type FeatureName = (typeof featureNames)[number];

/** Which file each block belongs to; those of a file lie side by side. */
export interface BlockFiles {
  /** [blocks] index into `paths` */
  ofBlock: Int32Array;
  paths: readonly string[];
}

/** Blocks and windows are numbered in file order, so a new file begins where a window has another path than the last. */
export function blockFilesOf(
  windows: readonly { path: string; blocks: { readonly length: number } }[],
  blockCount: number,
): BlockFiles {
  const ofBlock = new Int32Array(blockCount);
  const paths: string[] = [];
  let firstBlock = 0;
  for (const { path, blocks } of windows) {
    if (blocks.length === 0) continue;
    if (paths.at(-1) !== path) paths.push(path);
    ofBlock.fill(paths.length - 1, firstBlock, firstBlock + blocks.length);
    firstBlock += blocks.length;
  }
  return { ofBlock, paths };
}

/** One question's scores over all blocks, by both arms. */
export interface Arms {
  question: string;
  lexical: LexicalIndex;
  files: BlockFiles;
  /** [blocks] NaN where a block has no key or is out of scope. */
  landmarkScores: Float32Array;
  /** [blocks] 0 where no word matches or out of scope. */
  lexicalScores: Float32Array;
}

export interface Evidence {
  /** The candidates, ascending. */
  blocks: readonly number[];
  /** [candidates, features] */
  features: Float64Array;
  landmarkRanks: Int32Array;
  lexicalRanks: Int32Array;
}

const asidePath = new RegExp(
  '(^|/)(tests?|__tests__|specs?|testing|testdata|fixtures?|mocks?|examples?|samples?|demos?|bench(es|marks?)?)/' +
    '|(^|/)test_[^/]*$|[._-](tests?|specs?)\\.[^/]*$|tests?\\.(java|kt|cs)$',
);
/** A test, an example or a benchmark. */
export function isAside(path: string): boolean {
  return asidePath.test(path.toLowerCase());
}

const documentPath = /(^|\/)docs?\/|\.(md|mdx|markdown|rst|adoc|asciidoc|txt)$/;
/** A question with one of these asks for what lies aside. */
const asideWords = new Set(
  (
    'test tests tested testing spec specs fixture fixtures mock mocks example examples sample samples demo demos ' +
    'benchmark benchmarks'
  ).split(' '),
);
/** Scores that lie closer than this are one score. */
const smallestDeviation = 1e-6;

/** @param perArm how many of each arm's best blocks are candidates */
export function evidenceOf(arms: Arms, perArm: number): Evidence {
  const { files, landmarkScores, lexicalScores } = arms;
  assertInvariant(
    landmarkScores.length === lexicalScores.length && files.ofBlock.length === lexicalScores.length,
    'both arms score the blocks of the same files',
  );
  const landmarkRanks = rankOf(landmarkScores);
  const lexicalRanks = rankOf(lexicalScores);
  const blocks: number[] = [];
  for (let blockIndex = 0; blockIndex < landmarkRanks.length; blockIndex++) {
    if (isAmong(landmarkRanks[blockIndex]!, perArm) || isAmong(lexicalRanks[blockIndex]!, perArm))
      blocks.push(blockIndex);
  }
  const features = new Float64Array(blocks.length * featureNames.length);
  if (blocks.length > 0) {
    const measure = measureOf(arms);
    blocks.forEach((blockIndex, row) => {
      const found: Record<FeatureName, number> = {
        ...measure(blockIndex),
        landmarkRank: reciprocal(landmarkRanks[blockIndex]!),
        wordsRank: reciprocal(lexicalRanks[blockIndex]!),
      };
      featureNames.forEach((name, column) => {
        features[row * featureNames.length + column] = found[name];
      });
    });
  }
  return { blocks, features, landmarkRanks, lexicalRanks };
}

function isAmong(rank: number, count: number): boolean {
  return rank !== unranked && rank < count;
}

function reciprocal(rank: number): number {
  return rank === unranked ? 0 : reciprocalRankOffset / (reciprocalRankOffset + rank);
}

/** A function from a block to all of its features but the ranks. */
function measureOf({ question, lexical, files, landmarkScores, lexicalScores }: Arms) {
  const spread = spreadOf(landmarkScores);
  const bestWords = lexicalScores.reduce((most, score) => Math.max(most, score), 0);
  // A file of one block has no other: NaN.
  const shareOfWords = (score: number): number => (score > 0 ? score / bestWords : 0);
  const landmarkOfFiles = BestOfFiles.of(files, landmarkScores);
  const wordsOfFiles = BestOfFiles.of(files, lexicalScores);
  const rarities = lexical.rarities(question);
  const total = [...rarities.values()].reduce((sum, rarity) => sum + rarity, 0);
  const coverage = lexical.coverage(question);
  const fileCoverage = lexical.coverageOfFiles(question, files.ofBlock, files.paths.length);
  const ofFile = pathFeatures(question, files, rarities, total);
  return (blockIndex: number) => {
    const fileIndex = files.ofBlock[blockIndex]!;
    const score = landmarkScores[blockIndex]!;
    return {
      landmark: Number.isNaN(score) ? spread.mean : score,
      landmarkSpread: spread.of(score),
      words: shareOfWords(lexicalScores[blockIndex]!),
      wordsShare: total > 0 ? lexicalScores[blockIndex]! / (total * mostPerRarity) : 0,
      coverage: coverage[blockIndex]!,
      fileLandmark: spread.of(landmarkOfFiles.otherThan(blockIndex)),
      fileWords: shareOfWords(wordsOfFiles.otherThan(blockIndex)),
      fileCoverage: fileCoverage[fileIndex]!,
      neighbour: spread.of(better(beside(blockIndex, -1), beside(blockIndex, 1))),
      ...ofFile(fileIndex),
    };
  };

  function beside(blockIndex: number, step: number): number {
    const isSameFile = files.ofBlock[blockIndex + step] === files.ofBlock[blockIndex];
    return isSameFile ? landmarkScores[blockIndex + step]! : NaN;
  }
}

/** The larger of two scores, of which either may be NaN. */
function better(left: number, right: number): number {
  if (Number.isNaN(left)) return right;
  return right > left ? right : left;
}

/** Mean and standard deviation over the blocks with a key. */
function spreadOf(scores: Float32Array): { mean: number; of: (score: number) => number } {
  let count = 0;
  let sum = 0;
  for (const score of scores) {
    if (Number.isNaN(score)) continue;
    count++;
    sum += score;
  }
  const mean = count > 0 ? sum / count : 0;
  let squares = 0;
  for (const score of scores) if (!Number.isNaN(score)) squares += (score - mean) ** 2;
  const deviation = count > 0 ? Math.sqrt(squares / count) : 0;
  const isFlat = deviation <= smallestDeviation;
  return { mean, of: (score) => (isFlat || Number.isNaN(score) ? 0 : (score - mean) / deviation) };
}

/** Features of a file's path; each file is looked at once. */
function pathFeatures(
  question: string,
  { paths }: BlockFiles,
  rarities: ReadonlyMap<string, number>,
  total: number,
) {
  const asksForAside = [...contentWords(question)].some((word) => asideWords.has(word));
  const known = new Map<number, Record<'path' | 'aside' | 'document', number>>();
  return (fileIndex: number) => {
    const found = known.get(fileIndex);
    if (found) return found;
    const path = paths[fileIndex]!;
    let held = 0;
    for (const word of new Set(words(path))) held += rarities.get(word) ?? 0;
    const features = {
      path: total > 0 ? held / total : 0,
      aside: !asksForAside && isAside(path) ? 1 : 0,
      document: documentPath.test(path.toLowerCase()) ? 1 : 0,
    };
    known.set(fileIndex, features);
    return features;
  };
}
