/** Tables of what was measured, every figure with its 95 % interval over questions. */

import { table } from '../support';
import { armNames, armTitles, type ArmName } from './arms';
import { estimate, meanEstimate, pairedEstimate, type Estimate } from './bootstrap';
import type { Measured, MeasuredQuestion } from './measure';
import { areaUnderCurve, fileRanks, hitsFile, hitsLine, lineBudgets } from './metrics';
import type { Speed } from './speed';

interface Figure {
  title: string;
  /** 1 or 0; undefined where the question says nothing about it. */
  of(question: MeasuredQuestion, arm: ArmName): number | undefined;
}

const figures: readonly Figure[] = [
  ...fileRanks.map((rank): Figure => ({
    title: `file@${rank}`,
    of: ({ arms }, arm) => Number(hitsFile(arms[arm], rank)),
  })),
  ...lineBudgets.map((budget): Figure => ({
    title: `${budget} lines`,
    of: ({ arms, hasLines }, arm) => (hasLines ? Number(hitsLine(arms[arm], budget)) : undefined),
  })),
];

const comparisons: readonly (readonly [ArmName, ArmName])[] = [
  ['landmark', 'lexical'],
  ['landmark', 'MiniLM'],
  ['hybrid', 'lexical'],
  ['hybrid', 'MiniLM + lexical'],
];

/** Shares found within each line budget, for the plot. */
export function lineShares(questions: readonly MeasuredQuestion[], arm: ArmName): Estimate[] {
  return figures.slice(fileRanks.length).map((figure) => meanEstimate(valuesOf(figure, questions, arm)));
}

export function reportOf(measured: Measured): string[] {
  const { title, indexed, questions } = measured;
  const named = questions.filter(({ identifiers }) => identifiers);
  const unnamed = questions.filter(({ identifiers }) => !identifiers);
  return [
    `## ${title}`,
    '',
    ...indexed.map((line) => `- ${line}`),
    '',
    ...section(`All ${describe(questions)}`, questions),
    ...section(`${describe(named)} that name an identifier of the gold lines`, named),
    ...section(`${describe(unnamed)} that name none`, unnamed),
  ];
}

function describe(questions: readonly MeasuredQuestion[]): string {
  const withLines = questions.filter(({ hasLines }) => hasLines).length;
  return `${questions.length} questions, ${withLines} with gold lines,`;
}

function section(title: string, questions: readonly MeasuredQuestion[]): string[] {
  if (questions.length === 0) return [];
  const head = figures.map((figure) => figure.title);
  const rows = armNames.map((arm) => [
    armTitles[arm],
    ...figures.map((figure) => told(meanEstimate(valuesOf(figure, questions, arm)))),
  ]);
  const differences = comparisons.map(([left, right]) => [
    `${armTitles[left]} minus ${armTitles[right]}`,
    ...figures.map((figure) =>
      toldDifference(pairedEstimate(valuesOf(figure, questions, left), valuesOf(figure, questions, right))),
    ),
  ]);
  return [
    `### ${title.replace(/,$/, '')}`,
    '',
    ...table(['arm', ...head], rows),
    '',
    ...table(['paired difference', ...head], differences),
    '',
  ];
}

function valuesOf(figure: Figure, questions: readonly MeasuredQuestion[], arm: ArmName): number[] {
  return questions.flatMap((question) => figure.of(question, arm) ?? []);
}

/** How well the best score of an arm tells questions that can be answered from those that cannot. */
export function answerableReport(sets: readonly Measured[]): string[] {
  const rows = sets.map((set) => [
    set.title,
    String(set.questions.length),
    String(set.unanswerable.length),
    ...armNames.map((arm) => {
      const samples = [
        set.questions.map(({ arms }) => arms[arm].best),
        set.unanswerable.map(({ best }) => best[arm]),
      ];
      return told(estimate(samples, ([yes, no]) => areaUnderCurve(yes!, no!)));
    }),
  ]);
  const head = ['repositories', 'answerable', 'not', ...armNames.map((arm) => armTitles[arm])];
  return [
    '## Answerable or not: area under the curve of the best score',
    '',
    'Of landmarks + words: of the probability by which the product abstains.',
    '',
    ...table(head, rows),
    '',
  ];
}

export function speedReport(speeds: readonly Speed[]): string[] {
  const rows = speeds.map(({ name, tokensPerSecond, charactersPerSecond, seconds }) => [
    name,
    tokensPerSecond.toFixed(0),
    charactersPerSecond.toFixed(0),
    seconds.toFixed(0),
  ]);
  const head = ['what is made', 'own tokens/s', 'source characters/s', 'seconds measured'];
  return ['## Indexing speed, in turns over the same files', '', ...table(head, rows), ''];
}

export function told({ value, low, high }: Estimate): string {
  return `${share(value)} (${share(low)}–${share(high)})`;
}

function toldDifference({ value, low, high }: Estimate): string {
  return `${signed(value)} (${signed(low)} to ${signed(high)})`;
}

function share(value: number): string {
  return value.toFixed(2).replace(/^0\./, '.');
}

function signed(value: number): string {
  const rounded = value.toFixed(2);
  return (Number(rounded) > 0 ? '+' : '') + rounded.replace(/^(-?)0\./, '$1.');
}
