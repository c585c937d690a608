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

/**
 * What the reader adds where it is asked (`server/answering/verdict.ts`): it has the last word on questions whose log odds
 * lie no further than `reach` from those of the threshold.
 */
export interface VerdictWeights {
  /** Of the lead of Yes over No. */
  lead: number;
  bias: number;
  reach: number;
}

/**
 * By how much the log odds of an answer pass the threshold, in nats.
 *
 * @param probability 0 to 1, as `answerProbability` gives it
 */
export function marginOf({ atLeast }: Pick<AnswerableWeights, 'atLeast'>, probability: number): number {
  return logOdds(probability) - logOdds(atLeast);
}

function logOdds(probability: number): number {
  return Math.log(probability / (1 - probability));
}

/** @returns the margin with the reader's verdict, in nats */
export function marginWithVerdict(
  { lead: weight, bias }: VerdictWeights,
  margin: number,
  lead: number,
): number {
  return margin + weight * lead + bias;
}

/** What keeps these weights from being used, in words; undefined where nothing does. */
export function problemOfAnswerable(weights: AnswerableWeights): string | undefined {
  const names = ['landmark', 'evidence', 'bias', 'atLeast'] as const;
  const missing = names.filter((name) => !Number.isFinite(weights[name]));
  if (missing.length === 0) return undefined;
  return `whether there is an answer has no weight for ${missing.join(', ')}; export the package again`;
}

/** What keeps a verdict's weights from being used, in words; undefined where nothing does. */
export function problemOfVerdict(weights: VerdictWeights): string | undefined {
  const names = ['lead', 'bias', 'reach'] as const;
  const missing = names.filter((name) => !Number.isFinite(weights[name]));
  if (missing.length === 0) return undefined;
  return `the verdict of its reader has no number for ${missing.join(', ')}; export the package again`;
}
