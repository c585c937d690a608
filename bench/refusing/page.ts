/** What was judged, as a page. */

import { marginWithVerdict, type VerdictWeights } from '../../server/landmark/answerable';
import { estimate, meanEstimate } from '../retrieval/bootstrap';
import { areaUnderCurve } from '../retrieval/metrics';
import { told } from '../retrieval/report';
import { linkToDocs, machine, table } from '../support';
import { isRefused, type Judged } from './judged';

export interface JudgedBy {
  model: string;
  reader: string;
  reach: number;
  /** Undefined where the package's reader is not asked. */
  verdict: VerdictWeights | undefined;
}

/** @param folder where the page is kept */
export function pageOf(by: JudgedBy, judged: readonly Judged[], folder: string): string[] {
  const [yes, no] = parted(judged);
  const names = by.model === by.reader ? by.model : `${by.model}, read by ${by.reader}`;
  return [
    `# Whether there is an answer, with ${names}`,
    '',
    machine(),
    '',
    `${yes.length} questions that have an answer and ${no.length} that have none, with 95 % intervals over questions. ` +
      `What it means: [docs/landmarks.md](${linkToDocs(folder, 'landmarks.md')}).`,
    '',
    ...refusedTable(by, yes, no),
    ...doubtTable(by, judged),
  ];
}

function refusedTable({ verdict }: JudgedBy, yes: readonly Judged[], no: readonly Judged[]): string[] {
  const row = (title: string, weights: VerdictWeights | undefined): string[] => [
    title,
    ...[yes, no].map((asked) => told(meanEstimate(asked.map((each) => (isRefused(each, weights) ? 1 : 0))))),
  ];
  const rows = [row('routing', undefined)];
  if (verdict) rows.push(row("routing, and the reader's verdict where in doubt", verdict));
  return table(['refused by', 'of those with an answer', 'of those without'], rows);
}

/** How well each part tells them apart, of the questions that the reader was asked. */
function doubtTable({ reach, verdict }: JudgedBy, judged: readonly Judged[]): string[] {
  const asked = judged.filter(({ lead }) => lead !== undefined);
  const [yes, no] = parted(asked);
  if (yes.length === 0 || no.length === 0) return [];
  const area = (scoreOf: (each: Judged) => number): string =>
    told(
      estimate([yes.map(scoreOf), no.map(scoreOf)], ([positives, negatives]) =>
        areaUnderCurve(positives!, negatives!),
      ),
    );
  const rows = [
    ['routing', area(({ margin }) => margin)],
    ["the reader's lead of Yes over No", area(({ lead }) => lead!)],
  ];
  if (verdict) rows.push(['both', area(({ margin, lead }) => marginWithVerdict(verdict, margin, lead!))]);
  return [
    '',
    `Of the ${yes.length} and ${no.length} no further than ${reach} nats from the threshold, told apart (area under the curve):`,
    '',
    ...table(['told by', 'area'], rows),
  ];
}

function parted(judged: readonly Judged[]): [Judged[], Judged[]] {
  return [judged.filter(({ answerable }) => answerable), judged.filter(({ answerable }) => !answerable)];
}
