import { marginWithVerdict, type VerdictWeights } from '../../server/landmark/answerable';

/** A question, and what is told of whether it has an answer. */
export interface Judged {
  id: string;
  repository: string;
  answerable: boolean;
  /** By how much the log odds of an answer pass the threshold, in nats, by routing. */
  margin: number;
  /** Of Yes over No, where the reader was asked. */
  lead?: number;
}

/** As the product decides, but for questions that one block holds whole. */
export function isRefused({ margin, lead }: Judged, verdict: VerdictWeights | undefined): boolean {
  if (!verdict || lead === undefined || Math.abs(margin) > verdict.reach) return margin < 0;
  return marginWithVerdict(verdict, margin, lead) < 0;
}
