/** The thread that runs the model: what crosses, in which order, how it is cancelled, and how it ends. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CancelledError, ExpectedError } from '../../server/errors';
import type { Encoder } from '../../server/model/encoder';
import { readPackage, type ModelPackage } from '../../server/model/manifest';
import { ModelHost } from '../../server/model/modelHost';
import { packFailure, unpackFailure } from '../../server/model/worker/messages';
import { crashesMax, WorkerRuntime } from '../../server/model/worker/runtime';
import { addWeights } from '../../server/model/weights';
import type { TextModel } from '../../server/model/modelHost';
import { cutWindows, type Window } from '../../server/text/windows';
import { modelWorker } from '../modelWorker';
import { packageFolder } from '../oracle/fixtures';

const never = new AbortController().signal;
const lines = Array.from({ length: 400 }, (_, i) => `const value_${i} = compute(${i}, "${i * 7}");`);

let scratch: string;
let model: ModelPackage;
beforeAll(async () => {
  model = await readPackage(packageFolder('toy-landmark'));
  scratch = mkdtempSync(join(tmpdir(), 'landmark-worker-'));
  const quiet = { fetch: () => undefined, convert: () => undefined };
  await addWeights(model, scratch, undefined, quiet, never);
});
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

const hosts: ModelHost[] = [];
function openHost(workerPath?: string): ModelHost {
  const where = workerPath !== undefined && { workerPath };
  const host = new ModelHost(model, { cacheFolder: scratch, provider: 'cpu', threads: 1, ...where });
  hosts.push(host);
  return host;
}
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.dispose();
});

function windowsOf({ tokenizer, layout }: TextModel): Window[] {
  return cutWindows({ path: 'values.ts', lines }, tokenizer, layout);
}

/** A worker's bundle that does this instead. */
function script(text: string): string {
  const path = join(mkdtempSync(join(scratch, 'script-')), 'worker.js');
  writeFileSync(path, text);
  return path;
}

const failed = (pending: Promise<unknown>): Promise<unknown> =>
  pending.then(
    () => expect.fail('it succeeded'),
    (error: unknown) => error,
  );

describe('what crosses', () => {
  test.each([
    [new ExpectedError('diskFull', 'The disk is full.'), ExpectedError],
    [new CancelledError(), CancelledError],
    [new RangeError('out of memory'), Error],
    ['a text', Error],
  ])('%s is told as what it was', (error, kind) => {
    const told = unpackFailure(structuredClone(packFailure(error)));
    expect(told).toBeInstanceOf(kind);
    expect(told.message).toBe(error instanceof Error ? error.message : error);
    if (error instanceof ExpectedError) expect(told).toMatchObject({ code: error.code });
  });

  test('are the times of both forms', async () => {
    const { int8, blocks } = await openHost(modelWorker()).timeForms(1);
    expect(int8).toBeGreaterThan(0);
    expect(blocks).toBeGreaterThan(0);
  });

  test('are the same keys and queries, from either thread of the model', async () => {
    const [native, remote] = [openHost(), openHost(modelWorker())];
    const windows = windowsOf(await native.text()).slice(0, 3);
    const expected = await (await native.encoder()).encodeKeys(windows);
    for (const encoder of [await remote.encoder(), await remote.backgroundEncoder()]) {
      expect(await encoder.encodeKeys(windows)).toEqual(expected);
      expect(await encoder.encodeQuery([5, 6, 7, 8], [1, 1])).toEqual(
        await (await native.encoder()).encodeQuery([5, 6, 7, 8], [1, 1]),
      );
    }
    // What was sent is still the caller's.
    expect(windows[0]!.tokens.length).toBeGreaterThan(0);
  });

  test('are the same keys and values, and the same choice after them; the encoding stays with its owner', async () => {
    const found = [];
    for (const host of [openHost(), openHost(modelWorker())]) {
      const reader = await host.reader();
      const prefix = await host.prefix();
      const tokens = windowsOf(await host.text())[0]!.tokens.subarray(prefix.tokens);
      const cache = reader.createCache(tokens.length + prefix.tokens + 16);
      cache.append(prefix, 0, prefix.tokens);
      const raw = await reader.encodeKv(tokens, cache, never);
      expect(cache.length).toBe(prefix.tokens);
      cache.append(raw, 3, 20);
      cache.append(raw, 40, 41);
      cache.truncate(cache.length - 1);
      cache.append(raw, 20, 50);
      expect(cache.length).toBe(prefix.tokens + 17 + 30);
      expect(raw.keys.length).toBeGreaterThan(0);
      const choice = await reader.choiceAfter([9, 8, 7], cache, never);
      expect(cache.length).toBe(prefix.tokens + 17 + 30 + 3);
      cache.truncate(prefix.tokens);
      const sampling = { temperature: 2, topP: 0.9, seed: 3 };
      const drawn = await reader.choiceAfter([9, 8, 7], cache, never, sampling);
      const drawnAfter = new Int32Array(2);
      await reader.judge(Int32Array.of(6, 5), 2, cache, drawnAfter, never, sampling);
      expect([drawn, ...drawnAfter]).not.toContain(choice);
      cache.truncate(prefix.tokens);
      found.push({
        raw,
        choice,
        drawn,
        drawnAfter,
        logits: await reader.logitsAfter([9, 8, 7], cache, never),
      });
      cache.dispose();
    }
    expect(found[1]).toEqual(found[0]);
  });
});

describe('calls', () => {
  test('of one cache take effect in the order in which they were made', async () => {
    const host = openHost(modelWorker());
    const reader = await host.reader();
    const prefix = await host.prefix();
    const run = async (isAwaited: boolean): Promise<number> => {
      const cache = reader.createCache(prefix.tokens + 8);
      cache.append(prefix, 0, prefix.tokens);
      if (isAwaited) await reader.choiceAfter([4], reader.createCache(1), never);
      const pending = reader.choiceAfter([5, 6], cache, never);
      return pending;
    };
    expect(await run(false)).toBe(await run(true));
  });

  test('are cancelled at once where they wait, and between two native runs where they work', async () => {
    const host = openHost(modelWorker());
    const reader = await host.reader();
    const cache = reader.createCache(reader.contextTokens);
    const controller = new AbortController();
    const long = new Int32Array(reader.contextTokens).fill(7);
    const start = performance.now();
    await reader.choiceAfter(long, reader.createCache(long.length), never);
    const wholeMs = performance.now() - start;
    const pending = failed(reader.choiceAfter(long, cache, controller.signal));
    controller.abort();
    expect(await pending).toBeInstanceOf(CancelledError);
    // The next one does not wait until the long one would have ended.
    const before = performance.now();
    await reader.choiceAfter([7], reader.createCache(1), never);
    expect(performance.now() - before).toBeLessThan(wholeMs);
    expect(cache.length).toBe(0);
    expect(await failed(reader.choiceAfter([7], cache, controller.signal))).toBeInstanceOf(CancelledError);
  });
});

describe('the event loop of the server', () => {
  /** Most time between two turns, and how many turns there were, while windows are encoded. */
  async function observe(
    encoder: Encoder,
    windows: readonly Window[],
  ): Promise<{ longestMs: number; turns: number; elapsedMs: number }> {
    const histogram = monitorEventLoopDelay({ resolution: 1 });
    histogram.enable();
    // It measures from its second timer on.
    await new Promise((resolve) => setTimeout(resolve, 5));
    let turns = 0;
    const work = { isDone: false };
    const start = performance.now();
    const encoded = encoder.encodeKeys(windows).finally(() => (work.isDone = true));
    while (!work.isDone) {
      await setImmediate();
      turns++;
    }
    await encoded;
    const elapsedMs = performance.now() - start;
    // The delay of a held turn is recorded by the next timer.
    await new Promise((resolve) => setTimeout(resolve, 5));
    histogram.disable();
    return { longestMs: histogram.max / 1e6, turns, elapsedMs };
  }

  test('turns while the model runs, which it does not where the model is in its thread', async () => {
    const [native, remote] = [openHost(), openHost(modelWorker())];
    const some = windowsOf(await native.text());
    const windows = Array.from({ length: 24 }, (_, i) => some[i % some.length]!);
    const [here, there] = [await native.encoder(), await remote.encoder()];
    for (const encoder of [here, there]) await observe(encoder, windows);
    const held = await observe(here, windows);
    expect(held.turns).toBeLessThan(10);
    expect(held.longestMs).toBeGreaterThan(held.elapsedMs / 2);
    // A busy machine may hold any thread now and then: one of five must be free of that.
    const tries = [];
    for (let i = 0; i < 5; i++) tries.push(await observe(there, windows));
    expect(Math.max(...tries.map(({ turns }) => turns))).toBeGreaterThan(10 * held.turns);
    expect(Math.min(...tries.map(({ longestMs, elapsedMs }) => longestMs / elapsedMs))).toBeLessThan(0.5);
  });
});

describe('a thread that ends', () => {
  test.each([
    ['throws', `throw new Error('broke')`, /ended unexpectedly \(broke\)/],
    [
      'leaves',
      `require('node:worker_threads').parentPort.once('message', () => process.exit(3))`,
      /exit code 3/,
    ],
    ['is not there', undefined, /Cannot find module/],
  ])('because it %s fails its calls with what to do', async (_, text, message) => {
    const path = text === undefined ? join(scratch, 'absent.js') : script(text);
    const error = await failed(openHost(path).encoder());
    expect(error).toBeInstanceOf(ExpectedError);
    expect(error).toMatchObject({ code: 'modelStopped', message: expect.stringMatching(message) as string });
  });

  test('is started again at the next use, but not for ever', async () => {
    const path = script(`require('node:worker_threads').parentPort.once('message', () => process.exit(3))`);
    let gone = 0;
    const runtime = new WorkerRuntime({ path, lane: 'interactive', onGone: () => gone++ });
    const open = (): Promise<unknown> =>
      failed(runtime.openEncoder({ graphPaths: { cpu: 'x' }, keyNumbers: 1, provider: 'cpu', threads: 1 }));
    for (let i = 0; i < crashesMax; i++)
      expect(await open()).toMatchObject({ message: expect.stringContaining('exit code 3') as string });
    expect(gone).toBe(crashesMax);
    expect(await open()).toMatchObject({
      code: 'modelStopped',
      message: expect.stringMatching(/not started/) as string,
    });
    expect(gone).toBe(crashesMax);
  });

  test('because the model is unloaded fails what is under way; the next use starts it again', async () => {
    const host = openHost(modelWorker());
    const reader = await host.reader();
    const cache = reader.createCache(64);
    const pending = failed(reader.choiceAfter(new Int32Array(64).fill(3), cache, never));
    await host.dispose();
    expect(await pending).toMatchObject({ code: 'modelStopped' });
    expect((await host.status()).state).toBe('notLoaded');
    const again = await host.reader();
    expect(await again.choiceAfter([3], again.createCache(1), never)).toBeTypeOf('number');
  });

  test('when it is idle is ended', async () => {
    let gone = 0;
    const runtime = new WorkerRuntime({
      path: modelWorker(),
      lane: 'background',
      idleMsMax: 20,
      onGone: () => gone++,
    });
    await failed(
      runtime.openEncoder({
        graphPaths: { cpu: join(scratch, 'none.onnx') },
        keyNumbers: 1,
        provider: 'cpu',
        threads: 1,
      }),
    );
    await expect.poll(() => gone).toBe(1);
  });

  test('tells what the worker found wrong by its own code', async () => {
    const runtime = new WorkerRuntime({ path: modelWorker(), lane: 'interactive', onGone: () => undefined });
    const spec = {
      graphPaths: { cpu: join(scratch, 'none.onnx') },
      keyNumbers: 1,
      provider: 'cpu' as const,
      threads: 1,
    };
    expect(await failed(runtime.openEncoder(spec))).toMatchObject({ code: 'providerFailed' });
    await runtime.close();
  });
});
