/**
 * landmark/verify: what the citations of an answer are worth, by reading it again without each block. Cited blocks must be
 * as they were; other blocks, and earlier turns as text, are read as they are now.
 */

import type { AnswerSentence, BlockHit, Citation, RootedRequest, Turn } from './messages';

/** An answer as it was given. */
export interface VerifyParams extends RootedRequest {
  question: string;
  /** Earlier turns that the question was asked with. */
  thread?: Turn[];
  answer: string;
  sentences: AnswerSentence[];
  citations: CitedLines[];
  /** The blocks that were read for it, in their order. */
  read: ReadPlace[];
}

export type ReadPlace = Pick<BlockHit, 'path' | 'startLine' | 'endLine' | 'piece'>;

export type CitedLines = Pick<Citation, 'n' | 'path' | 'startLine' | 'endLine' | 'sha256'>;

export interface VerifyResult {
  /**
   * One for each sentence and each block it cites, in the order of sentences and numbers; none for a sentence that does
   * not stand in the answer, or a block that is not among those read.
   */
  strengths: CitationStrength[];
}

export interface CitationStrength {
  /** Index into the answer's sentences. */
  sentence: number;
  /** Number of the citation. */
  n: number;
  /** By how many nats per token the sentence becomes less likely where the block is not read; below 0: likelier. */
  fall: number;
  strength: Strength;
}

/**
 * How far a sentence rests on a block, beside blocks that were read and not cited: `strong` where its likelihood falls
 * further than for 95 in a hundred of those, `some` further than for 75.
 */
export type Strength = 'strong' | 'some' | 'none';
