/**
 * How long the server's event loop is held while it indexes and answers: the model in threads of its own, as it is
 * shipped, beside the model in the server's thread.
 *
 *     npm run bench:loop                       the folder server/model of this repository
 *     npm run bench:loop -- --root DIR         another one; some thousand lines are enough
 *
 * Everything runs in this process, whose event loop stands for the server's. Model and tokenizer are loaded before.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { createEngine } from '../server/answering/createEngine';
import type { Emit, Engine } from '../server/answering/engine';
import { defaultCacheFolder } from '../server/model/library';
import { shareModels } from './sharedModels';
import { keep, machine, publish, table } from './support';

const silent: Emit = () => undefined;
const never = new AbortController().signal;
const questions = [
  'How are weights converted?',
  'Where is it decided which device a graph runs on?',
  'How is a failed load forgotten?',
];

/** Delays of the event loop during one piece of work, in milliseconds. */
interface Delays {
  mode: string;
  work: string;
  elapsedMs: number;
  p50: number;
  p99: number;
  p999: number;
  max: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { root: { type: 'string', default: 'server/model' } } });
  const root = resolve(values.root);
  const measured: Delays[] = [];
  const waits: { mode: string; work: string; medianMs: number; longestMs: number }[] = [];
  for (const mode of ['worker', 'in the server'] as const) {
    const scratch = mkdtempSync(join(tmpdir(), 'landmark-bench-loop-'));
    shareModels(defaultCacheFolder(), scratch);
    const options = { cacheFolder: scratch, provider: 'cpu' as const };
    const engine =
      mode === 'worker'
        ? await createEngine(options)
        : await createEngine(options, { modelWorker: undefined });
    await load(engine, scratch);
    const measure = async (work: string, run: () => Promise<unknown>): Promise<void> => {
      measured.push({ mode, work, ...(await delaysDuring(run)) });
      console.error(`${mode}: ${work}`);
    };
    const search = (question: string): Promise<unknown> =>
      engine.search({ root, question, arm: 'landmark' }, silent, never);
    // Cutting the files into windows is no work of the model.
    await engine.indexEstimate({ root }, silent, never);
    await measure('indexing', () => engine.index({ root }, silent, never));
    const alone: number[] = [];
    for (const question of questions) alone.push(await elapsed(() => search(question)));
    waits.push({ mode, work: 'a search, nothing else to do', ...told(alone) });
    await measure('answering', async () => {
      for (const question of questions) await engine.ask({ root, question, maxTokens: 80 }, silent, never);
    });
    await engine.indexClear({ root }, silent, never);
    // What is asked finds its windows encoded, so that it waits for its query alone.
    for (const question of questions) await search(question);
    const again = new AbortController();
    const indexing = engine.index({ root }, silent, again.signal).catch(() => undefined);
    const beside: number[] = [];
    await measure('searching while indexing', async () => {
      for (const question of [...questions, ...questions]) {
        await new Promise((done) => setTimeout(done, 1_300));
        beside.push(await elapsed(() => search(question)));
      }
    });
    waits.push({ mode, work: 'a search while indexing', ...told(beside) });
    again.abort();
    await indexing;
    await engine.dispose();
    rmSync(scratch, { recursive: true });
  }
  report(values.root, measured, waits);
}

/** One small question brings everything into memory. */
async function load(engine: Engine, scratch: string): Promise<void> {
  const root = join(scratch, 'small');
  mkdirSync(root);
  writeFileSync(join(root, 'greet.py'), 'def greet(name):\n    return "hello " + name\n');
  await engine.index({ root }, silent, never);
  await engine.ask({ root, question: 'What does greet return?', maxTokens: 4 }, silent, never);
}

async function delaysDuring(run: () => Promise<unknown>): Promise<Omit<Delays, 'mode' | 'work'>> {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  await new Promise((done) => setTimeout(done, 5));
  histogram.reset();
  const elapsedMs = await elapsed(run);
  // A held turn is recorded by the timer after it.
  await new Promise((done) => setTimeout(done, 5));
  histogram.disable();
  const at = (percentile: number): number => histogram.percentile(percentile) / 1e6;
  return { elapsedMs, p50: at(50), p99: at(99), p999: at(99.9), max: histogram.max / 1e6 };
}

async function elapsed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

function told(times: readonly number[]): { medianMs: number; longestMs: number } {
  const sorted = [...times].sort((a, b) => a - b);
  return { medianMs: sorted[sorted.length >> 1]!, longestMs: sorted.at(-1)! };
}

function report(
  root: string,
  measured: readonly Delays[],
  waits: readonly { mode: string; work: string; medianMs: number; longestMs: number }[],
): void {
  const ms = (value: number): string => value.toFixed(1);
  publish('loop', 'How long the event loop is held', [
    `Delays of the server's event loop in ms (\`monitorEventLoopDelay\`, resolution 1 ms) over \`${root}\`, default package.`,
    '',
    ...table(
      ['model', 'work', 'seconds', 'p50', 'p99', 'p99.9', 'longest'],
      measured.map(({ mode, work, elapsedMs, p50, p99, p999, max }) => [
        mode,
        work,
        ms(elapsedMs / 1000),
        ...[p50, p99, p999, max].map(ms),
      ]),
    ),
    '',
    ...table(
      ['model', 'what is waited for', 'median ms', 'longest ms'],
      waits.map(({ mode, work, medianMs, longestMs }) => [mode, work, ms(medianMs), ms(longestMs)]),
    ),
  ]);
  keep('loop.json', `${JSON.stringify({ machine: machine(), root, measured, waits }, null, 1)}\n`);
}

void main();
