/** One package routes, another one reads: the toy package and the toy reader, in this process. */

import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { chooseReader } from '../../server/model/chooseReader';
import { ModelLibrary } from '../../server/model/library';
import { readAnyPackage, readPackage, type ReaderManifest } from '../../server/model/manifest';
import { measuredForm } from '../../server/model/productForm';
import { packageFolder } from '../oracle/fixtures';
import { greet, listen, never, silent, source, ToyBench } from './toyEngine';

const bench = new ToyBench();
const root = bench.folder({ 'greet.py': greet, 'b.py': source(40) });
const reader = packageFolder('toy-reader');
const question = 'What is greet?';
afterAll(() => {
  bench.remove();
});

describe('a reader beside the model', () => {
  it('reads and answers what the model has routed to, and is told in the status', async () => {
    const alone = await bench.engine('alone');
    const both = await bench.engine('both', { readerPackage: reader });
    const params = { root, question, maxTokens: 12, wait: true };
    const [own, other] = [await alone.ask(params, silent, never), await both.ask(params, silent, never)];
    expect(other.read).toEqual(own.read);
    expect(other.read.length).toBeGreaterThan(0);
    expect(other.answer).not.toBe(own.answer);
    expect(other.timings.generatedTokens).toBeGreaterThan(0);
    expect((await both.status({})).model).toMatchObject({
      state: 'ready',
      name: 'toy-landmark',
      reader: 'toy-reader',
    });
    expect((await alone.status({})).model).not.toHaveProperty('reader');
    await alone.dispose();
    await both.dispose();
  });

  it('keeps its keys and values in a store of its own, and says the same from it', async () => {
    const params = { root, question, maxTokens: 12, wait: true };
    const first = await bench.engine('kept', { readerPackage: reader });
    const fresh = await first.ask(params, silent, never);
    const before = await first.status({ root });
    await first.dispose();
    expect(fresh.timings.cachedTokens).toBe(0);
    expect(before.workspace!.warmWindows).toBeGreaterThan(0);
    expect(readdirSync(join(bench.scratch, 'kept', 'store'))).toHaveLength(2);

    const second = await bench.engine('kept', { readerPackage: reader });
    const warm = await second.ask(params, silent, never);
    expect(warm.timings.cachedTokens).toBeGreaterThan(0);
    expect(warm.answer).toBe(fresh.answer);
    // The model's own store has none of it.
    const model = await bench.engine('kept');
    expect((await model.status({ root })).workspace!.warmWindows).toBe(0);
    await model.dispose();

    const cleared = await second.indexClear({ root }, silent, never);
    expect(cleared.bytesFreed).toBeGreaterThan(0);
    expect((await second.status({ root })).workspace!.warmWindows).toBe(0);
    await second.dispose();
  });

  it('is fetched, verified and removed with the model, and missing without', async () => {
    // The form that is packed, whatever this machine's processor is faster with.
    const int8Faster = { int8: 1, blocks: 2 };
    const machine = join(bench.scratch, 'weights');
    expect(await measuredForm(machine, 0, () => Promise.resolve(int8Faster))).toBe('int8');
    const engine = await bench.engine('weights', { readerPackage: reader });
    const { files, ok, name } = await engine.modelVerify({});
    expect(ok).toBe(true);
    expect(name).toBe('toy-landmark and toy-reader');
    expect(files.some(({ file }) => file.includes('toy-reader'))).toBe(true);
    await engine.modelRemove({ package: reader });
    expect((await engine.status({})).model.state).toBe('missing');
    const asked = engine.ask({ root, question }, silent, never);
    await expect(asked).rejects.toThrow(/weights of toy-reader are not on this machine/);
    const { events, emit } = listen();
    const added = await engine.modelAdd({}, emit, never);
    expect(events.length).toBeGreaterThan(0);
    // The small model was here; both are packed, which is the reader's three steps more.
    expect(events.at(-1)).toMatchObject({ phase: 'convert', done: 3, total: 3 });
    expect(added.note).toBeUndefined();
    const verified = (await engine.modelVerify({})).files.map(({ file }) => file);
    expect(verified.filter((file) => file.endsWith('.packed.onnx')).length).toBe(3);
    expect((await engine.ask({ root, question, maxTokens: 4 }, silent, never)).read).not.toEqual([]);
    await engine.dispose();
  });
});

describe('a package that cannot be the reader', () => {
  it('is one that routes, or that reads other tokens', async () => {
    const wrong = bench.engine('wrong', { readerPackage: packageFolder('toy-landmark') });
    await expect(wrong).rejects.toThrow(/toy-landmark cannot be the reader: it is made for routing/);
    const folder = join(bench.scratch, 'foreign');
    cpSync(reader, folder, { recursive: true });
    const path = join(folder, 'manifest.json');
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as ReaderManifest;
    manifest.reads.tokenizer = '0'.repeat(64);
    writeFileSync(path, JSON.stringify(manifest));
    const foreign = bench.engine('wrong', { readerPackage: folder });
    await expect(foreign).rejects.toThrow(/does not read the tokens of toy-landmark/);
  });

  it('does not route', async () => {
    const asModel = bench.engine('wrong', { modelPackage: reader });
    await expect(asModel).rejects.toThrow(/toy-reader has no landmarks.*--reader/);
  });
});

describe('the automatic reader', () => {
  const library = new ModelLibrary(join(packageFolder('toy-landmark'), '..'));

  it('is the one that is here and fits the memory', async () => {
    const model = await readPackage(packageFolder('toy-landmark'));
    const cache = join(bench.scratch, 'automatic');
    expect(await chooseReader(library, model, 'auto', cache)).toBeUndefined();
    const engine = await bench.engine('automatic');
    await engine.modelAdd({ package: reader }, silent, never);
    await engine.dispose();
    const chosen = await chooseReader(library, model, 'auto', cache);
    expect(chosen?.packageId).toBe((await readAnyPackage(reader)).packageId);
    expect(await chooseReader(library, model, 'none', cache)).toBeUndefined();
    expect(await chooseReader(library, model, 'auto', cache, 1_000_000)).toBeUndefined();
    // A model over the same base reads as well itself.
    const { weights } = chosen!.manifest.graphs.int8;
    const graphs = { ...model.manifest.graphs, int8: { ...model.manifest.graphs.int8, weights } };
    const large = { ...model, manifest: { ...model.manifest, graphs } };
    expect(await chooseReader(library, large, 'auto', cache)).toBeUndefined();
  });
});
