/** What the reader's verdict does to a question, on the toy package, whose deltas are random: it refuses what it is told to. */

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noteTexts } from '../../protocol/notes';
import type { AnswerResult } from '../../protocol/messages';
import type { VerdictWeights } from '../../server/landmark/answerable';
import type { Manifest } from '../../server/model/manifest';
import { packageFolder } from '../oracle/fixtures';
import { listen, never, ToyBench } from './toyEngine';

const question = 'What does greet return?';
let bench: ToyBench;
let root: string;
beforeAll(() => {
  bench = new ToyBench();
  root = bench.folder({ 'greet.py': 'def greet(name):\n    return "hello " + name\n' });
});
afterAll(() => {
  bench.remove();
});

interface Options {
  atLeast: number;
  anyway: boolean;
  /** Another package reads what this one has routed to. */
  readerPackage: string;
}

/** Asks a package whose routing finds any question as likely to have an answer as not. */
async function ask(
  reader: Partial<VerdictWeights> | undefined,
  { atLeast = 0.5, anyway = false, readerPackage }: Partial<Options> = {},
): Promise<AnswerResult & { progress: string[] }> {
  const folder = join(bench.scratch, 'judging');
  cpSync(packageFolder('toy-landmark'), folder, { recursive: true });
  const path = join(folder, 'manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  const routing = { landmark: 0, evidence: 0, bias: 0, atLeast };
  Object.assign(manifest.thresholds, { answerable: { ...routing, ...(reader && { reader }) } });
  writeFileSync(path, JSON.stringify(manifest));
  const engine = await bench.engine('cache', {
    modelPackage: folder,
    ...(readerPackage && { readerPackage }),
  });
  const heard = listen();
  try {
    const result = await engine.ask({ root, question, maxTokens: 8, anyway }, heard.emit, never);
    return { ...result, progress: heard.of('progress').map(({ phase }) => phase) };
  } finally {
    await engine.dispose();
  }
}

describe('a question whose blocks were read', () => {
  it('is refused where routing and reading together say so, with the nearest places', async () => {
    const refused = await ask({ weight: 0, bias: -0.1, from: -1 });
    expect(refused).toMatchObject({ abstained: true, answer: noteTexts.nothingInWorkspace, citations: [] });
    expect(refused.nearest.length).toBeGreaterThan(0);
    expect(refused.progress).toContain('read');
    expect(refused.read.length).toBeGreaterThan(0);
    expect(refused.timings.promptTokens).toBeGreaterThan(0);
  });

  it('is answered by the base, word for word, where they do not', async () => {
    const alone = await ask(undefined);
    const judged = await ask({ weight: 0, bias: 0.1, from: -1 });
    expect(judged).toMatchObject({ abstained: false, answer: alone.answer, sentences: alone.sentences });
    expect(judged.timings.promptTokens).toBe(alone.timings.promptTokens);
    expect(await ask({ weight: 0, bias: 1, from: -1 }, { atLeast: 0.6 })).toMatchObject({ abstained: false });
  });

  it('is weighed by what the reader says', async () => {
    const weights = { bias: 0, from: -1 };
    const [more, less] = [await ask({ ...weights, weight: 1e6 }), await ask({ ...weights, weight: -1e6 })];
    expect(more.abstained).not.toBe(less.abstained);
  });

  it('is answered anyway where that is asked for, and says so', async () => {
    const result = await ask({ weight: 0, bias: -0.1, from: -1 }, { anyway: true });
    expect(result.abstained).toBe(false);
    expect(result.notes).toContain(noteTexts.doubtful);
  });
});

describe('a question that another package is to read', () => {
  const readerPackage = packageFolder('toy-reader');

  it('is refused by the package that routes, with what that one read', async () => {
    const weights = { weight: 0, bias: -0.1, from: -1 };
    const alone = await ask(weights);
    const refused = await ask(weights, { readerPackage });
    expect(refused).toMatchObject({ abstained: true, read: alone.read, nearest: alone.nearest });
    expect(refused.timings.promptTokens).toBe(alone.timings.promptTokens);
  });

  it('is answered by the other one where both say so, word for word as without a verdict', async () => {
    const unjudged = await ask(undefined, { readerPackage });
    const judged = await ask({ weight: 0, bias: 0.1, from: -1 }, { readerPackage });
    expect(judged).toMatchObject({
      abstained: false,
      answer: unjudged.answer,
      sentences: unjudged.sentences,
    });
    expect(judged.answer).not.toBe((await ask(undefined)).answer);
    const anyway = await ask({ weight: 0, bias: -0.1, from: -1 }, { readerPackage, anyway: true });
    expect(anyway).toMatchObject({ abstained: false, answer: unjudged.answer });
    expect(anyway.notes).toContain(noteTexts.doubtful);
  });

  it('is weighed by the verdict that the package that routes gives alone', async () => {
    const weights = { bias: 0, from: -1 };
    for (const weight of [1e6, -1e6]) {
      const alone = await ask({ ...weights, weight });
      expect((await ask({ ...weights, weight }, { readerPackage })).abstained).toBe(alone.abstained);
    }
  });
});

it('a question that routing finds hopeless is not read', async () => {
  const weights = { weight: 0, bias: 9 };
  const refused = await ask({ ...weights, from: -0.1 }, { atLeast: 0.6 });
  expect(refused).toMatchObject({ abstained: true, read: [] });
  expect(refused.progress).not.toContain('read');
  expect(await ask({ ...weights, from: -1 }, { atLeast: 0.6 })).toMatchObject({ abstained: false });
});

it('says what a package lacks', async () => {
  await expect(ask({ weight: 0, from: -1 })).rejects.toThrow(/verdict has no bias; export the package again/);
});
