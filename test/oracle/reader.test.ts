/** The toy reader, whose embedding has 4 bits with offsets, against the dequantized GGUF in torch. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readAnyPackage } from '../../server/model/manifest';
import { addWeights } from '../../server/model/weights';
import { WorkerRuntime } from '../../server/model/worker/runtime';
import { modelWorker } from '../modelWorker';
import { gather, relativeError } from './compare';
import { packageFolder, testCacheFolder, unpack, type Packed } from './fixtures';
import { exactCopy, type Variant } from './subject';

/** Logits; keys and values [layers, tokens, kvHeads, headDim]. */
interface TextFixture {
  tokens: number[];
  logits: Packed;
  keys: Packed;
  values: Packed;
}

// Worst met: exact 1e-6, blocks .023, int8 .032. Random weights pass rounding on undamped.
const cases: { variant: Variant; tolerance: number }[] = [
  { variant: 'exact', tolerance: 1e-5 },
  { variant: 'blocks', tolerance: 0.06 },
  { variant: 'int8', tolerance: 0.06 },
];
const name = 'toy-reader';
const signal = new AbortController().signal;
const runtime = new WorkerRuntime({ path: modelWorker(), lane: 'interactive', onGone: () => undefined });
afterAll(() => runtime.close());

describe.each(cases)(`${name}, $variant graph`, ({ variant, tolerance }) => {
  it('gives the keys, values and logits of the base', async () => {
    const path = join(import.meta.dirname, 'fixtures', name, 'text.json');
    const fixture = JSON.parse(readFileSync(path, 'utf8')) as TextFixture;
    const model = await readAnyPackage(packageFolder(name));
    const form = variant === 'int8' ? 'int8' : 'blocks';
    const quiet = { fetch: () => undefined, convert: () => undefined };
    const weights = await addWeights(model, testCacheFolder, undefined, quiet, signal, [form]);
    const folder = variant === 'exact' ? exactCopy(model, weights) : weights;
    const { shape, graphs } = model.manifest;
    const { graph: reader } = await runtime.openReader({
      graphPaths: { cpu: join(folder, graphs[form].reader.file) },
      provider: 'cpu',
      threads: 0,
      shape,
      contextTokens: 128,
    });
    const cache = reader.createCache(fixture.tokens.length);
    const raw = await reader.encodeKv(fixture.tokens, cache, signal);
    const logits = await reader.logitsAfter(fixture.tokens, cache, signal);
    // The last few after placed ones, and after some that were run.
    const before = fixture.tokens.length - 3;
    const afterFew: Float32Array[] = [];
    for (const given of [before, before - 5]) {
      const few = reader.createCache(fixture.tokens.length, given);
      few.append(raw, 0, given);
      if (given < before) await reader.logitsAfter(fixture.tokens.slice(given, before), few, signal);
      afterFew.push(await reader.logitsAfter(fixture.tokens.slice(before), few, signal));
    }
    const positions = fixture.tokens.map((_, position) => position);
    const { kvHeads, headDim } = shape;
    const width = raw.tokens * kvHeads * headDim;
    const expectedLogits = unpack(fixture.logits);
    const errors = [logits, ...afterFew].map((found) => relativeError(found, expectedLogits));
    for (const part of ['keys', 'values'] as const) {
      const expected = unpack(fixture[part]);
      for (let layer = 0; layer < shape.layers; layer++) {
        const found = gather(raw[part], raw.tokens, layer, positions, kvHeads, headDim);
        errors.push(relativeError(found, expected.subarray(layer * width, (layer + 1) * width)));
      }
    }
    console.info(`${name}, ${variant}: worst met`, Math.max(...errors));
    expect(Math.max(...errors)).toBeLessThan(tolerance);
  });
});
