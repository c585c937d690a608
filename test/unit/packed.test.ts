/** Weights that are packed once for all sessions: what lies where, and that nothing else changes. */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { weightsFolder } from '../../server/model/cacheFolders';
import { ModelHost } from '../../server/model/modelHost';
import { NativeRuntime } from '../../server/model/native/runtime';
import { externalRanges } from '../../server/model/packed/externalData';
import { readPackedRecord } from '../../server/model/packed/record';
import type { GraphPaths } from '../../server/model/runtime';
import { removeWeights, requireWeights, verifyWeights, weightsBytes } from '../../server/model/weights';
import { modelWorker } from '../modelWorker';
import { damage, PackedToy, windows } from './support/packedToy';

const never = new AbortController().signal;
const pageBytes = 4_096;

let toy: PackedToy;
beforeAll(async () => {
  toy = await PackedToy.make();
});
afterAll(() => {
  toy.remove();
});

let cache: string;
beforeEach(() => {
  cache = toy.copyOf(toy.packed);
});

describe('packed graphs', () => {
  test('give the same numbers to the last bit', async () => {
    const expected = await toy.plainNumbers(toy.converted);
    expect(expected.keys[0]!.some((number) => number !== 0)).toBe(true);
    expect(await toy.packedNumbers(cache)).toEqual(expected);
    // The plain graphs still lie over the same file.
    expect(await toy.plainNumbers(cache)).toEqual(expected);
  });

  test('are read where they lie: what is packed there is what products are made with', async () => {
    const graph = readFileSync(toy.path(cache, 'reader.int8.packed.onnx')).toString('latin1');
    const blobs = [...graph.matchAll(/MatMulIntegerToFloat\+\d+\|(\d+);(\d+);0/g)];
    expect(blobs.length).toBeGreaterThan(3);
    const weights = toy.weights(cache);
    for (const [, offset, bytes] of blobs) weights.fill(0, Number(offset), Number(offset) + Number(bytes));
    writeFileSync(toy.path(cache, 'weights.int8.bin'), weights);
    const { logits } = await toy.packedNumbers(cache);
    expect(logits).not.toEqual((await toy.plainNumbers(cache)).logits);
  });

  test('are made in the thread of the model, to the same bytes', async () => {
    const folder = toy.copyOf(toy.converted);
    const host = new ModelHost(toy.model, {
      cacheFolder: folder,
      provider: 'cpu',
      threads: 1,
      workerPath: modelWorker(),
    });
    const steps: string[] = [];
    const onProgress = (done: number, total: number): void => {
      steps.push(`${done} of ${total}`);
    };
    expect(await host.pack(toy.model, { cpuForm: 'int8', onProgress, signal: never })).toBeUndefined();
    await host.dispose();
    expect(steps).toEqual(['1 of 5', '2 of 5', '3 of 5', '4 of 5', '5 of 5']);
    expect(toy.weights(folder).equals(toy.weights(toy.packed))).toBe(true);
  });

  test('are what the model is opened with, where they are', async () => {
    const path = join(toy.scratch, 'tells.js');
    writeFileSync(
      path,
      `const { parentPort } = require('node:worker_threads');
      parentPort.on('message', ({ id, params }) => {
        const message = JSON.stringify(params.graphPaths);
        parentPort.postMessage({ id, failure: { kind: 'expected', code: 'providerFailed', message } });
      });`,
    );
    for (const [folder, expected] of [
      [toy.converted, undefined],
      [cache, toy.path(cache, 'encoder.int8.packed.onnx')],
    ] as const) {
      const host = new ModelHost(toy.model, {
        cacheFolder: folder,
        provider: 'cpu',
        threads: 1,
        workerPath: path,
      });
      const told = await host.encoder().catch((error: unknown) => (error as Error).message);
      expect(JSON.parse(told as string)).toMatchObject({ cpu: toy.path(folder, 'encoder.int8.onnx') });
      expect((JSON.parse(told as string) as GraphPaths).packed).toBe(expected);
      await host.dispose();
    }
  });

  test('have what they share once, behind the weights as they were', () => {
    const before = toy.weights(toy.converted);
    const after = toy.weights(cache);
    expect(after.subarray(0, before.length).equals(before)).toBe(true);
    const [reader, encoder] = ['reader', 'encoder'].map((graph) =>
      externalRanges(readFileSync(toy.path(cache, `${graph}.int8.packed.onnx`)), 'weights.int8.bin'),
    ) as [ReturnType<typeof externalRanges>, ReturnType<typeof externalRanges>];
    const added = [...reader, ...encoder].filter(({ offset }) => offset >= before.length);
    expect(added.length).toBeGreaterThan(10);
    // A table of blocks is not packed, and not repeated either.
    expect(reader.some(({ offset }) => offset < before.length)).toBe(true);
    const places = new Map<string, Set<number>>();
    for (const { offset, bytes } of added) {
      expect(offset % pageBytes).toBe(0);
      const hash = createHash('sha256')
        .update(after.subarray(offset, offset + bytes))
        .digest('hex');
      places.set(hash, (places.get(hash) ?? new Set()).add(offset));
    }
    expect([...places.values()].every((offsets) => offsets.size === 1)).toBe(true);
    const ofReader = new Set(reader.map(({ offset }) => offset));
    const shared = encoder.filter(({ offset }) => offset >= before.length && ofReader.has(offset));
    expect(shared.length).toBeGreaterThan(3);
  });

  test('leave nothing else behind', () => {
    const made = ['encoder.int8.packed.onnx', 'packed.int8.json', 'reader.int8.packed.onnx'];
    expect(toy.files(cache)).toEqual([...toy.files(toy.converted), ...made].sort());
  });

  test('are counted, verified and removed with the weights', async () => {
    const bytes = await weightsBytes(toy.model, cache);
    expect(bytes).toBe(toy.weights(cache).length);
    expect(bytes).toBeGreaterThan(await weightsBytes(toy.model, toy.converted));
    const told = async (): Promise<string[]> =>
      (await verifyWeights(toy.model, cache, 'int8'))
        .filter(({ ok }) => !ok)
        .map(({ file, detail }) => file + detail);
    expect((await verifyWeights(toy.model, cache, 'int8')).map(({ file }) => file)).toEqual(
      expect.arrayContaining([toy.path(cache, 'reader.int8.packed.onnx')]),
    );
    expect(await told()).toEqual([]);
    damage(toy.path(cache, 'weights.int8.bin'), (length) => length - 1);
    expect(await told()).toEqual([expect.stringMatching(/weights.int8.bin.*packed.*have changed/)]);
    expect(await removeWeights(toy.model, cache)).toBe(bytes);
    expect(existsSync(weightsFolder(toy.model, cache))).toBe(false);
  });
});

describe('once they are there', () => {
  test('neither conversion nor packing does anything', async () => {
    const stamp = statSync(toy.path(cache, 'weights.int8.bin')).mtimeMs;
    await toy.convert(cache);
    expect(await toy.pack(cache)).toBeUndefined();
    expect(toy.saved).toEqual([]);
    expect(statSync(toy.path(cache, 'weights.int8.bin')).mtimeMs).toBe(stamp);
  });

  test('another version of the runtime makes them anew, over no more bytes; what is open stays right', async () => {
    const runtime = new NativeRuntime();
    const open = await runtime.openEncoder({
      graphPaths: { packed: toy.path(cache, 'encoder.int8.packed.onnx') },
      provider: 'cpu',
      threads: 1,
      keyNumbers: toy.model.manifest.routing.keyNumbers,
    });
    const keys = await open.graph.encodeKeys(windows);
    const bytes = await weightsBytes(toy.model, cache);
    expect(await toy.pack(cache, { runtimeVersion: '9.9.9' })).toBeUndefined();
    expect(toy.saved.length).toBe(2);
    expect((await readPackedRecord(weightsFolder(toy.model, cache), 'int8'))?.runtimeVersion).toBe('9.9.9');
    expect(await weightsBytes(toy.model, cache)).toBe(bytes);
    // Until then they are used as they are.
    expect(await toy.packedForms(cache)).toEqual(['int8']);
    expect(await open.graph.encodeKeys(windows)).toEqual(keys);
    await runtime.close();
  });

  test('weights that are converted anew are packed anew', async () => {
    damage(toy.path(cache, 'weights.int8.bin'), () => 100);
    await expect(requireWeights(toy.model, cache, 'int8')).rejects.toThrow(/have changed/);
    await toy.convert(cache);
    // Nothing of before is left that would be verified.
    expect(toy.files(cache)).toEqual(toy.files(toy.converted));
    expect((await verifyWeights(toy.model, cache, 'int8')).every(({ ok }) => ok)).toBe(true);
    expect(await toy.packedForms(cache)).toEqual([]);
    expect(await toy.pack(cache)).toBeUndefined();
    expect(await toy.packedForms(cache)).toEqual(['int8']);
    expect(toy.weights(cache).equals(toy.weights(toy.packed))).toBe(true);
  });
});
