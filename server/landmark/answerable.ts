/**
 * How likely it is that a workspace answers a question: a logistic function of the best landmark score and of the
 * largest share of the question's words that one block holds. Landmarks see meaning, words see names that do not
 * occur; each is fooled where the other is not. Fitted in `training/landmark_training/calibrate.py`.
 */

export interface AnswerableWeights {
  landmark: number;
  words: number;
  bias: number;
  /** Questions that are less likely to have an answer are not answered. */
  atLeast: number;
}

/** What is known of a question before anything is read. */
export interface AnswerableFeatures {
  /** Landmark score of the best block, -1 to 1. */
  bestLandmarkScore: number;
  /** From `LexicalIndex.coverage`, the best block's, 0 to 1. */
  bestCoverage: number;
}

/** @returns 0 to 1 */
export function answerProbability(
  { landmark, words, bias }: AnswerableWeights,
  { bestLandmarkScore, bestCoverage }: AnswerableFeatures,
): number {
  return 1 / (1 + Math.exp(-(landmark * bestLandmarkScore + words * bestCoverage + bias)));
}
