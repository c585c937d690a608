import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { modelRequests } from '../../server/answering/models';
import { weightsFolder } from '../../server/model/cacheFolders';
import { ModelLibrary } from '../../server/model/library';
import { readPackage, type GraphForm, type ModelPackage } from '../../server/model/manifest';
import { ModelHost } from '../../server/model/modelHost';
import { measuredForm } from '../../server/model/productForm';
import {
  addWeights,
  convertedForm,
  formsHere,
  hasWeights,
  requireWeights,
  verifyWeights,
} from '../../server/model/weights';
import { packageFolder } from '../oracle/fixtures';

const never = new AbortController().signal;
const quiet = { fetch: () => undefined, convert: () => undefined };
const threads = 1;

let model: ModelPackage;
let cacheFolder: string;
const hosts: ModelHost[] = [];
beforeEach(async () => {
  model = await readPackage(packageFolder('toy-landmark'));
  cacheFolder = mkdtempSync(join(tmpdir(), 'landmark-weights-'));
});
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.dispose()));
  rmSync(cacheFolder, { recursive: true });
});

function add(...forms: GraphForm[]): Promise<string> {
  return addWeights(model, cacheFolder, undefined, quiet, never, forms);
}

/** Makes this a machine on which `form` was found to be the faster one. */
async function prefer(form: GraphForm, folder = cacheFolder): Promise<void> {
  const ms = form === 'int8' ? { int8: 1, blocks: 2 } : { int8: 2, blocks: 1 };
  expect(await measuredForm(folder, threads, () => Promise.resolve(ms))).toBe(form);
}

function openHost(workerPath?: string): ModelHost {
  const where = workerPath !== undefined && { workerPath };
  const host = new ModelHost(model, { cacheFolder, provider: 'cpu', threads, ...where });
  hosts.push(host);
  return host;
}

async function queryOf(host: ModelHost): Promise<Float32Array> {
  return (await host.encoder()).encodeQuery([5, 6, 7, 8, 9], [1, 1]);
}

/** Of text that both forms read as a package's own graphs do. */
async function logitsOf(host: ModelHost): Promise<Float32Array> {
  const reader = await host.reader();
  const { tokenizer } = await host.text();
  const tokens = tokenizer.encodeText('def total(price, count):\n    return price * count\n');
  const cache = reader.createCache(tokens.length);
  try {
    return await reader.logitsAfter(tokens, cache, never);
  } finally {
    cache.dispose();
  }
}

function cosine(left: Float32Array, right: Float32Array): number {
  const dot = (one: Float32Array, other: Float32Array): number =>
    one.reduce((sum, value, at) => sum + value * other[at]!, 0);
  return dot(left, right) / Math.sqrt(dot(left, left) * dot(right, right));
}

describe('the forms of this machine', () => {
  it.each<{ cpuForm: GraphForm; cuda: boolean; forms: GraphForm[] }>([
    { cpuForm: 'int8', cuda: false, forms: ['int8'] },
    { cpuForm: 'blocks', cuda: false, forms: ['blocks'] },
    { cpuForm: 'int8', cuda: true, forms: ['int8', 'blocks'] },
    { cpuForm: 'blocks', cuda: true, forms: ['blocks'] },
  ])('are $forms with $cpuForm for the CPU, CUDA: $cuda', ({ cpuForm, cuda, forms }) => {
    expect(formsHere(cpuForm, cuda)).toEqual(forms);
  });
});

describe('a model on a CPU', () => {
  it('that runs blocks answers as one that runs int8, but for rounding', async () => {
    await add('int8');
    const int8 = openHost();
    const expected = { query: await queryOf(int8), logits: await logitsOf(int8) };
    rmSync(join(cacheFolder, 'models'), { recursive: true });
    await add('blocks');
    expect(await hasWeights(model, cacheFolder)).toBe(true);
    const blocks = openHost();
    expect((await blocks.status()).state).toBe('notLoaded');
    const found = { query: await queryOf(blocks), logits: await logitsOf(blocks) };
    expect((await blocks.status()).provider).toBe('cpu');
    // They are not the same numbers, so another graph has run.
    expect(found.logits).not.toEqual(expected.logits);
    expect(cosine(found.query, expected.query)).toBeGreaterThan(0.99);
    expect(cosine(found.logits, expected.logits)).toBeGreaterThan(0.99);
  });

  it('runs the faster form where both were converted', async () => {
    await add('int8', 'blocks');
    const byInt8 = await logitsOf(openHost());
    await prefer('blocks');
    expect(await logitsOf(openHost())).not.toEqual(byInt8);
    expect((await requireWeights(model, cacheFolder, 'blocks')).cpuForm).toBe('blocks');
  });

  it('runs what was converted before, and neither measures nor converts for that', async () => {
    await add('int8');
    const byInt8 = await logitsOf(openHost());
    expect(readdirSync(cacheFolder)).toEqual(['models']);
    await prefer('blocks');
    expect(await logitsOf(openHost())).toEqual(byInt8);
    expect(await requireWeights(model, cacheFolder, 'blocks')).toMatchObject({ cpuForm: 'int8' });
    expect(await convertedForm(model, cacheFolder, 'blocks')).toBe('int8');
    const checked = await verifyWeights(model, cacheFolder, 'blocks');
    expect(checked.filter(({ ok }) => !ok)).toEqual([]);
  });

  it('is missing, and not verified, where no form was converted', async () => {
    expect(await hasWeights(model, cacheFolder)).toBe(false);
    await expect(requireWeights(model, cacheFolder, 'blocks')).rejects.toThrow(/landmark model add/);
    const checked = await verifyWeights(model, cacheFolder, 'blocks');
    expect(checked.filter(({ ok }) => !ok)).toMatchObject([{ detail: 'not converted yet' }]);
  });
});

describe('landmark model add', () => {
  function requests(host = openHost()): ReturnType<typeof modelRequests> {
    const library = new ModelLibrary(join(packageFolder('toy-landmark'), '..'));
    return modelRequests(library, host, { cacheFolder, threads });
  }
  const added = (name: string): boolean =>
    readdirSync(weightsFolder(model, cacheFolder)).includes(`weights.${name}.bin`);

  it('converts the form that is faster here, and tells it', async () => {
    await prefer('blocks');
    const summary = await requests().modelAdd({}, () => undefined, never);
    expect(summary).toMatchObject({ state: 'ready', form: 'blocks' });
    expect(added('blocks')).toBe(true);
    expect(added('int8')).toBe(false);
    expect(await logitsOf(openHost())).toHaveLength(model.manifest.shape.vocabulary);
    expect((await requests().modelVerify({})).ok).toBe(true);
  });

  it('measures where nothing is known, and keeps what it found', async () => {
    const { form } = await requests().modelAdd({}, () => undefined, never);
    const stored = JSON.parse(readFileSync(join(cacheFolder, 'machine.json'), 'utf8')) as object;
    expect(stored).toMatchObject({ form, threads });
    expect(added(form!)).toBe(true);
  });

  it('measures in the thread of the model', async () => {
    const workerPath = join(cacheFolder, 'times.js');
    writeFileSync(
      workerPath,
      `const { parentPort } = require('node:worker_threads');
      parentPort.on('message', ({ id, call, params }) => {
        const isAsked = call === 'timeForms' && params.threads === ${threads};
        parentPort.postMessage({ id, result: isAsked ? { int8: 20, blocks: 10 } : null });
      });`,
    );
    const { form } = await requests(openHost(workerPath)).modelAdd({}, () => undefined, never);
    expect(form).toBe('blocks');
    const stored = JSON.parse(readFileSync(join(cacheFolder, 'machine.json'), 'utf8')) as object;
    expect(stored).toMatchObject({ form, ms: { int8: 20, blocks: 10 } });
  });

  it('repairs the form that is run', async () => {
    await prefer('blocks');
    const { weightsFolder: folder } = await requests().modelAdd({}, () => undefined, never);
    const weights = join(folder, 'weights.blocks.bin');
    const bytes = readFileSync(weights);
    bytes[1000]! ^= 1;
    writeFileSync(weights, bytes);
    expect((await requests().modelVerify({})).ok).toBe(false);
    await expect(logitsOf(openHost())).rejects.toThrow(/landmark model add/);
    await requests().modelAdd({}, () => undefined, never);
    expect((await requests().modelVerify({})).ok).toBe(true);
  });
});
