import { describe, expect, it } from 'vitest';
import { biasFor, isRefused, type Judged } from '../../../bench/refusing/judged';
import { pageOf } from '../../../bench/refusing/page';

const weights = { weight: 1, bias: 0.5, from: -1 };

function judged(kind: Judged['kind'], margin: number, verdict?: number, repository = 'r'): Judged {
  return { id: 'q', repository, kind, margin, ...(verdict !== undefined && { verdict }) };
}

describe('a question that is judged', () => {
  it.each([
    ['by routing alone', judged('answered', -0.1, -3), undefined, true],
    ['by neither', judged('answered', -0.1, -3), weights, false],
    ['by the verdict', judged('absent', 1, 2), weights, true],
    ['unread', judged('absent', -2), weights, true],
  ])('is refused %s or not', (_, question, by, refused) => {
    expect(isRefused(question, by)).toBe(refused);
  });

  it('chooses a bias that refuses a share of those with an answer', () => {
    const answered = [judged('answered', 1, 0), judged('answered', 1, 3), judged('answered', 2, -2)];
    expect(biasFor(answered, weights, 0.34)).toBe(-1);
    expect(biasFor(answered, weights, 0)).toBe(2);
  });
});

it('the page tells what each part refuses, and a bias that other repositories choose', () => {
  const questions = [
    judged('answered', 2, -3, 'a'),
    judged('answered', 1, -1, 'b'),
    judged('absent', 0.4, 3, 'a'),
    judged('presumed', 2, 1, 'b'),
  ];
  const lines = pageOf('small', weights, questions, 'bench/results');
  expect(lines[0]).toBe('# Whether there is an answer, with small');
  expect(lines).toContain('| routing | .00 (.00–.00) | .00 (.00–.00) | .00 (.00–.00) |');
  expect(lines).toContain(
    "| routing and the reader's verdict | .00 (.00–.00) | 1.00 (1.00–1.00) | .00 (.00–.00) |",
  );
  expect(lines.filter((line) => line.startsWith('| the same'))).toHaveLength(1);
  expect(
    pageOf('small', undefined, questions, 'bench/results').filter((line) => line.startsWith('|')),
  ).toHaveLength(3);
});
