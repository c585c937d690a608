import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { readPackage } from '../../../server/model/manifest';
import { ModelHost } from '../../../server/model/modelHost';
import { addWeights } from '../../../server/model/weights';
import { packageFolder } from '../../oracle/fixtures';

export interface ToyWeights {
  /** @param workerPath of the thread that runs the model; this thread without it */
  openHost(workerPath?: string): Promise<ModelHost>;
}

/** The toy package's weights, converted before the tests of a file and removed after them. */
export function toyWeights(): ToyWeights {
  let cacheFolder: string;
  const model = readPackage(packageFolder('toy-landmark'));
  beforeAll(async () => {
    cacheFolder = mkdtempSync(join(tmpdir(), 'landmark-toy-'));
    const quiet = { fetch: () => undefined, convert: () => undefined };
    await addWeights(await model, cacheFolder, undefined, quiet, new AbortController().signal);
  });
  afterAll(() => {
    rmSync(cacheFolder, { recursive: true, force: true });
  });
  return {
    openHost: async (workerPath) => {
      const options = { cacheFolder, provider: 'cpu' as const, threads: 1 };
      return new ModelHost(await model, { ...options, ...(workerPath && { workerPath }) });
    },
  };
}

export function argmax(values: Float32Array): number {
  return values.reduce((best, value, i) => (value > values[best]! ? i : best), 0);
}
