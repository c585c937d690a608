/** Figures over questions, each with its 95 % interval by resampling questions. */

import { estimate, meanEstimate, pairedEstimate, type Estimate } from '../retrieval/bootstrap';
import type { ArmName } from './arms';
import type { Share } from './judge';
import type { Likelihoods } from './likelihood';
import type { Scored } from './score';

/** Undefined where no question says anything about it. */
export type Figure = Estimate | undefined;

export interface ArmFigures {
  questions: number;
  factRecall: Figure;
  /** Of the questions that were not refused. */
  factRecallAnswered: Figure;
  /** Of the key facts; what is not read can only be guessed. */
  factsRead: Figure;
  spansRead: Figure;
  /** Share of all sentences. */
  unsupported: Figure;
  words: Figure;
  /** Median. */
  seconds: Figure;
  promptTokens: Figure;
}

export interface ProductFigures {
  /** Of answerable questions. */
  falseAbstentions: Figure;
  /** Of unanswerable questions. */
  falseAnswers: Figure;
  linesInGoldFiles: Figure;
  linesInGoldSpans: Figure;
  /** Of the answers that cite, where gold lines are known. */
  hitsGold: Figure;
  /** Of the gold spans; a refusal cites none. */
  spansCited: Figure;
  /** Of the sentences that cite and name identifiers. */
  identifiersSupported: Figure;
  citedBlocks: number;
  citationProblems: string[];
}

export interface Difference {
  left: ArmName;
  right: ArmName;
  questions: number;
  factRecall: Figure;
  /** Recall of the left as a share of the right's. */
  ratio: Figure;
}

export function armFigures(rows: readonly Scored[]): ArmFigures {
  const answerable = rows.filter((row) => row.answerable);
  const spoken = answerable.filter(({ abstained }) => !abstained);
  return {
    questions: answerable.length,
    factRecall: mean(answerable.flatMap(({ factRecall }) => factRecall ?? [])),
    factRecallAnswered: mean(spoken.flatMap(({ factRecall }) => factRecall ?? [])),
    factsRead: mean(answerable.flatMap(({ factsRead }) => factsRead ?? [])),
    spansRead: mean(answerable.flatMap(({ spansRead }) => spansRead ?? [])),
    unsupported: ratioOf(spoken.map(({ unsupported }) => unsupported)),
    words: mean(spoken.map(({ words }) => words)),
    seconds: median(spoken.map(({ seconds }) => seconds)),
    promptTokens: mean(spoken.map(({ promptTokens }) => promptTokens)),
  };
}

export function productFigures(rows: readonly Scored[]): ProductFigures {
  const answerable = rows.filter((row) => row.answerable);
  const unanswerable = rows.filter((row) => !row.answerable);
  const citations = answerable.flatMap(({ citation }) => citation ?? []);
  const withGold = answerable.filter(({ spansRead }) => spansRead !== undefined);
  return {
    falseAbstentions: mean(answerable.map(({ abstained }) => Number(abstained))),
    falseAnswers: mean(unanswerable.map(({ abstained }) => Number(!abstained))),
    linesInGoldFiles: mean(citations.map(({ inGoldFiles }) => inGoldFiles)),
    linesInGoldSpans: mean(citations.map(({ inGoldSpans }) => inGoldSpans)),
    hitsGold: mean(citations.map(({ hitsGold }) => Number(hitsGold))),
    spansCited: mean(withGold.map(({ citation }) => citation?.spansHit ?? 0)),
    identifiersSupported: ratioOf(answerable.map(({ support }) => support)),
    citedBlocks: rows.reduce((sum, { citedBlocks }) => sum + citedBlocks, 0),
    citationProblems: rows.flatMap(({ id, citationProblems }) =>
      citationProblems.map((problem) => `${id}: ${problem}`),
    ),
  };
}

/** Over the questions that both arms were asked. */
export function difference(rows: readonly Scored[], left: ArmName, right: ArmName): Difference {
  const recallOf = (arm: ArmName): Map<string, number> =>
    new Map(
      rows.flatMap((row) =>
        row.arm === arm && row.factRecall !== undefined ? [[row.id, row.factRecall]] : [],
      ),
    );
  const ofRight = recallOf(right);
  const pairs = [...recallOf(left)].flatMap(([id, value]) => {
    const other = ofRight.get(id);
    return other === undefined ? [] : [{ left: value, right: other }];
  });
  const lefts = pairs.map((pair) => pair.left);
  const rights = pairs.map((pair) => pair.right);
  return {
    ...{ left, right, questions: pairs.length },
    factRecall: pairs.length === 0 ? undefined : pairedEstimate(lefts, rights),
    ratio: ratioOf(pairs.map((pair) => ({ count: pair.left, of: pair.right }))),
  };
}

export interface LikelihoodFigures {
  questions: number;
  /** Nats per token. */
  cached: Figure;
  cachedHalf: Figure;
  refed: Figure;
  nothing: Figure;
  /** Of the cached context over the one that was read again: mean losses, in percent. */
  percent: Figure;
  /** Of KV in int8 over KV in fp16, in the same way. */
  int8Percent: Figure;
}

export function likelihoodFigures(measured: readonly Likelihoods[]): LikelihoodFigures {
  const percentOver = (other: 'refed' | 'cachedHalf'): Figure => {
    const ratio = ratioOf(measured.map((one) => ({ count: one.cached, of: one[other] })));
    const inPercent = (value: number): number => (value - 1) * 100;
    return (
      ratio && {
        value: inPercent(ratio.value),
        low: inPercent(ratio.low),
        high: inPercent(ratio.high),
      }
    );
  };
  return {
    questions: measured.length,
    cached: mean(measured.map(({ cached }) => cached)),
    cachedHalf: mean(measured.map(({ cachedHalf }) => cachedHalf)),
    refed: mean(measured.map(({ refed }) => refed)),
    nothing: mean(measured.map(({ nothing }) => nothing)),
    percent: percentOver('refed'),
    int8Percent: percentOver('cachedHalf'),
  };
}

export function mean(values: readonly number[]): Figure {
  return values.length === 0 ? undefined : meanEstimate(values);
}

export function median(values: readonly number[]): Figure {
  return values.length === 0 ? undefined : estimate([values], ([sample]) => medianOf(sample!));
}

/** The value below which this share of all lies. */
export function quantile(values: readonly number[], share: number): Figure {
  const at = (sample: readonly number[]): number =>
    [...sample].sort((left, right) => left - right)[Math.round(share * (sample.length - 1))]!;
  return values.length === 0 ? undefined : estimate([values], ([sample]) => at(sample!));
}

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Sums of counts over sums of wholes; questions are resampled, so that both parts of one stay together. */
export function ratioOf(shares: readonly Share[]): Figure {
  const ratio = (indices: readonly number[]): number => {
    const of = indices.reduce((sum, at) => sum + shares[at]!.of, 0);
    const count = indices.reduce((sum, at) => sum + shares[at]!.count, 0);
    return of === 0 ? 0 : count / of;
  };
  const whole = shares.reduce((sum, { of }) => sum + of, 0);
  return whole === 0 ? undefined : estimate([[...shares.keys()]], ([sample]) => ratio(sample!));
}
