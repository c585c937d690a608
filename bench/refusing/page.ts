/** What was judged, as a page. */

import type { VerdictWeights } from '../../server/landmark/answerable';
import { estimate, meanEstimate } from '../retrieval/bootstrap';
import { areaUnderCurve } from '../retrieval/metrics';
import { told } from '../retrieval/report';
import { linkToDocs, machine, table } from '../support';
import { biasFor, isRefused, type Judged } from './judged';

const kinds = ['answered', 'absent', 'presumed'] as const;
/** Of the questions that have an answer, as many may be refused where a bias is chosen. */
const mayRefuse = 0.095;

/** @param folder where the page is kept */
export function pageOf(
  model: string,
  weights: VerdictWeights | undefined,
  judged: readonly Judged[],
  folder: string,
): string[] {
  const counts = kinds.map((kind) => judged.filter((each) => each.kind === kind).length);
  return [
    `# Whether there is an answer, with ${model}`,
    '',
    machine(),
    '',
    `${counts[0]} questions that have an answer, ${counts[1]} that have none, and ${counts[2]} that have none and presume what ` +
      `sibling projects have; with 95 % intervals over questions. What it means: [docs/landmarks.md](${linkToDocs(folder, 'landmarks.md')}).`,
    '',
    ...refusedTable(weights, judged),
    '',
    ...areaTable(weights, judged),
  ];
}

function refusedTable(weights: VerdictWeights | undefined, judged: readonly Judged[]): string[] {
  const row = (title: string, refused: (each: Judged) => boolean): string[] => [
    title,
    ...kinds.map((kind) => {
      const asked = judged.filter((each) => each.kind === kind).map((each) => (refused(each) ? 1 : 0));
      return told(meanEstimate(asked));
    }),
  ];
  const rows = [row('routing', (each) => isRefused(each, undefined))];
  if (weights) {
    const others = leftOut(weights, judged);
    rows.push(row("routing and the reader's verdict", (each) => isRefused(each, weights)));
    rows.push(
      row('the same, with the bias that the other repositories choose', (each) =>
        isRefused(each, others.get(each.repository)),
      ),
    );
  }
  return table(['refused by', 'have an answer', 'have none', 'presume something'], rows);
}

/** Of each repository, the weights with a bias that was chosen without it. */
function leftOut(weights: VerdictWeights, judged: readonly Judged[]): Map<string, VerdictWeights> {
  const names = [...new Set(judged.map(({ repository }) => repository))];
  return new Map(
    names.flatMap((name) => {
      const others = judged.filter(({ repository, kind }) => repository !== name && kind === 'answered');
      if (others.length === 0) return [];
      return [[name, { ...weights, bias: biasFor(others, weights, mayRefuse) }] as const];
    }),
  );
}

/** How well each part tells them apart; what was not read counts as refused most. */
function areaTable(weights: VerdictWeights | undefined, judged: readonly Judged[]): string[] {
  if (!weights) return [];
  const scoreOfVerdict = ({ verdict }: Judged): number => (verdict === undefined ? -Infinity : -verdict);
  const scores: [string, (each: Judged) => number][] = [
    ['routing', ({ margin }) => margin],
    ["the reader's verdict", scoreOfVerdict],
    ['both', (each) => each.margin + weights.weight * scoreOfVerdict(each)],
  ];
  const rows = scores.map(([title, scoreOf]) => [
    title,
    ...(['absent', 'presumed'] as const).map((kind) => area(judged, kind, scoreOf)),
  ]);
  return table(['told apart from those with an answer by (area)', 'have none', 'presume something'], rows);
}

function area(judged: readonly Judged[], kind: Judged['kind'], scoreOf: (each: Judged) => number): string {
  const of = (wanted: Judged['kind']): number[] => judged.filter((each) => each.kind === wanted).map(scoreOf);
  const [yes, no] = [of('answered'), of(kind)];
  if (yes.length === 0 || no.length === 0) return '';
  return told(estimate([yes, no], ([positives, negatives]) => areaUnderCurve(positives!, negatives!)));
}
