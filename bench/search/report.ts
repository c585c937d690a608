import { keep, publish, table } from '../support';
import type { KeysMeasured } from './measureKeys';
import type { WordsMeasured } from './measureWords';
import { plotGrowth, type Line } from './plot';
import type { Scheme } from './schemes';
import type { Times } from './times';

export interface Size {
  tokens: number;
  keys: KeysMeasured;
  words: WordsMeasured;
}

export interface Measured {
  model: string;
  realBlocks: number;
  queries: number;
  sizes: Size[];
  schemes: { title: string; blocks: number; rows: Scheme[] }[];
}

export function publishSearch(measured: Measured): void {
  const { sizes } = measured;
  keep('search.json', `${JSON.stringify(measured, null, 2)}\n`);
  keep(
    'search.svg',
    plotGrowth([
      {
        title: 'A question, 99 of 100 are faster',
        unit: 'ms',
        lines: [
          line(sizes, 'keys, exact scan', '#0b6bcb', ({ keys }) => keys.exact.ms.p99),
          line(sizes, 'keys, two levels', '#0a8f5b', ({ keys }) => keys.twoLevels.ms.p99),
          line(sizes, 'keys, exact scan without vectors', '#b03a6f', ({ keys }) => keys.plainMs),
          line(sizes, 'words', '#8a8a8a', ({ words }) => words.ms.p99),
        ],
      },
      {
        title: 'Memory',
        unit: 'MB',
        lines: [
          line(sizes, 'keys', '#0b6bcb', ({ keys }) => keys.ramMegabytes),
          line(sizes, 'words', '#8a8a8a', ({ words }) => words.ramMegabytes),
        ],
      },
    ]),
  );
  publish('search', 'The search structure', [
    ...about(measured),
    ...sizeLines(sizes),
    ...schemeLines(measured),
  ]);
}

function line(sizes: readonly Size[], name: string, colour: string, valueOf: (size: Size) => number): Line {
  return { name, colour, points: sizes.map((size) => [size.tokens, Math.max(0.01, valueOf(size))] as const) };
}

function about({ model, realBlocks, queries }: Measured): string[] {
  return [
    `Landmark keys of ${model}: ${realBlocks} of real code, enlarged to each size (bench/search/enlarge.ts); ` +
      `${queries} real questions, each asked four times.`,
    'Words: source files, again with every tenth word marked where they do not suffice (bench/search/texts.ts).',
    'Recall: of the 64 best by fp32, and by the exact scan of int8, as a mean over questions.',
    'Times are p50 / p99 and hold the choice of the 64 best; open is from closed store files to filled keys.',
    '',
  ];
}

function sizeLines(sizes: readonly Size[]): string[] {
  const keyHead = [
    'tokens',
    'blocks',
    'open',
    'memory',
    'exact scan',
    'recall',
    'two levels',
    'recall',
    'of the exact scan',
    'used',
    'no vectors',
  ];
  const keyRows = sizes.map(({ tokens, keys }) => [
    tokens.toLocaleString('en'),
    keys.blocks.toLocaleString('en'),
    `${keys.openMs.toFixed(0)} ms`,
    `${keys.ramMegabytes.toFixed(0)} MB`,
    told(keys.exact.ms),
    keys.exact.recall.toFixed(4),
    told(keys.twoLevels.ms),
    keys.twoLevels.recall.toFixed(4),
    keys.recallOfExact.toFixed(4),
    keys.usual === 'exact' ? 'exact scan' : 'two levels',
    `${keys.plainMs.toFixed(0)} ms`,
  ]);
  const wordHead = ['tokens', 'characters', 'build', 'memory', 'scores', 'coverage', 'both arms, p99'];
  const wordRows = sizes.map(({ tokens, keys, words }) => [
    tokens.toLocaleString('en'),
    words.characters.toLocaleString('en'),
    `${words.buildMs.toFixed(0)} ms`,
    `${words.ramMegabytes.toFixed(0)} MB`,
    told(words.ms),
    told(words.coverageMs),
    `${(keys[keys.usual].ms.p99 + words.ms.p99).toFixed(1)} ms`,
  ]);
  return ['## Keys', '', ...table(keyHead, keyRows), '', '## Words', '', ...table(wordHead, wordRows), ''];
}

function schemeLines({ schemes }: Measured): string[] {
  const share = (value: number): string => `${(value * 100).toFixed(1)} %`;
  return [
    '## Ways to leave keys out',
    '',
    "What is read, of an exact scan, until .98 of each question's 64 best blocks by fp32 are found.",
    '',
    ...schemes.flatMap(({ title, blocks, rows }) => [
      `${title}, ${blocks.toLocaleString('en')} blocks:`,
      '',
      ...table(
        ['scheme', 'first level', 'keys then', 'together'],
        rows.map(({ name, first, second }) => [name, share(first), share(second), share(first + second)]),
      ),
      '',
    ]),
  ];
}

function told({ p50, p99 }: Times): string {
  return `${p50.toFixed(1)} / ${p99.toFixed(1)} ms`;
}
