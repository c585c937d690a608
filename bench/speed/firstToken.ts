/**
 * From a question to the first token of its answer, by what is known of the blocks that it reads: nothing (their
 * windows are encoded), stored on disk, held in memory; and llama.cpp reading the same tokens.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultReadLimits, type ReadLimits } from '../../server/answering/context';
import type { Run } from '../../server/answering/run';
import type { Prepared } from '../../server/answering/speak';
import { Workspaces } from '../../server/answering/workspaces';
import { WindowStore } from '../../server/store/windowStore';
import { openRun, prepareQuestion } from '../decode/prepare';
import { readOwnQuestions } from '../questions/questions';
import type { Llama } from '../rivals/llama';
import { table } from '../support';
import { never, type Setting } from './setting';
import { elapsedMs, ratioOf, spreadOf, told, type Spread } from './statistics';

export interface FirstTokenRow {
  blocks: number;
  /** Windows that hold the blocks, and tokens of the prompt: one number for each question. */
  windows: number[];
  promptTokens: number[];
  coldMs: Spread;
  diskMs: Spread;
  ramMs: Spread;
  llamaMs: Spread;
  /** llama.cpp's time over that of blocks on disk. */
  ratio: Spread;
}

/** Holds the windows of every row, which the server's own limit need not. */
const kvRamBytes = 2 ** 30;

interface Times {
  windows: number;
  promptTokens: number;
  coldMs: number;
  diskMs: number;
  ramMs: number;
  llamaMs: number;
}

export async function measureFirstToken(setting: Setting): Promise<FirstTokenRow[]> {
  const { host, sizes, root, cacheFolder, model } = setting;
  const workspaces = new Workspaces(host, { cacheFolder });
  const run = await openRun(root, host, workspaces);
  const questions = readOwnQuestions(setting.project).slice(0, sizes.questions);
  const llama = await setting.openLlama(model.manifest.layout.contextTokens);
  // Loads the graphs, and encodes the landmark keys that the questions are routed by.
  for (const { question } of questions) await firstToken(run, question, limitsOf(1));
  const rows: FirstTokenRow[] = [];
  for (const blocks of sizes.routedBlocks) {
    const times: Times[] = [];
    for (const { question } of questions) times.push(await measureOne(setting, run, llama, question, blocks));
    const of = (part: keyof Times): number[] => times.map((one) => one[part]);
    rows.push({
      blocks,
      windows: of('windows'),
      promptTokens: of('promptTokens'),
      coldMs: spreadOf(of('coldMs')),
      diskMs: spreadOf(of('diskMs')),
      ramMs: spreadOf(of('ramMs')),
      llamaMs: spreadOf(of('llamaMs')),
      ratio: ratioOf(of('llamaMs'), of('diskMs')),
    });
  }
  await llama.close();
  await workspaces.dispose();
  return rows;
}

/** Blocks and windows in the proportion in which the server reads them. */
function limitsOf(blocks: number): ReadLimits {
  const windows = Math.ceil((blocks * defaultReadLimits.windows) / defaultReadLimits.blocks);
  return { blocks, windows, withNeighbours: defaultReadLimits.withNeighbours };
}

async function measureOne(
  { model }: Setting,
  run: Run,
  llama: Llama,
  question: string,
  blocks: number,
): Promise<Times> {
  const folder = mkdtempSync(join(tmpdir(), 'landmark-bench-first-'));
  const { shape, routing } = model.manifest;
  const open = (ramBytes: number): Promise<WindowStore> =>
    WindowStore.open({
      folder,
      packageId: model.packageId,
      shape: { ...shape, keyWidth: routing.keyNumbers },
      kvRamBytes: ramBytes,
    });
  const limits = limitsOf(blocks);
  try {
    const cold = await open(0);
    const coldMs = (await firstToken({ ...run, kvStore: cold }, question, limits)).ms;
    await cold.close();
    const disk = await open(0);
    const diskMs = (await firstToken({ ...run, kvStore: disk }, question, limits)).ms;
    await disk.close();
    const ram = await open(kvRamBytes);
    await firstToken({ ...run, kvStore: ram }, question, limits);
    const { ms: ramMs, tokens, windows } = await firstToken({ ...run, kvStore: ram }, question, limits);
    await ram.close();
    return {
      windows,
      promptTokens: tokens.length,
      coldMs,
      diskMs,
      ramMs,
      llamaMs: await llama.prefill(tokens),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Routes, reads and chooses the first token, as `ask` does. */
async function firstToken(
  run: Run,
  question: string,
  limits: ReadLimits,
): Promise<{ ms: number; tokens: number[]; windows: number }> {
  const reader = await run.host.reader();
  let prepared: Prepared | undefined;
  const ms = await elapsedMs(async () => {
    prepared = await prepareQuestion(run, question, limits);
    await reader.choiceAfter(prepared.prompt, prepared.context.cache, never);
  });
  const { context, prompt } = prepared!;
  const tokens = await tokensOf(run, prepared!);
  const held = context.cache.length;
  const windows = new Set(context.read.map(({ windowIndex }) => windowIndex)).size;
  context.cache.dispose();
  if (tokens.length !== held)
    throw new Error(
      `${tokens.length} tokens were read again, the context holds ${held} (${prompt.length} new)`,
    );
  return { ms, tokens, windows };
}

/** What stands in the context, as tokens: prefix, headers where the file changes, blocks, prompt. */
async function tokensOf({ index, host }: Run, { context, prompt }: Prepared): Promise<number[]> {
  const text = await host.text();
  const tokens = [...text.layout.prefixTokens];
  let path = '';
  for (const { windowIndex, blockOfWindow } of context.read) {
    const window = index.materialize(windowIndex, text);
    const { prefixTokenCount, headerTokenCount, blocks } = window;
    if (window.path !== path)
      tokens.push(...window.tokens.subarray(prefixTokenCount, prefixTokenCount + headerTokenCount));
    path = window.path;
    const { startToken, endToken } = blocks[blockOfWindow]!;
    tokens.push(...window.tokens.subarray(startToken, endToken));
  }
  return [...tokens, ...prompt];
}

export function firstTokenLines(rows: readonly FirstTokenRow[]): string[] {
  const range = (values: readonly number[]): string => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return low === high ? String(low) : `${low}–${high}`;
  };
  return [
    'Milliseconds from a question to the first token of its answer: routed, read, chosen. Cold: the windows of the',
    'blocks are encoded and stored. On disk: read from the store, whose files the system may hold in memory.',
    'llama.cpp reads the same tokens into an empty context.',
    '',
    ...table(
      [
        'blocks',
        'windows',
        'prompt tokens',
        'cold',
        'on disk',
        'in memory',
        'llama.cpp',
        'llama.cpp / on disk',
      ],
      rows.map((row) => [
        String(row.blocks),
        range(row.windows),
        range(row.promptTokens),
        told(row.coldMs, 0),
        told(row.diskMs, 0),
        told(row.ramMs, 0),
        told(row.llamaMs, 0),
        told(row.ratio, 2),
      ]),
    ),
  ];
}
