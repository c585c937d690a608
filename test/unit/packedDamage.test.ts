/** Packed weights that are damaged, and packing that does not come to its end: everything works without. */

import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CancelledError } from '../../server/errors';
import { packedProblem } from '../../server/model/packed/record';
import type { SaveSpec } from '../../server/model/runtime';
import { saveGraph } from '../../server/model/sessions';
import { requireWeights, weightsFolder } from '../../server/model/weights';
import { damage, PackedToy } from './support/packedToy';

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

const editRecord = (change: object): void => {
  const path = toy.path(cache, 'packed.int8.json');
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), ...change }));
};

describe('the plain graphs are used', () => {
  const reader = 'reader.int8.packed.onnx';
  test.each<[string, () => void]>([
    ['where nothing is packed', () => (cache = toy.copyOf(toy.converted))],
    [
      'where a packed byte has changed',
      () => {
        damage(toy.path(cache, 'weights.int8.bin'), (length) => length - 9);
      },
    ],
    [
      'where the packed part is cut off',
      () => {
        truncateSync(toy.path(cache, 'weights.int8.bin'), toy.weights(toy.converted).length);
      },
    ],
    [
      'where a packed graph has changed',
      () => {
        damage(toy.path(cache, reader), () => 500);
      },
    ],
    [
      'where a packed graph is missing',
      () => {
        rmSync(toy.path(cache, reader));
      },
    ],
    [
      'where the record is missing',
      () => {
        rmSync(toy.path(cache, 'packed.int8.json'));
      },
    ],
    [
      'where the record is no JSON',
      () => {
        writeFileSync(toy.path(cache, 'packed.int8.json'), '{');
      },
    ],
    [
      'where another package was packed',
      () => {
        editRecord({ packageId: 'x' });
      },
    ],
    [
      'where another processor was packed for',
      () => {
        editRecord({ architecture: 'pdp11' });
      },
    ],
    [
      'where a newer product packed',
      () => {
        editRecord({ format: 99 });
      },
    ],
  ])('%s; packing mends it', async (_, change) => {
    change();
    expect(await requireWeights(toy.model, cache, 'int8')).toMatchObject({ packed: [], forms: ['int8'] });
    expect(await packedProblem(toy.model, weightsFolder(toy.model, cache), 'int8')).toBeDefined();
    expect(await toy.pack(cache)).toBeUndefined();
    expect(await toy.packedForms(cache)).toEqual(['int8']);
    expect(toy.weights(cache).equals(toy.weights(toy.packed))).toBe(true);
  });

  test('where a packed graph cannot be opened', async () => {
    writeFileSync(toy.path(cache, reader), 'no graph');
    const numbers = await toy.numbers((graph) => ({
      packed: toy.path(cache, `${graph}.int8.packed.onnx`),
      cpu: toy.path(cache, `${graph}.int8.onnx`),
    }));
    expect(numbers).toEqual(await toy.plainNumbers(toy.converted));
  });

  test('where they lie elsewhere, after a check of what is there', async () => {
    const moved = join(toy.scratch, 'moved');
    cpSync(cache, moved, { recursive: true });
    expect(await toy.packedForms(moved)).toEqual(['int8']);
  });
});

describe('packing that does not come to its end', () => {
  beforeEach(() => {
    cache = toy.copyOf(toy.converted);
  });
  afterEach(async () => {
    expect(toy.files(cache).filter((name) => name.startsWith('packing-'))).toEqual([]);
    expect(toy.files(cache)).toEqual(toy.files(toy.converted));
    expect(toy.weights(cache).equals(toy.weights(toy.converted))).toBe(true);
    expect(await toy.packedForms(cache)).toEqual([]);
  });

  test('for want of disk says what to do', async () => {
    const bytes = toy.model.manifest.graphs.int8.weights.bytes;
    const note = await toy.pack(cache, { freeBytes: () => Promise.resolve(4 * bytes - 1) });
    expect(note).toMatch(/needs \d+ MB of free disk .*`landmark model add`/);
    expect(toy.saved).toEqual([]);
  });

  test('because the runtime fails is a note', async () => {
    const save = (): Promise<void> => Promise.reject(new Error('out of memory'));
    expect(await toy.pack(cache, { save })).toMatch(/not shared between sessions \(out of memory\)/);
  });

  test('because the runtime writes what is not known is a note', async () => {
    const save = async (spec: SaveSpec): Promise<void> => {
      await saveGraph(spec);
      copyFileSync(spec.graphPath, spec.savedPath);
    };
    expect(await toy.pack(cache, { save })).toMatch(/lies in weights.int8.bin/);
  });

  test('because it is cancelled is no note', async () => {
    for (const stepsMax of [1, 2, 3, 5]) {
      const controller = new AbortController();
      const onProgress = (done: number): void => {
        if (done === stepsMax) controller.abort();
      };
      const pending = toy.pack(cache, { onProgress, signal: controller.signal });
      await expect(pending).rejects.toThrow(CancelledError);
    }
  });
});

test('what a process left that ended while it packed goes, what another one is at work on stays', async () => {
  cache = toy.copyOf(toy.converted);
  const [old, young] = ['packing-old', 'packing-young'].map((name) => toy.path(cache, name)) as [
    string,
    string,
  ];
  for (const folder of [old, young]) mkdirSync(folder);
  utimesSync(old, new Date(0), new Date(0));
  expect(await toy.pack(cache)).toBeUndefined();
  expect([old, young].map((folder) => existsSync(folder))).toEqual([false, true]);
});
