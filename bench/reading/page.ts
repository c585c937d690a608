/** What was measured, as a page. */

import { estimate, mean, meanEstimate, type Estimate } from '../retrieval/bootstrap';
import { linkToDocs, machine, table } from '../support';
import type { Measured, MeasuredWay } from './measured';
import { routedAgain, shipped, type Way, type WayGroup } from './ways';

/**
 * @param groups of ways that were measured
 * @param folder where the page is kept
 */
export function pageOf(
  name: string,
  measured: readonly Measured[],
  groups: readonly WayGroup[],
  folder: string,
): string[] {
  const isRoutedAgain = groups.some(({ ways }) => ways === routedAgain);
  return [
    `# What to read, with ${name}`,
    '',
    machine(),
    '',
    `${measured.length} questions. Loss of the reference answer in nats per token, with 95 % intervals over questions. ` +
      `What it means: [docs/answers.md](${linkToDocs(folder, 'answers.md')}).`,
    ...groups.flatMap(({ title, ways }) => ['', `## ${title}`, '', ...waysTable(ways, measured)]),
    ...(isRoutedAgain ? ['', ...halvesSection(measured)] : []),
  ];
}

function waysTable(ways: readonly Way[], measured: readonly Measured[]): string[] {
  const rows = [shipped, ...ways].map((way) => [
    way.name,
    share(meanEstimate(figures(measured, way, 'facts'))),
    share(meanEstimate(figures(measured, way, 'spans'))),
    nats(meanEstimate(figures(measured, way, 'loss'))),
    way === shipped ? '' : nats(meanEstimate(lossesBeyond(way, measured))),
  ]);
  return table(['read', 'key facts in it', 'gold spans in it', 'loss', 'loss beyond the first line'], rows);
}

function halvesSection(measured: readonly Measured[]): string[] {
  return [
    '## Where an answer is less likely',
    '',
    'Loss beyond the shipped way, for the half of the questions whose probability of an answer is lower, and for the other.',
    '',
    ...halvesTable(measured),
  ];
}

function halvesTable(measured: readonly Measured[]): string[] {
  const byProbability = [...measured].sort((left, right) => left.probability - right.probability);
  const middle = Math.ceil(measured.length / 2);
  const halves = [byProbability.slice(0, middle), byProbability.slice(middle)];
  const rows = routedAgain.map((way) => {
    const beyond = halves.map((half) => lossesBeyond(way, half));
    const apart = estimate(beyond, ([less, more]) => mean(less!) - mean(more!));
    return [way.name, ...beyond.map((losses) => nats(meanEstimate(losses))), nats(apart)];
  });
  return table(['routed again', 'less likely', 'likelier', 'difference'], rows);
}

function lossesBeyond(way: Way, measured: readonly Measured[]): number[] {
  const losses = figures(measured, way, 'loss');
  return figures(measured, shipped, 'loss').map((loss, at) => losses[at]! - loss);
}

function figures(measured: readonly Measured[], { name }: Way, figure: keyof MeasuredWay): number[] {
  return measured.map(({ ways }) => ways[name]![figure]);
}

function share({ value }: Estimate): string {
  return value.toFixed(2).replace(/^0/, '');
}

function nats({ value, low, high }: Estimate): string {
  const [middle, from, to] = [value, low, high].map((number) => number.toFixed(3));
  return `${middle} (${from} to ${to})`;
}
