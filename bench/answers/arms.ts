/** Four ways to an answer, each asked the same questions. */

import type { AskedQuestion } from './questions';
import type { Lines, ReadBlock } from './judge';

export const armNames = ['ours', 'gold', 'bm25', 'none'] as const;
export type ArmName = (typeof armNames)[number];

/** What the tables call them. */
export const armTitles: Record<ArmName, string> = {
  ours: 'the product (routed blocks, cached KV)',
  gold: 'gold blocks, text read again (the ceiling)',
  bm25: 'BM25 blocks, text read again by llama.cpp',
  none: 'nothing read (the floor)',
};

/** One answer, unedited. */
export interface Answered {
  answer: string;
  /** The product said that the repository does not seem to hold an answer. */
  abstained: boolean;
  sentences: { text: string; cited: Lines[] }[];
  /** Every block that was read, with its text. */
  read: ReadBlock[];
  promptTokens: number;
  generatedTokens: number;
  /** From the question to the last token. */
  seconds: number;
  /** What is wrong with its citations: a file or lines that do not exist, or another text than stands there. */
  citationProblems: string[];
}

export interface Arm {
  /** Before the first question about a repository; its time counts for no answer. */
  prepare: (root: string) => Promise<void>;
  answer: (question: AskedQuestion) => Promise<Answered>;
  close: () => Promise<void>;
}

/** Whether an arm is asked a question at all: only the product can refuse what cannot be answered. */
export function isAsked(arm: ArmName, { answerable, goldSpans }: AskedQuestion): boolean {
  if (arm === 'gold') return goldSpans.length > 0;
  return answerable || arm === 'ours';
}
