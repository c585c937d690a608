/** Judges what an arm said, question by question. */

import type { Answered, ArmName } from './arms';
import {
  citationScore,
  factRecall,
  factsSaid,
  identifierSupport,
  spansHit,
  textRead,
  unsupportedSentences,
  wordCount,
  type CitationScore,
  type Lines,
  type ReadBlock,
  type Share,
} from './judge';
import type { AskedQuestion } from './questions';

export interface Scored {
  id: string;
  repository: string;
  arm: ArmName;
  answerable: boolean;
  abstained: boolean;
  /** Undefined where there is no answer to recall. */
  factRecall: number | undefined;
  factsSaid: string[];
  factsMissing: string[];
  /** Of the key facts, those that the blocks that were read hold; undefined where there is no answer. */
  factsRead: number | undefined;
  /** Of the gold spans, those that a block that was read overlaps; undefined without gold spans. */
  spansRead: number | undefined;
  /** Undefined where nothing is cited or no gold lines are known. */
  citation: CitationScore | undefined;
  citedBlocks: number;
  citationProblems: string[];
  /** Of the sentences that cite and name identifiers. */
  support: Share;
  /** Of all sentences. */
  unsupported: Share;
  words: number;
  seconds: number;
  promptTokens: number;
  generatedTokens: number;
}

export function score(arm: ArmName, question: AskedQuestion, answered: Answered): Scored {
  const { answerable, keyFacts, goldSpans } = question;
  const { abstained, read } = answered;
  // A refusal says nothing about the code, whatever words it uses.
  const said = abstained ? [] : factsSaid(answered.answer, keyFacts);
  const cited = answered.sentences.flatMap((sentence) => sentence.cited);
  const textOf = new Map(read.map((block) => [placeOf(block), block]));
  const sentences = answered.sentences.map(({ text, cited: lines }) => ({
    text,
    cited: lines.flatMap((place): ReadBlock[] => {
      const block = textOf.get(placeOf(place));
      return block ? [block] : [];
    }),
  }));
  return {
    id: question.id,
    repository: question.repository,
    arm,
    answerable,
    abstained,
    factRecall: answerable ? said.length / keyFacts.length : undefined,
    factsSaid: said,
    factsMissing: keyFacts.filter((fact) => !said.includes(fact)),
    factsRead: answerable ? factRecall(textRead(read), keyFacts) : undefined,
    spansRead: goldSpans.length > 0 ? spansHit(read, goldSpans) : undefined,
    citation: citationScore(cited, question),
    citedBlocks: new Set(cited.map(placeOf)).size,
    citationProblems: answered.citationProblems,
    support: identifierSupport(sentences),
    unsupported: unsupportedSentences(sentences, read, question.question),
    words: wordCount(answered.answer),
    seconds: answered.seconds,
    promptTokens: answered.promptTokens,
    generatedTokens: answered.generatedTokens,
  };
}

function placeOf({ path, startLine, endLine }: Lines): string {
  return `${path}:${startLine}-${endLine}`;
}
