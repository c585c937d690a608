/**
 * Fusion of both arms by fitted weights, and how likely a block is to hold the answer. Weights and probabilities are
 * fitted in `training/landmark_training/fusion_fit.py`.
 *
 *     score       = sum over features of weight * feature
 *     probability = sigmoid(slope * score + contest * log(sum of exp(score) over the candidates) + bias)
 *
 * So a block's probability falls where many others score as high, and candidates keep the order of their scores.
 */

import { evidenceOf, featureNames, type Arms } from './blockEvidence';
import { fuseRanks } from './fusion';

export interface FusionWeights {
  /** How many of each arm's best blocks are weighed; the rest follows by reciprocal ranks. */
  candidatesPerArm: number;
  /** By feature; those of `featureNames`. */
  weights: Readonly<Record<string, number>>;
  slope: number;
  contest: number;
  bias: number;
}

/** [blocks] each arm's ranks, as `rankOf` has them. */
export interface ArmRanks {
  landmark: Int32Array;
  lexical: Int32Array;
}

export interface FusedBlocks {
  /**
   * [blocks] what ranks: the probability of a candidate; below 0 for other blocks with evidence, in the order of their
   * reciprocal ranks; 0 without evidence.
   */
  scores: Float32Array;
  /** Of the candidates that have landmark key and all; the others' is not known. */
  probabilities: ReadonlyMap<number, number>;
  /** What all candidates say together: log of the sum of exp(score); undefined without candidates. */
  evidence: number | undefined;
  ranks: ArmRanks;
}

/** Keeps a candidate that is all but impossible above 0, which would say that nothing is known of it. */
const leastProbability = 1e-30;

/** What keeps these weights from being used, in words; undefined where nothing does. */
export function problemOfWeights({
  candidatesPerArm,
  weights,
  slope,
  contest,
  bias,
}: FusionWeights): string | undefined {
  const missing = featureNames.filter((name) => !Number.isFinite(weights[name]));
  if (missing.length > 0) return `fusion has no weight for ${missing.join(', ')}`;
  const unknown = Object.keys(weights).filter((name) => !(featureNames as readonly string[]).includes(name));
  if (unknown.length > 0) return `fusion weighs ${unknown.join(', ')}, which this version does not know`;
  if (!(slope > 0) || !Number.isFinite(contest) || !Number.isFinite(bias))
    return 'the probability of fusion is no function that rises with the score';
  if (!Number.isInteger(candidatesPerArm) || candidatesPerArm < 1) return 'fusion weighs no candidates';
  return undefined;
}

export function fuseByWeights(fusion: FusionWeights, arms: Arms): FusedBlocks {
  const { blocks, features, landmarkRanks, lexicalRanks } = evidenceOf(arms, fusion.candidatesPerArm);
  const scores = fuseRanks([landmarkRanks, lexicalRanks]);
  // A reciprocal rank of one arm is at most a twentieth, so one below them all is below every probability.
  for (let blockIndex = 0; blockIndex < scores.length; blockIndex++) {
    if (scores[blockIndex] !== 0) scores[blockIndex]! -= 1;
  }
  const weights = weighed(fusion, features, blocks.length);
  const evidence = weights.length === 0 ? undefined : logSumOf(weights);
  const chances = probabilitiesOf(fusion, weights, evidence ?? 0);
  const probabilities = new Map<number, number>();
  blocks.forEach((blockIndex, row) => {
    scores[blockIndex] = Math.max(leastProbability, chances[row]!);
    if (!Number.isNaN(arms.landmarkScores[blockIndex]!)) probabilities.set(blockIndex, chances[row]!);
  });
  return { scores, probabilities, evidence, ranks: { landmark: landmarkRanks, lexical: lexicalRanks } };
}

/** @returns [candidates] scores */
function weighed({ weights }: FusionWeights, features: Float64Array, candidateCount: number): Float64Array {
  const ordered = featureNames.map((name) => weights[name]!);
  return Float64Array.from({ length: candidateCount }, (_, row) =>
    ordered.reduce((sum, weight, column) => sum + weight * features[row * ordered.length + column]!, 0),
  );
}

/** @param scores [candidates] */
function probabilitiesOf(
  { slope, contest, bias }: FusionWeights,
  scores: Float64Array,
  contested: number,
): Float64Array {
  return scores.map((score) => 1 / (1 + Math.exp(-(slope * score + contest * contested + bias))));
}

/** Log of the sum of exp of at least one score. */
function logSumOf(scores: Float64Array): number {
  const best = scores.reduce((most, score) => Math.max(most, score), -Infinity);
  return best + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - best), 0));
}
