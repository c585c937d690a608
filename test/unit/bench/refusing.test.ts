import { describe, expect, it } from 'vitest';
import { isRefused, type Judged } from '../../../bench/refusing/judged';
import { pageOf } from '../../../bench/refusing/page';

const verdict = { lead: 2, bias: -1, reach: 0.8 };

function judged(answerable: boolean, margin: number, lead?: number): Judged {
  const known = { id: 'q', repository: 'r', answerable, margin };
  return lead === undefined ? known : { ...known, lead };
}

describe('a question that is judged', () => {
  it.each([
    ['by routing alone', judged(true, -0.1, 1), undefined, true],
    ['with the verdict', judged(true, -0.1, 1), verdict, false],
    ['with the verdict', judged(false, 0.1, 0.2), verdict, true],
    ['by routing where it is clear', judged(false, 0.9, -9), verdict, false],
    ['by routing where the reader was not asked', judged(true, -0.1), verdict, true],
  ])('%s', (_, question, weights, refused) => {
    expect(isRefused(question, weights)).toBe(refused);
  });
});

describe('the page', () => {
  const questions = [judged(true, 2), judged(true, -0.2, 1), judged(false, 0.2, 0.1), judged(false, -2)];
  const by = { model: 'small', reader: 'large', reach: 0.8, verdict };

  it('tells what is refused with and without the verdict', () => {
    const lines = pageOf(by, questions, 'bench/results');
    expect(lines[0]).toBe('# Whether there is an answer, with small, read by large');
    expect(lines.filter((line) => line.startsWith('| routing'))).toEqual([
      '| routing | .50 (.00–1.00) | .50 (.00–1.00) |',
      "| routing, and the reader's verdict where in doubt | .00 (.00–.00) | 1.00 (1.00–1.00) |",
      '| routing | .00 (.00–.00) |',
    ]);
    expect(lines).toContain('| both | 1.00 (1.00–1.00) |');
  });

  it('leaves out what was not asked', () => {
    const lines = pageOf(
      { ...by, verdict: undefined },
      [judged(true, 2), judged(false, -2)],
      'bench/results',
    );
    expect(lines.filter((line) => line.startsWith('|'))).toHaveLength(3);
  });
});
