/** How the first token's time grows with the workspace, over made workspaces (madeWorkspace.ts). */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StreamEvent } from '../../protocol/messages';
import { workAhead, type WorkOn } from '../../server/answering/ahead';
import { rootsOf } from '../../server/answering/roots';
import { RunClock } from '../../server/answering/run';
import { Workspaces } from '../../server/answering/workspaces';
import { openRun, prepareQuestion } from '../decode/prepare';
import { readOwnQuestions } from '../questions/questions';
import { table } from '../support';
import { makeWorkspace, type MadeWorkspace } from './madeWorkspace';
import { never, type Setting } from './setting';
import { elapsedMs, spreadOf, told, type Spread } from './statistics';

export interface GrowthRow {
  tokens: number;
  blocks: number;
  /** From closed files to a workspace that can be asked, its cuts and keys stored. */
  openMs: number;
  /** Looking for changed files. */
  scanMs: Spread;
  /** Encoding the question, scoring all blocks by keys and words, and choosing. */
  routeMs: Spread;
  /** Loading stored KV and putting it into a context. */
  readMs: Spread;
  /** Running the prompt. */
  promptMs: Spread;
  firstTokenMs: Spread;
}

interface Steps {
  scanMs: number;
  routeMs: number;
  readMs: number;
  promptMs: number;
  firstTokenMs: number;
}

export async function measureGrowth(
  setting: Setting,
  onRow: (rows: readonly GrowthRow[]) => void,
): Promise<GrowthRow[]> {
  const { host, sizes } = setting;
  const questions = readOwnQuestions(setting.project).slice(0, sizes.questions);
  const rows: GrowthRow[] = [];
  for (const tokens of sizes.growthTokens) {
    const folder = mkdtempSync(join(tmpdir(), 'landmark-bench-growth-'));
    try {
      const made = await makeWorkspace(host, folder, tokens);
      rows.push(
        await measureSize(
          setting,
          made,
          questions.map(({ question }) => question),
        ),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
    onRow(rows);
  }
  return rows;
}

async function measureSize(
  { host, sizes }: Setting,
  { root, cacheFolder, tokens, blocks }: MadeWorkspace,
  questions: readonly string[],
): Promise<GrowthRow> {
  const workspaces = new Workspaces(host, { cacheFolder });
  const openMs = await elapsedMs(() => openRun(root, host, workspaces));
  const all: Steps[] = [];
  for (const question of questions) {
    // Encodes the windows that are read, so that the next times load them.
    await ask(workspaces, host, root, question);
    for (let turn = 0; turn < sizes.repetitions; turn++) {
      all.push(await ask(workspaces, host, root, question));
    }
  }
  await workspaces.dispose();
  const of = (step: keyof Steps): Spread => spreadOf(all.map((steps) => steps[step]));
  return {
    ...{ tokens, blocks, openMs },
    ...{ scanMs: of('scanMs'), routeMs: of('routeMs'), readMs: of('readMs') },
    ...{ promptMs: of('promptMs'), firstTokenMs: of('firstTokenMs') },
  };
}

async function ask(
  workspaces: Workspaces,
  host: Setting['host'],
  root: string,
  question: string,
): Promise<Steps> {
  const reader = await host.reader();
  const start = performance.now();
  const roots = rootsOf({ root });
  const known = await workspaces.lastIndex(roots);
  let scanned = 0;
  const current = workspaces
    .index(roots, () => undefined, never)
    .finally(() => {
      scanned = performance.now();
    });
  const work: WorkOn<Omit<Steps, 'scanMs' | 'firstTokenMs'>> = async (index) => {
    const began = performance.now();
    let routed = 0;
    const emit = (event: StreamEvent): void => {
      if (routed === 0 && event.type === 'progress' && event.phase === 'read') routed = performance.now();
    };
    const stores = await workspaces.stores();
    const run = { roots, index, host, ...stores, emit, signal: never, clock: new RunClock() };
    const { prompt, context } = await prepareQuestion(run, question);
    const read = performance.now();
    await reader.choiceAfter(prompt, context.cache, never);
    const end = performance.now();
    context.cache.dispose();
    return { routeMs: routed - began, readMs: read - routed, promptMs: end - read };
  };
  const steps = await workAhead({ known, current }, work, () => undefined, never);
  return { ...steps, scanMs: scanned - start, firstTokenMs: performance.now() - start };
}

export function growthLines(rows: readonly GrowthRow[]): string[] {
  return [
    'Milliseconds from a question to the first token of its answer, blocks stored: the question is routed over all blocks,',
    'stored KV is read, the prompt is run, and meanwhile files are looked over. Open: from closed files, once for a session.',
    '',
    ...table(
      ['tokens', 'blocks', 'open', 'look over', 'route', 'read', 'prompt', 'first token'],
      rows.map((row) => [
        row.tokens.toLocaleString('en'),
        row.blocks.toLocaleString('en'),
        row.openMs.toFixed(0),
        told(row.scanMs, 0),
        told(row.routeMs, 0),
        told(row.readMs, 0),
        told(row.promptMs, 0),
        told(row.firstTokenMs, 0),
      ]),
    ),
  ];
}
