/** Keeps what was measured: numbers as JSON, tables as Markdown, two plots. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plotGrowth } from '../search/plot';
import { table } from '../support';
import { plotBars, type Group } from './bars';
import { decodeLines } from './decode';
import { encodingLines, rivalNames } from './encode';
import { firstTokenLines } from './firstToken';
import { growthLines } from './growth';
import { memoryLines } from './memory';
import { partNames, type PartName, type Results, type Stamp } from './parts';
import { prefillLines } from './prefill';
import { rooflineLines } from './roofline';

const colours = {
  ours: '#0b6bcb',
  llama: '#8a8a8a',
  drafted: '#0a8f5b',
  miniLm: '#d1711f',
  keys: '#7b5bc4',
  warm: '#b03a6f',
};
const titles: Record<PartName, string> = {
  prefill: 'Prefill',
  encode: 'Encoding',
  decode: 'Decoding',
  firstToken: 'First token by what is stored',
  growth: 'First token as the workspace grows',
  memory: 'Memory',
  roofline: 'Roofline',
};

export function readResults(folder: string): Results {
  const path = join(folder, 'speed.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Results) : {};
}

export function keepResults(folder: string, results: Results): void {
  mkdirSync(folder, { recursive: true });
  const keep = (name: string, content: string): void => {
    writeFileSync(join(folder, name), content);
  };
  keep('speed.json', `${JSON.stringify(results, null, 1)}\n`);
  const groups = groupsOf(results);
  if (groups.length > 0) keep('speed.svg', plotBars('Tokens a second', groups));
  const growth = results.growth?.measured ?? [];
  if (growth.length > 0) keep('speed-growth.svg', plotGrowth([growthPanel(growth)]));
  keep(
    'speed.md',
    `${reportOf(results, groups.length > 0, growth.length > 0)
      .join('\n')
      .trimEnd()}\n`,
  );
}

function reportOf(results: Results, hasBars: boolean, hasGrowth: boolean): string[] {
  const section = (part: PartName): string[] => {
    const lines = linesOf(results, part);
    return lines ? [`## ${titles[part]}`, '', ...lines, ''] : [];
  };
  return [
    '# Speed, beside llama.cpp',
    '',
    'The same GGUF, the same text, the same number of threads, in turns in one process. Values are medians, with the lowest',
    'and the highest in brackets. `docs/performance.md` says how to run and read this.',
    '',
    ...(hasBars ? ['![Tokens a second, the reader and llama.cpp](speed.svg)', ''] : []),
    ...partNames.flatMap((part) => [
      ...section(part),
      ...(part === 'growth' && hasGrowth ? ['![How the first token grows](speed-growth.svg)', ''] : []),
    ]),
    ...stampLines(results),
  ];
}

function linesOf(results: Results, part: PartName): string[] | undefined {
  const { prefill, encode, decode, firstToken, growth, memory, roofline } = results;
  const lines: Record<PartName, string[] | undefined> = {
    prefill: prefill && prefillLines(prefill.measured),
    encode: encode && encodingLines(encode.measured),
    decode: decode && decodeLines(decode.measured),
    firstToken: firstToken && firstTokenLines(firstToken.measured),
    growth: growth && growthLines(growth.measured),
    memory: memory && memoryLines(memory.measured),
    roofline: roofline && rooflineLines(roofline.measured),
  };
  return lines[part];
}

function stampLines(results: Results): string[] {
  const told = (stamp: Stamp): string[] => [
    stamp.commit,
    stamp.measuredAt.slice(0, 16).replace('T', ' '),
    stamp.machine,
    String(stamp.threads),
    `node ${stamp.node}, onnxruntime-node ${stamp.onnxruntime}, ${stamp.llama}`,
    stamp.model,
    stamp.loadBefore.toFixed(1),
  ];
  const rows = partNames.flatMap((part) => {
    const kept = results[part];
    return kept ? [[part, ...told(kept.stamp)]] : [];
  });
  const head = ['part', 'commit', 'when (UTC)', 'machine', 'threads', 'versions', 'package', 'load before'];
  return ['## Measured on', '', ...table(head, rows), ''];
}

function groupsOf({ prefill, encode, decode }: Results): Group[] {
  const bar = (name: string, value: number, colour: string): Group['bars'][number] => ({
    name,
    value,
    colour,
  });
  const encoding = (name: string): number =>
    encode?.measured.speeds.find((speed) => speed.name === name)?.tokensPerSecond ?? 0;
  return [
    ...(prefill?.measured ?? []).map(({ tokens, oursMs, llamaMs }) => ({
      title: `prefill ${tokens}`,
      bars: [
        bar('reader', (tokens / oursMs.median) * 1000, colours.ours),
        bar('llama.cpp', (tokens / llamaMs.median) * 1000, colours.llama),
      ],
    })),
    ...(encode
      ? [
          {
            title: 'encode windows',
            bars: [
              bar('landmark keys', encoding(rivalNames.keys), colours.keys),
              bar('keys and KV', encoding(rivalNames.warm), colours.warm),
              bar('llama.cpp', encoding(rivalNames.llama), colours.llama),
              bar('MiniLM', encoding(rivalNames.miniLm), colours.miniLm),
            ],
          },
        ]
      : []),
    ...(decode?.measured ?? []).map(({ contextTokens, plain, drafted, llama }) => ({
      title: `decode after ${contextTokens}`,
      bars: [
        bar('reader', plain.median, colours.ours),
        bar('with drafts', drafted.median, colours.drafted),
        bar('llama.cpp', llama.median, colours.llama),
      ],
    })),
  ];
}

function growthPanel(
  rows: NonNullable<Results['growth']>['measured'],
): Parameters<typeof plotGrowth>[0][number] {
  const line = (
    name: string,
    colour: string,
    valueOf: (row: (typeof rows)[number]) => number,
  ): { name: string; colour: string; points: (readonly [number, number])[] } => ({
    name,
    colour,
    points: rows.map((row) => [row.tokens, Math.max(0.01, valueOf(row))] as const),
  });
  return {
    title: 'A question, blocks stored',
    unit: 'ms',
    lines: [
      line('first token', '#222', (row) => row.firstTokenMs.median),
      line('look over files', colours.miniLm, (row) => row.scanMs.median),
      line('route', colours.ours, (row) => row.routeMs.median),
      line('read', colours.drafted, (row) => row.readMs.median),
      line('prompt', colours.llama, (row) => row.promptMs.median),
    ],
  };
}
