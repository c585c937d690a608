import { isRefusedByReader, type VerdictWeights } from '../../server/landmark/answerable';

/** A question, and what is told of whether it has an answer. */
export interface Judged {
  id: string;
  repository: string;
  /** It has an answer; it has none; it has none and presumes what sibling projects have. */
  kind: 'answered' | 'absent' | 'presumed';
  /** By how much the log odds of an answer pass the threshold, by routing. */
  margin: number;
  /** Log odds of a refusal, where the blocks were read. */
  verdict?: number;
}

/** As the product decides, but for questions that one block holds whole. */
export function isRefused({ margin, verdict }: Judged, weights: VerdictWeights | undefined): boolean {
  if (!weights) return margin < 0;
  return margin < weights.from || verdict === undefined || isRefusedByReader(weights, margin, verdict);
}

/**
 * The bias under which at most a share `refuse` of these questions, all of which have an answer, is refused.
 *
 * @param judged at least one
 */
export function biasFor(
  judged: readonly Judged[],
  weights: Pick<VerdictWeights, 'weight' | 'from'>,
  refuse: number,
): number {
  const scores = judged.map(({ margin, verdict }) =>
    verdict === undefined || margin < weights.from ? -Infinity : margin - weights.weight * verdict,
  );
  const lowest = scores.sort((left, right) => left - right)[Math.floor(refuse * scores.length)]!;
  return -lowest;
}
