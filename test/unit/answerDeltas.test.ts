/** Deltas of answers that were trained anew: blocks stay, weights are made again. */

import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readPackage, type Manifest, type ModelPackage } from '../../server/model/manifest';
import { ModelHost } from '../../server/model/modelHost';
import { addWeights, hasWeights, requireWeights } from '../../server/model/weights';
import { packageFolder } from '../oracle/fixtures';

const never = new AbortController().signal;
const quiet = { fetch: () => undefined, convert: () => undefined };
let folder: string;
let cacheFolder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'landmark-deltas-'));
  cacheFolder = join(folder, 'cache');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** The toy package with deltas of other numbers. */
async function retrained(): Promise<ModelPackage> {
  const target = join(folder, 'package');
  cpSync(packageFolder('toy-landmark'), target, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(target, 'manifest.json'), 'utf8')) as Manifest;
  const path = join(target, manifest.files.answers!.file);
  const bytes = readFileSync(path);
  const header = 8 + Number(bytes.readBigUInt64LE(0));
  // The sign of every second number of the first tensor's half.
  for (let at = header + 1; at < header + 64; at += 4) bytes[at]! ^= 0x80;
  writeFileSync(path, bytes);
  manifest.files.answers!.sha256 = createHash('sha256').update(bytes).digest('hex');
  writeFileSync(join(target, 'manifest.json'), JSON.stringify(manifest));
  return readPackage(target);
}

async function answerLogits(model: ModelPackage): Promise<Float32Array> {
  const host = new ModelHost(model, { cacheFolder, provider: 'cpu', threads: 1 });
  try {
    const reader = await host.reader();
    const cache = reader.createCache(8);
    cache.answersFrom = 1;
    return await reader.logitsAfter([5, 6, 7], cache, never);
  } finally {
    await host.dispose();
  }
}

it('deltas that were trained anew void no block, and the weights are converted once more', async () => {
  const model = await readPackage(packageFolder('toy-landmark'));
  const other = await retrained();
  expect(other.packageId).toBe(model.packageId);
  expect(other.weightsId).not.toBe(model.weightsId);
  await addWeights(model, cacheFolder, undefined, quiet, never);
  const before = await answerLogits(model);
  expect(await hasWeights(other, cacheFolder)).toBe(false);
  await expect(requireWeights(other, cacheFolder, 'int8')).rejects.toMatchObject({ code: 'modelMissing' });
  await addWeights(other, cacheFolder, undefined, quiet, never);
  expect(await answerLogits(other)).not.toEqual(before);
});

it('a package without deltas has one id', async () => {
  const model = await readPackage(packageFolder('qwen2.5-coder-0.5b-landmark'));
  if (model.manifest.files.answers) expect(model.weightsId).not.toBe(model.packageId);
  else expect(model.weightsId).toBe(model.packageId);
});
