import type { Strength, VerifyResult } from '../../protocol/verify';
import type { Colors } from '../terminal';

const words: Record<Strength, string> = {
  strong: 'clearly used',
  some: 'used a little',
  none: 'hardly used',
};

/** What each citation is worth to the sentence that needs it most. */
export function strengthList({ strengths }: VerifyResult, colors: Colors): string {
  const most = new Map<number, VerifyResult['strengths'][number]>();
  for (const strength of strengths) {
    const before = most.get(strength.n);
    if (!before || strength.fall > before.fall) most.set(strength.n, strength);
  }
  const lines = [...most.values()]
    .sort((left, right) => left.n - right.n)
    .map(
      ({ n, strength, fall }) =>
        `  ${colors.cyan(`[${n}]`)} ${words[strength]} ${colors.dim(`(${fall.toFixed(2)} nats a token)`)}\n`,
    );
  return lines.length === 0 ? '' : `${colors.bold('How far the sources were used:')}\n${lines.join('')}`;
}
