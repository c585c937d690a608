/** What was measured, as Markdown. */

import type { Estimate } from '../retrieval/bootstrap';
import { table } from '../support';
import { armNames, armTitles, type ArmName } from './arms';
import {
  armFigures,
  difference,
  likelihoodFigures,
  productFigures,
  type ArmFigures,
  type Difference,
  type Figure,
  type LikelihoodFigures,
  type ProductFigures,
} from './figures';
import type { Measured } from './run';
import type { Scored } from './score';

/** A set of repositories that is reported on its own. */
export interface Group {
  title: string;
  repositories: readonly string[];
}

export interface GroupReport {
  title: string;
  arms: Partial<Record<ArmName, ArmFigures>>;
  product: ProductFigures | undefined;
  differences: Difference[];
}

const comparisons: readonly (readonly [ArmName, ArmName])[] = [
  ['ours', 'bm25'],
  ['ours', 'gold'],
  ['ours', 'none'],
  ['bm25', 'gold'],
];

export function groupReport({ title, repositories }: Group, rows: readonly Scored[]): GroupReport {
  const own = rows.filter(({ repository }) => repositories.includes(repository));
  const ofArm = (arm: ArmName): Scored[] => own.filter((row) => row.arm === arm);
  const present = armNames.filter((arm) => ofArm(arm).length > 0);
  return {
    title,
    arms: Object.fromEntries(present.map((arm) => [arm, armFigures(ofArm(arm))])),
    product: present.includes('ours') ? productFigures(ofArm('ours')) : undefined,
    differences: comparisons
      .filter(([left, right]) => present.includes(left) && present.includes(right))
      .map(([left, right]) => difference(own, left, right)),
  };
}

export function groupTables({ title, arms, product, differences }: GroupReport): string[] {
  const entries = armNames.flatMap((arm) => (arms[arm] ? [[arm, arms[arm]] as const] : []));
  const armRows = entries.map(([arm, figures]) => [
    armTitles[arm],
    String(figures.questions),
    share(figures.factRecall),
    share(figures.factsRead),
    share(figures.spansRead),
    share(figures.unsupported),
    number(figures.words, 0),
    number(figures.seconds, 1),
    number(figures.promptTokens, 0),
  ]);
  const head = [
    'arm',
    'questions',
    'key facts said',
    'key facts read',
    'gold spans read',
    'unsupported sentences',
  ];
  const differenceRows = differences.map(({ left, right, questions, factRecall, ratio }) => [
    `${left} and ${right}`,
    String(questions),
    signed(factRecall),
    share(ratio),
  ]);
  return [
    `## ${title}`,
    '',
    ...table([...head, 'words', 'seconds (median)', 'tokens read'], armRows),
    '',
    ...table(
      ['pair', 'questions of both', 'key facts, left minus right', 'left as share of right'],
      differenceRows,
    ),
    '',
    ...(product ? [...productTable(product, arms.ours), ''] : []),
  ];
}

function productTable(product: ProductFigures, ours: ArmFigures | undefined): string[] {
  return table(
    ['the product', 'share'],
    [
      ['answerable questions refused', share(product.falseAbstentions)],
      ['unanswerable questions answered', share(product.falseAnswers)],
      ['key facts, of questions that were answered', share(ours?.factRecallAnswered)],
      ['cited lines in a gold file', share(product.linesInGoldFiles)],
      ['cited lines in a gold span', share(product.linesInGoldSpans)],
      ['answers that cite, with a cited block on gold lines', share(product.hitsGold)],
      ['gold spans that a cited block overlaps', share(product.spansCited)],
      ['cited sentences whose every identifier stands in a cited block', share(product.identifiersSupported)],
      [
        'citations whose file, lines and text exist',
        `${product.citedBlocks - product.citationProblems.length} of ${product.citedBlocks}`,
      ],
    ],
  );
}

/** Key facts by repository: where an arm is weak. */
export function repositoryTable(rows: readonly Scored[]): string[] {
  const arms = armNames.filter((arm) => rows.some((row) => row.arm === arm));
  const repositories = [...new Set(rows.map(({ repository }) => repository))];
  const body = repositories.map((repository) => [
    repository,
    ...arms.map((arm) => {
      const own = rows.filter((row) => row.arm === arm && row.repository === repository);
      return share(armFigures(own).factRecall);
    }),
  ]);
  return ['## Key facts by repository', '', ...table(['repository', ...arms], body), ''];
}

export function likelihoodTable(measured: Measured['likelihoods']): string[] {
  const figures: LikelihoodFigures = likelihoodFigures(measured.map((entry) => entry.measured));
  if (figures.questions === 0) return [];
  return [
    '## Cached KV and text read again',
    '',
    'Negative log-likelihood of the reference answers, nats per token, after the blocks that the product routes to.',
    '',
    ...table(
      [
        ...['questions', 'cached KV, int8', 'cached KV, fp16', 'the same blocks as one text', 'no block'],
        ...['int8 over fp16, %', 'int8 over text, %'],
      ],
      [
        [
          String(figures.questions),
          number(figures.cached, 3),
          number(figures.cachedHalf, 3),
          number(figures.refed, 3),
          number(figures.nothing, 3),
          number(figures.int8Percent, 2),
          number(figures.percent, 2),
        ],
      ],
    ),
    '',
  ];
}

export function share(figure: Figure): string {
  return told(figure, (value) => value.toFixed(2).replace(/^0\./, '.'));
}

export function number(figure: Figure, digits: number): string {
  return told(figure, (value) => value.toFixed(digits));
}

function signed(figure: Figure): string {
  return told(figure, (value) => {
    const rounded = value.toFixed(2);
    return (Number(rounded) > 0 ? '+' : '') + rounded.replace(/^(-?)0\./, '$1.');
  });
}

function told(figure: Estimate | undefined, spell: (value: number) => string): string {
  if (figure === undefined) return '–';
  return `${spell(figure.value)} (${spell(figure.low)} to ${spell(figure.high)})`;
}
