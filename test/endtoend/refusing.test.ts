/** The reader's verdict on questions of which routing is in doubt, on the toy package. */

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
  verdict: Partial<VerdictWeights> | undefined,
  { atLeast = 0.5, anyway = false } = {},
): Promise<AnswerResult & { progress: string[] }> {
  const folder = join(bench.scratch, 'doubting');
  cpSync(packageFolder('toy-landmark'), folder, { recursive: true });
  const path = join(folder, 'manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  manifest.thresholds.answerable = { landmark: 0, evidence: 0, bias: 0, atLeast };
  writeFileSync(path, JSON.stringify({ ...manifest, ...(verdict && { verdict }) }));
  const engine = await bench.engine('cache', { modelPackage: folder });
  const heard = listen();
  try {
    const result = await engine.ask({ root, question, maxTokens: 4, anyway }, heard.emit, never);
    return { ...result, progress: heard.of('progress').map(({ phase }) => phase) };
  } finally {
    await engine.dispose();
  }
}

describe('where routing is in doubt', () => {
  it('is answered by routing alone where the reader has no verdict', async () => {
    expect(await ask(undefined)).toMatchObject({ abstained: false });
    expect(await ask(undefined, { atLeast: 0.6 })).toMatchObject({ abstained: true });
  });

  it('has the reader decide', async () => {
    const weights = { lead: 0, reach: 1 };
    expect(await ask({ ...weights, bias: -0.1 })).toMatchObject({ abstained: true, read: [], citations: [] });
    expect(await ask({ ...weights, bias: 0.1 })).toMatchObject({ abstained: false });
    expect(await ask({ ...weights, bias: 1 }, { atLeast: 0.6 })).toMatchObject({ abstained: false });
  });

  it('weighs what the reader says', async () => {
    const weights = { bias: 0, reach: 1 };
    const [forYes, forNo] = [await ask({ ...weights, lead: 1e6 }), await ask({ ...weights, lead: -1e6 })];
    expect(forYes.abstained).not.toBe(forNo.abstained);
  });

  it('does not read for a question that is clear without', async () => {
    const verdict = { lead: 0, bias: 9, reach: 0.1 };
    const refused = await ask(verdict, { atLeast: 0.6 });
    expect(refused).toMatchObject({ abstained: true });
    expect(refused.progress).not.toContain('read');
    expect((await ask({ ...verdict, reach: 1 }, { atLeast: 0.6 })).progress).toContain('read');
  });

  it('answers a question that the reader refuses where it is to be answered anyway, and says so', async () => {
    const result = await ask({ lead: 0, bias: -0.1, reach: 1 }, { anyway: true });
    expect(result.abstained).toBe(false);
    expect(result.notes).toContain(noteTexts.doubtful);
  });

  it('says what a package lacks', async () => {
    await expect(ask({ lead: 0, reach: 1 })).rejects.toThrow(
      /has no number for bias; export the package again/,
    );
  });
});
