/** How far an answer rests on each of its sources, once they have been left out one by one. */

import type { Strength } from '../../../protocol/verify';
import type { SourceCheck } from './state';

export interface SourceStrength {
  strength: Strength;
  /** How many times as likely each token of the sentence is with the source as without it. */
  times: number;
}

/** Of the sentence that needs the source most; undefined until it was checked. */
export function strengthOf(check: SourceCheck | undefined, n: number): SourceStrength | undefined {
  if (check?.state !== 'done') return undefined;
  const found = check.strengths.filter((strength) => strength.n === n);
  if (found.length === 0) return undefined;
  const { strength, fall } = found.reduce((most, one) => (one.fall > most.fall ? one : most));
  return { strength, times: Math.exp(fall) };
}
