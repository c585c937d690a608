/** Figures over sentences and blocks, each with its 95 % interval by resampling answers. */

import { citationScore } from '../../server/landmark/cite';
import { medianOf, ratioOf } from '../answers/figures';
import type { Estimate } from '../retrieval/bootstrap';
import { measureNames, type MeasuredAnswer, type MeasureName, type Pair } from './measure';

/** What the product cites by: the landmark, identifiers and words as `chooseCitations` adds them up. */
export const scoreNames = [...measureNames, 'product'] as const;
export type ScoreName = (typeof scoreNames)[number];

export interface CitingFigures {
  answers: number;
  sentences: number;
  /** How often a block on gold lines scores above one that is not, of the same sentence. */
  gold: Record<ScoreName, Estimate>;
  /** How often the block without which the sentence falls most scores above another one of the sentence. */
  fallsMost: Record<Exclude<ScoreName, 'fall'>, Estimate>;
  /** Nats per token, at these shares of the pairs from below. */
  falls: Record<'cited' | 'notCited' | 'gold', Record<(typeof quantiles)[number], number>>;
  readingMs: number;
}

export const quantiles = [0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99] as const;

export function figuresOf(answers: readonly MeasuredAnswer[]): CitingFigures {
  const pairs = answers.flatMap(({ sentences }) => sentences.flat());
  const by = <Name extends ScoreName>(names: readonly Name[], isWanted: Wanted): Record<Name, Estimate> =>
    Object.fromEntries(names.map((name) => [name, above(answers, name, isWanted)])) as Record<Name, Estimate>;
  const falls = (isOf: (pair: Pair) => boolean): CitingFigures['falls']['gold'] => {
    const sorted = pairs
      .filter(isOf)
      .map(({ fall }) => fall)
      .sort((left, right) => left - right);
    const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? NaN;
    return Object.fromEntries(quantiles.map((share) => [share, at(share)])) as CitingFigures['falls']['gold'];
  };
  return {
    answers: answers.length,
    sentences: answers.reduce((sum, { sentences }) => sum + sentences.length, 0),
    gold: by(scoreNames, ({ gold }) => gold),
    fallsMost: by(
      ['landmark', 'identifiers', 'words', 'product'] as const,
      (pair, sentence) => pair.fall === Math.max(...sentence.map(({ fall }) => fall)),
    ),
    falls: {
      cited: falls(({ cited }) => cited),
      notCited: falls(({ cited }) => !cited),
      gold: falls(({ gold }) => gold),
    },
    readingMs: medianOf(answers.map(({ readingMs }) => readingMs)),
  };
}

type Wanted = (pair: Pair, sentence: readonly Pair[]) => boolean;

export function scoreOf(pair: Pair, name: ScoreName): number {
  if (name !== 'product') return pair[name satisfies MeasureName];
  return citationScore(pair.landmark, pair.identifiers, pair.words);
}

/** Area under the curve within sentences: over all pairs of a wanted block and another; ties count half. */
function above(answers: readonly MeasuredAnswer[], name: ScoreName, isWanted: Wanted): Estimate {
  const counts = answers.map(({ sentences }) => {
    let won = 0;
    let of = 0;
    for (const sentence of sentences) {
      const wanted = sentence.filter((pair) => isWanted(pair, sentence));
      const others = sentence.filter((pair) => !isWanted(pair, sentence));
      for (const left of wanted) {
        for (const right of others) {
          const difference = scoreOf(left, name) - scoreOf(right, name);
          won += difference > 0 ? 1 : difference === 0 ? 0.5 : 0;
          of += 1;
        }
      }
    }
    return { count: won, of };
  });
  return ratioOf(counts) ?? { value: NaN, low: NaN, high: NaN };
}
