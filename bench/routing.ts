/**
 * How often each arm finds what a question asks for.
 *
 *     npm run bench:routing -- --eval DIR flask requests
 *
 * DIR holds NAME.tar.gz (a repository) and NAME.jsonl (a question a line: question, goldFiles, goldSpans).
 * File hit@k: any gold file among the first k distinct files. Line hit within N: blocks are taken in rank
 * order until their line counts pass N; a hit is an overlap with any gold span.
 */

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Arm, BlockHit } from '../protocol/messages';
import { createEngine } from '../server/answering/createEngine';
import { publish, table, unpack } from './support';

interface Question {
  id: string;
  question: string;
  goldFiles: string[];
  goldSpans: { file: string; start: number; end: number }[];
}

const arms: readonly Arm[] = ['lexical', 'landmark', 'hybrid'];
const fileRanks = [1, 5, 10];
const lineBudgets = [60, 150, 300, 600];
/** More blocks than 600 lines can hold. */
const top = 1_500;

interface Tally {
  questions: number;
  withSpans: number;
  fileHits: number[];
  lineHits: number[];
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { eval: { type: 'string' }, cache: { type: 'string' } },
    allowPositionals: true,
  });
  if (values.eval === undefined || positionals.length === 0) {
    console.error('usage: npm run bench:routing -- --eval DIR NAME...');
    process.exitCode = 1;
    return;
  }
  const tallies = new Map<Arm, Tally>(arms.map((arm) => [arm, emptyTally()]));
  const engine = await createEngine(values.cache === undefined ? {} : { cacheFolder: values.cache });
  const signal = new AbortController().signal;
  const lines: string[] = [];
  for (const name of positionals) {
    const root = unpack(join(values.eval, `${name}.tar.gz`));
    const report = await engine.index({ root }, () => undefined, signal);
    lines.push(
      `${name}: ${report.files} files, ${report.blocks} blocks, ${report.tokens} tokens; ` +
        `encoded ${report.encodedTokens} tokens at ${report.tokensPerSecond.toFixed(0)} tokens/s`,
    );
    for (const question of readQuestions(join(values.eval, `${name}.jsonl`))) {
      for (const arm of arms) {
        const { blocks } = await engine.search(
          { root, question: question.question, top, arm },
          () => undefined,
          signal,
        );
        count(tallies.get(arm)!, question, blocks);
      }
    }
    rmSync(root, { recursive: true });
  }
  await engine.dispose();
  publish('routing', `Routing: ${positionals.join(', ')}`, [...lines, '', ...results(tallies)]);
}

function readQuestions(path: string): Question[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as Question);
}

function emptyTally(): Tally {
  return { questions: 0, withSpans: 0, fileHits: fileRanks.map(() => 0), lineHits: lineBudgets.map(() => 0) };
}

function count(tally: Tally, question: Question, blocks: readonly BlockHit[]): void {
  const files = [...new Set(blocks.map(({ path }) => path))];
  tally.questions++;
  fileRanks.forEach((rank, i) => {
    if (files.slice(0, rank).some((file) => question.goldFiles.includes(file))) tally.fileHits[i]!++;
  });
  if (question.goldSpans.length === 0) return;
  tally.withSpans++;
  lineBudgets.forEach((budget, i) => {
    if (hitWithin(budget, question, blocks)) tally.lineHits[i]!++;
  });
}

function hitWithin(budget: number, { goldSpans }: Question, blocks: readonly BlockHit[]): boolean {
  let used = 0;
  for (const { path, startLine, endLine } of blocks) {
    const lines = endLine - startLine + 1;
    used += lines;
    if (used > budget && used > lines) return false;
    if (goldSpans.some(({ file, start, end }) => file === path && start <= endLine && startLine <= end))
      return true;
  }
  return false;
}

function results(tallies: ReadonlyMap<Arm, Tally>): string[] {
  const head = ['arm', ...fileRanks.map((k) => `file@${k}`), ...lineBudgets.map((n) => `${n} lines`)];
  const rows = [...tallies].map(([arm, tally]) => [
    arm,
    ...tally.fileHits.map((hits) => share(hits, tally.questions)),
    ...tally.lineHits.map((hits) => share(hits, tally.withSpans)),
  ]);
  const { questions, withSpans } = [...tallies.values()][0]!;
  return [`${questions} questions, ${withSpans} with gold lines`, '', ...table(head, rows)];
}

function share(hits: number, of: number): string {
  return (hits / Math.max(1, of)).toFixed(2);
}

void main();
