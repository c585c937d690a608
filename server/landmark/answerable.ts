/**
 * How likely it is that a workspace answers a question: a logistic function of the best landmark score and of what all
 * candidates of fusion say together. Landmarks see how near the nearest block is; evidence also knows words and paths, and
 * whether one block stands out or many fit as well. Fitted in `training/landmark_training/answerable.py`.
 */

export interface AnswerableWeights {
  landmark: number;
  /** 0 in a package that fuses without weights. */
  evidence: number;
  bias: number;
  /** Questions that are less likely to have an answer are not answered. */
  atLeast: number;
  /** What the reader's own verdict counts, where its deltas give one. */
  reader?: VerdictWeights;
}

/**
 * The verdict is how likely a refusal begins after the blocks (log odds). A question is refused where the log odds of an answer
 * less those of the threshold, less `weight` times the verdict, plus `bias` are below 0.
 */
export interface VerdictWeights {
  weight: number;
  bias: number;
  /** Log odds beyond the threshold's below which nothing is read for a verdict. */
  from: number;
}

/** What is known of a question before anything is read. */
export interface AnswerableFeatures {
  /** Landmark score of the best block, -1 to 1. */
  bestLandmarkScore: number;
  /** From `FusedBlocks`; undefined where no candidate was found or the package fuses without weights. */
  evidence: number | undefined;
}

/** @returns 0 to 1 */
export function answerProbability(
  { landmark, evidence: weight, bias }: AnswerableWeights,
  { bestLandmarkScore, evidence }: AnswerableFeatures,
): number {
  const told = landmark * bestLandmarkScore + weight * (evidence ?? 0) + bias;
  return 1 / (1 + Math.exp(-told));
}

/** Log odds of a probability beyond those of the threshold: below 0 the package would refuse by routing alone. */
export function marginOf({ atLeast }: AnswerableWeights, probability: number): number {
  return logOdds(probability) - logOdds(atLeast);
}

function logOdds(probability: number): number {
  return Math.log(probability / (1 - probability));
}

/**
 * @param margin Infinity where nothing may be refused
 * @param verdict log odds of a refusal after the blocks
 */
export function isRefusedByReader(
  { weight, bias }: VerdictWeights,
  margin: number,
  verdict: number,
): boolean {
  return margin - weight * verdict + bias < 0;
}

/** What keeps these weights from being used, in words; undefined where nothing does. */
export function problemOfAnswerable(weights: AnswerableWeights): string | undefined {
  const names = ['landmark', 'evidence', 'bias', 'atLeast'] as const;
  const missing = names.filter((name) => !Number.isFinite(weights[name]));
  const { reader } = weights;
  const ofReader =
    reader && (['weight', 'bias', 'from'] as const).filter((name) => !Number.isFinite(reader[name]));
  if (ofReader && ofReader.length > 0)
    return `the reader's verdict has no ${ofReader.join(', ')}; export the package again`;
  if (missing.length === 0) return undefined;
  return `whether there is an answer has no weight for ${missing.join(', ')}; export the package again`;
}
