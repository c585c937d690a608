/**
 * How long a user waits for the first word, measured around the command line's own process.
 *
 *     npm run bench:ask -- --archive REPO.tar.gz "question"
 *
 * Cold: nothing of the workspace is stored. Warm: the same question again, in a new process. The model's
 * converted weights are there in both (`landmark model add`).
 */

import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { AnswerResult, StreamEvent } from '../protocol/messages';
import { defaultCacheFolder } from '../server/model/library';
import { copyChoice } from './sharedModels';
import { publish, table, unpack } from './support';

type Event = StreamEvent | ({ type: 'done' } & AnswerResult);

interface Measured {
  firstTokenMs: number;
  totalMs: number;
  result: AnswerResult;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { archive: { type: 'string' }, runs: { type: 'string', default: '3' } },
    allowPositionals: true,
  });
  const [question] = positionals;
  if (values.archive === undefined || question === undefined) {
    console.error('usage: npm run bench:ask -- --archive REPO.tar.gz "question"');
    process.exitCode = 1;
    return;
  }
  const root = unpack(values.archive);
  const cache = mkdtempSync(join(tmpdir(), 'landmark-bench-cache-'));
  cpSync(join(defaultCacheFolder(), 'models'), join(cache, 'models'), { recursive: true });
  copyChoice(defaultCacheFolder(), cache);
  const rows: string[][] = [];
  const note = (name: string, { firstTokenMs, totalMs, result }: Measured): void => {
    const { timings, coverage, read, citations } = result;
    rows.push([
      name,
      `${(firstTokenMs / 1000).toFixed(1)} s`,
      `${(totalMs / 1000).toFixed(1)} s`,
      String(timings.promptTokens),
      String(timings.cachedTokens),
      String(timings.generatedTokens),
      `${coverage.landmarkBlocks} of ${coverage.blocks}`,
      `${read.length} blocks, ${citations.length} cited`,
    ]);
  };
  // The copied weights were not yet checked under their new time stamp; that is no part of a question.
  await ask(cache, join(root, 'absent'), question).catch(() => undefined);
  note('cold', await ask(cache, root, question));
  for (let run = 1; run <= Number(values.runs); run++) note(`warm ${run}`, await ask(cache, root, question));
  rmSync(cache, { recursive: true });
  rmSync(root, { recursive: true });
  const head = [
    'run',
    'first token',
    'whole answer',
    'prompt tokens',
    'from cache',
    'generated',
    'landmark blocks',
    'read',
  ];
  publish('ask', `Asking: ${question}`, ['Seconds from the start of the process.', '', ...table(head, rows)]);
}

function ask(cache: string, root: string, question: string): Promise<Measured> {
  const start = performance.now();
  const args = [
    join(__dirname, 'cli.js'),
    '--cache',
    cache,
    '--reader',
    'none',
    'ask',
    '--root',
    root,
    '--json',
    question,
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let firstTokenMs = 0;
  let result: AnswerResult | undefined;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = JSON.parse(line) as Event;
    if (event.type === 'token' && firstTokenMs === 0) firstTokenMs = performance.now() - start;
    if (event.type === 'done') result = event;
  });
  return new Promise((resolve, reject) => {
    child.on('close', () => {
      if (result) resolve({ firstTokenMs, totalMs: performance.now() - start, result });
      else reject(new Error('no answer'));
    });
  });
}

void main();
