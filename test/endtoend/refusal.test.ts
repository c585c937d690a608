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

/** Asks a package whose routing finds any question as likely to have an answer as not. */
async function ask(
  reader: Partial<VerdictWeights> | undefined,
  { atLeast = 0.5, anyway = false } = {},
): Promise<AnswerResult & { progress: string[] }> {
  const folder = join(bench.scratch, 'judging');
  cpSync(packageFolder('toy-landmark'), folder, { recursive: true });
  const path = join(folder, 'manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  const routing = { landmark: 0, evidence: 0, bias: 0, atLeast };
  Object.assign(manifest.thresholds, { answerable: { ...routing, ...(reader && { reader }) } });
  writeFileSync(path, JSON.stringify(manifest));
  const engine = await bench.engine('cache', { modelPackage: folder });
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
