/** What becomes of a run that fails on CUDA. No device is needed: one of the CPU's sessions is made to fail. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { generate } from '../../server/answering/generate';
import { CancelledError } from '../../server/errors';
import type { EncodableWindow } from '../../server/model/encoder';
import { machineKey } from '../../server/model/machineKey';
import { ModelHost } from '../../server/model/modelHost';
import { judgedChunkTokensMin, prefillChunkTokensMin, type Reader } from '../../server/model/reader';
import { openGraph } from '../../server/model/sessions';
import { modelWorker } from '../modelWorker';
import { repositoryRoot } from '../oracle/fixtures';
import { FailingCuda, kernelFailure, memoryFailure, type CudaRun } from './support/failingCuda';
import { ToyOnCuda, type Choice } from './support/toyOnCuda';

const never = new AbortController().signal;
const memoryNote = 'CUDA ran out of memory; running on the CPU.';
const kernelNote = `CUDA failed (${kernelFailure}); running on the CPU.`;

let toy: ToyOnCuda;
beforeAll(async () => {
  toy = await ToyOnCuda.make();
});
afterAll(() => {
  toy.remove();
});
afterEach(() => toy.close());

const cudaThat = (failureOf: (run: CudaRun) => string | undefined): FailingCuda => new FailingCuda(failureOf);
const fine = (): undefined => undefined;
/** Has memory for runs of so many tokens; for the probe always. */
const fitting = (tokens: number) => (run: CudaRun) =>
  run.number > 0 && run.tokens > tokens ? memoryFailure : undefined;
const fromRun = (number: number, message: string) => (run: CudaRun) =>
  run.number >= number ? message : undefined;

const longText = Int32Array.from({ length: 600 }, (_, at) => (at * 7) % 90);
const windows: EncodableWindow[] = [3, 5, 9, 2].map((seed) => ({
  tokens: Int32Array.from({ length: 60 }, (_, at) => (at * seed) % 90),
  prefixTokenCount: 2,
  blocks: [
    { startToken: 8, endToken: 30 },
    { startToken: 30, endToken: 60 },
  ],
}));

const failed = (pending: Promise<unknown>): Promise<unknown> =>
  pending.then(
    () => expect.fail('it succeeded'),
    (error: unknown) => error,
  );

/** All that a reader does with a text: logits, keys and values, losses, choices. */
async function readAll(reader: Reader) {
  const cache = reader.createCache(700);
  const encoded = await reader.encodeKv(longText, cache, never);
  const logits = await reader.logitsAfter(longText, cache, never);
  const kv = await reader.rawKv(0, cache.length, cache, never);
  const choices = new Int32Array(12);
  await reader.judge(longText, choices.length, cache, choices, never);
  const losses = await reader.losses(longText, 400, reader.createCache(600), never);
  return { encoded, logits, choices, kv, losses };
}

type ReadText = Awaited<ReturnType<typeof readAll>>;

function expectNear(found: ReadText, expected: ReadText): void {
  const farthest = (one: Float32Array, other: Float32Array): number =>
    one.reduce((most, number, i) => Math.max(most, Math.abs(number - other[i]!)), 0);
  expect(farthest(found.encoded.keys, expected.encoded.keys)).toBeLessThan(1e-3);
  expect(farthest(found.encoded.values, expected.encoded.values)).toBeLessThan(1e-3);
  expect(farthest(found.losses, expected.losses)).toBeLessThan(1e-3);
  expect(found.losses).toHaveLength(expected.losses.length);
  expect(found.choices).toEqual(expected.choices);
}

describe('a run that finds no memory', () => {
  test.each([128, 64, prefillChunkTokensMin])('is repeated in runs of %i tokens', async (fits) => {
    const { graph: roomy } = await toy.reader(cudaThat(fine));
    const cuda = cudaThat(fitting(fits));
    const { graph: reader, notes } = await toy.reader(cuda);
    const found = await readAll(reader);
    expect(notes).toEqual([]);
    expect(cuda.opened).toEqual({ cuda: 1, cpu: 0 });
    // To the last bit what the CPU gives for the same pieces, as one text.
    const cache = roomy.createCache(700);
    for (let start = 0; start < longText.length; start += fits) {
      const piece = longText.subarray(start, start + fits);
      expect(cache.length).toBe(start);
      const logits = await roomy.logitsAfter(piece, cache, never);
      if (cache.length === longText.length) expect(found.logits).toEqual(logits);
    }
    expect(found.kv).toEqual(await roomy.rawKv(0, cache.length, cache, never));
    // In one piece attention adds up in another order.
    expectNear(found, await readAll(roomy));
  });

  test('is made smaller once, not in every call', async () => {
    const cuda = cudaThat(fitting(64));
    const { graph: reader } = await toy.reader(cuda);
    await reader.logitsAfter(longText.subarray(0, 200), reader.createCache(200), never);
    expect(cuda.tokens).toEqual([200, 100, 50, 50, 50, 50]);
    await reader.choiceAfter(longText.subarray(0, 60), reader.createCache(60), never);
    expect(cuda.tokens.slice(6)).toEqual([50, 10]);
  });

  test('of judged tokens is made smaller too', async () => {
    const cache = (reader: Reader) => reader.createCache(64);
    const { graph: roomy } = await toy.reader(cudaThat(fine));
    const expected = new Int32Array(16);
    await roomy.judge(longText, 16, cache(roomy), expected, never);
    const cuda = cudaThat(fitting(judgedChunkTokensMin));
    const { graph: reader } = await toy.reader(cuda);
    const found = new Int32Array(16);
    await reader.judge(longText, 16, cache(reader), found, never);
    expect(found).toEqual(expected);
    expect(cuda.tokens).toEqual([16, 8, 4, 4, 4, 4]);
  });

  test('of windows is repeated with fewer of them', async () => {
    const { graph: roomy } = await toy.encoder(cudaThat(fine));
    const cuda = cudaThat(({ rows }) => (rows > 1 ? memoryFailure : undefined));
    const { graph: encoder, notes } = await toy.encoder(cuda);
    expect(await encoder.encodeKeys(windows)).toEqual(await roomy.encodeKeys(windows));
    expect(cuda.runs.map(({ rows }) => rows)).toEqual([1, 4, 2, 1, 1, 1, 1]);
    expect(notes).toEqual([]);
  });

  test('goes to the CPU where even the smallest finds none', async () => {
    const expected = await readAll((await toy.reader(cudaThat(fine))).graph);
    const cuda = cudaThat(fromRun(1, memoryFailure));
    const { graph: reader, opened, notes } = await toy.reader(cuda);
    expect(opened).toMatchObject({ provider: 'cuda' });
    expect(await readAll(reader)).toEqual(expected);
    expect(cuda.tokens).toEqual([256, 128, 64, 32]);
    expect(cuda.opened).toEqual({ cuda: 1, cpu: 1 });
    expect(cuda.released).toBe(1);
    expect(notes).toEqual([memoryNote]);
  });

  test('of one window, and of a question, goes to the CPU', async () => {
    const { graph: roomy } = await toy.encoder(cudaThat(fine));
    for (const first of ['keys', 'query'] as const) {
      const cuda = cudaThat(fromRun(1, memoryFailure));
      const { graph: encoder, notes } = await toy.encoder(cuda);
      if (first === 'keys')
        expect(await encoder.encodeKeys(windows)).toEqual(await roomy.encodeKeys(windows));
      const query = await encoder.encodeQuery([5, 6, 7, 8], [1, 1]);
      expect(query).toEqual(await roomy.encodeQuery([5, 6, 7, 8], [1, 1]));
      expect(notes).toEqual([memoryNote]);
    }
  });
});

describe('a run that fails otherwise', () => {
  test('goes to the CPU at once', async () => {
    const expected = await readAll((await toy.reader(cudaThat(fine))).graph);
    for (const provider of ['auto', 'cuda'] as const) {
      const cuda = cudaThat(fromRun(1, kernelFailure));
      const { graph: reader, opened, notes } = await toy.reader(cuda, { provider });
      expect(opened.note).toBeUndefined();
      expect(await readAll(reader)).toEqual(expected);
      expect(cuda.tokens).toEqual([256]);
      expect(cuda.released).toBe(1);
      expect(notes).toEqual([kernelNote]);
    }
  });

  test.each([
    ['after a few tokens', kernelFailure, kernelNote],
    ['for want of memory', memoryFailure, memoryNote],
  ])('keeps the text that is being spoken: %s', async (_, message, note) => {
    const { cacheFolder } = toy;
    const { tokenizer } = await new ModelHost(toy.model, { cacheFolder, provider: 'cpu', threads: 1 }).text();
    const speak = async (cuda: FailingCuda, choice: Choice) => {
      const { graph: reader, notes } = await toy.reader(cuda, choice);
      const cache = reader.createCache(200);
      const first = await reader.choiceAfter(longText.subarray(0, 40), cache, never);
      const options = { maxTokens: 30, stopTokens: new Set<number>() };
      const { tokens } = await generate(reader, tokenizer, cache, first, options, () => undefined, never);
      return { tokens: [...tokens], notes };
    };
    const expected = await speak(cudaThat(fine), {});
    const found = await speak(cudaThat(fromRun(9, message)), {});
    expect(found.tokens).toEqual(expected.tokens);
    expect(found.notes).toEqual([note]);
    // The CPU's own graph has inputs and roundings of its own: it goes on from the same keys and values.
    const other = await speak(cudaThat(fromRun(9, message)), { cpuForm: 'int8' });
    expect(other.tokens).toHaveLength(expected.tokens.length);
    expect(other.tokens.slice(0, 8)).toEqual(expected.tokens.slice(0, 8));
    expect(other.notes).toEqual([note]);
  });

  test.each([
    ['together', 5],
    ['when the other one runs on the CPU already', 200],
  ])('beside another one opens the CPU once, for both: %s', async (_, secondMs) => {
    const cuda = cudaThat(fromRun(1, kernelFailure));
    cuda.failsAfterMs = ({ number }) => (number === 1 ? 5 : secondMs);
    const { graph: reader, notes } = await toy.reader(cuda);
    const choose = (text: Int32Array) => reader.choiceAfter(text, reader.createCache(600), never);
    const found = await Promise.all([choose(longText), choose(longText.subarray(100))]);
    expect(cuda.tokens).toHaveLength(2);
    expect(cuda.opened).toEqual({ cuda: 1, cpu: 1 });
    expect(cuda.released).toBe(1);
    expect(notes).toEqual([kernelNote]);
    expect(found).toEqual([await choose(longText), await choose(longText.subarray(100))]);
  });

  test('fails where the CPU fails too', async () => {
    const cuda = cudaThat(fromRun(1, kernelFailure));
    const { graph: reader, notes } = await toy.reader(cuda);
    const choose = () => reader.choiceAfter([1, 2], reader.createCache(2), never);
    cuda.openOnCpu = () => Promise.reject(new Error('no such file'));
    expect(await failed(choose())).toMatchObject({
      code: 'providerFailed',
      message: expect.stringMatching(/cpu: no such file/) as string,
    });
    expect(notes).toEqual([]);
    const broken = cudaThat(() => memoryFailure);
    cuda.openOnCpu = (graph, _, threads) => broken.open(graph, 'cuda', threads);
    expect(await failed(choose())).toMatchObject({ message: memoryFailure });
    expect(broken.runs).toHaveLength(1);
    expect(await failed(choose())).toMatchObject({ message: memoryFailure });
    expect(notes).toEqual([kernelNote]);
    expect(cuda.opened).toEqual({ cuda: 1, cpu: 2 });
  });
});

describe('a cancelled request', () => {
  test('is no failure of CUDA', async () => {
    const controller = new AbortController();
    const cuda = cudaThat(({ number }) => {
      if (number === 1) controller.abort();
      return undefined;
    });
    const { graph: reader, notes } = await toy.reader(cuda);
    const cache = reader.createCache(600);
    expect(await failed(reader.choiceAfter(longText, cache, controller.signal))).toBeInstanceOf(
      CancelledError,
    );
    expect(await reader.choiceAfter(longText, reader.createCache(600), never)).toBeTypeOf('number');
    expect(notes).toEqual([]);
    expect(cuda.opened).toEqual({ cuda: 1, cpu: 0 });
  });

  test('leaves no token in its context when it ends while the CPU is opened', async () => {
    const controller = new AbortController();
    const cuda = cudaThat(fromRun(1, kernelFailure));
    const { graph: reader, notes } = await toy.reader(cuda);
    cuda.openOnCpu = (...graph) => {
      controller.abort();
      return openGraph(...graph);
    };
    const cache = reader.createCache(600);
    const pending = failed(reader.choiceAfter(longText, cache, controller.signal));
    expect(await pending).toBeInstanceOf(CancelledError);
    expect(cache.length).toBe(0);
    expect(notes).toEqual([kernelNote]);
    const { graph: roomy } = await toy.reader(cudaThat(fine));
    expect(await reader.choiceAfter(longText, cache, never)).toBe(
      await roomy.choiceAfter(longText, roomy.createCache(600), never),
    );
  });
});

describe('a device that cannot run the graph at all', () => {
  test.each([
    ['auto', undefined],
    ['cuda', /^CUDA was asked for but could not be used \(cuda: CUDA failure 209.*\); running on the CPU\.$/],
  ] as const)('is not taken: %s', async (provider, note) => {
    for (const graph of ['reader', 'encoder'] as const) {
      const cuda = cudaThat(() => kernelFailure);
      const { opened, notes } = await toy[graph](cuda, { provider });
      expect(opened.provider).toBe('cpu');
      if (note) expect(opened.note).toMatch(note);
      else expect(opened.note).toBeUndefined();
      expect(cuda.opened).toEqual({ cuda: 1, cpu: 1 });
      expect(cuda.runs).toEqual([{ number: 0, rows: 1, tokens: graph === 'reader' ? 1 : 4 }]);
      expect(cuda.released).toBe(1);
      expect(notes).toEqual([]);
    }
  });

  test('is found by one run only', async () => {
    const cuda = cudaThat(fine);
    await toy.encoder(cuda);
    await toy.reader(cuda);
    expect(cuda.runs.map(({ tokens }) => tokens)).toEqual([4, 1]);
  });
});

test('the note crosses from the thread of the model, before the answer', async () => {
  // A host takes CUDA's form where its library is, which it is not here: the CPU is told to take the same.
  const choice = { format: 1, machine: await machineKey(), threads: 1, form: 'blocks' };
  writeFileSync(
    join(toy.cacheFolder, 'machine.json'),
    JSON.stringify({ ...choice, ms: { int8: 2, blocks: 1 } }),
  );
  const workerPath = modelWorker(join(repositoryRoot, 'test/unit/support/cudaWorker.ts'));
  const { model, cacheFolder } = toy;
  const host = new ModelHost(model, { cacheFolder, provider: 'auto', threads: 1, workerPath });
  onTestFinished(() => host.dispose());
  const reader = await host.reader();
  expect(await host.status()).toEqual({ state: 'ready', name: model.manifest.name, provider: 'cuda' });
  const cache = reader.createCache(600);
  const choices: number[] = [];
  for (let at = 0; at < 8; at++) {
    choices.push(await reader.choiceAfter(longText.subarray(at * 10, at * 10 + 10), cache, never));
    expect(host.providerNote).toBe(at < 4 ? undefined : memoryNote);
  }
  expect(await host.status()).toMatchObject({ provider: 'cpu', providerNote: memoryNote });
  const { graph: roomy } = await toy.reader(cudaThat(fine));
  const own = roomy.createCache(600);
  for (const [at, choice] of choices.entries())
    expect(await roomy.choiceAfter(longText.subarray(at * 10, at * 10 + 10), own, never)).toBe(choice);
  // What is opened later does not try CUDA again, until the model is loaded anew.
  await host.encoder();
  expect(await host.status()).toMatchObject({ provider: 'cpu', providerNote: memoryNote });
  await host.dispose();
  await host.reader();
  expect(await host.status()).toEqual({ state: 'ready', name: model.manifest.name, provider: 'cuda' });
});
