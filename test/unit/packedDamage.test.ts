/** Packed weights that are damaged, and packing that does not come to its end: everything works without. */

import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CancelledError } from '../../server/errors';
import type { PackOptions } from '../../server/model/packed/pack';
import { packedProblem } from '../../server/model/packed/record';
import type { SaveSpec } from '../../server/model/runtime';
import { saveGraph } from '../../server/model/sessions';
import { weightsFolder } from '../../server/model/cacheFolders';
import { requireWeights } from '../../server/model/weights';
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

  test('because it is cancelled is told at once; what is still being saved is removed after that', async () => {
    const controller = new AbortController();
    let savedPath = '';
    let end = (): void => undefined;
    const save = (spec: SaveSpec): Promise<void> => {
      savedPath = spec.savedPath;
      controller.abort();
      return new Promise((resolve) => {
        end = resolve;
      });
    };
    const pending = toy.pack(cache, { save, signal: controller.signal });
    await expect(pending).rejects.toThrow(CancelledError);
    const scratch = dirname(savedPath);
    await setTimeout(20);
    expect(existsSync(scratch)).toBe(true);
    end();
    await expect.poll(() => existsSync(scratch)).toBe(false);
  });
});

describe('weights whose file cannot be replaced', () => {
  /** As on Windows while a session has it mapped: the new one cannot take the name. */
  const inTheWay = (): PackOptions['onProgress'] => (done, total) => {
    if (done < total) return;
    renameSync(toy.path(cache, 'weights.int8.bin'), toy.path(cache, 'kept'));
    mkdirSync(toy.path(cache, 'weights.int8.bin'));
  };
  const clearTheWay = (): void => {
    rmdirSync(toy.path(cache, 'weights.int8.bin'));
    renameSync(toy.path(cache, 'kept'), toy.path(cache, 'weights.int8.bin'));
  };

  test('keep the packed graphs that lie over them', async () => {
    const files = toy.files(cache);
    const note = await toy.pack(cache, { runtimeVersion: '9.9.9', onProgress: inTheWay() });
    expect(note).toMatch(/not shared between sessions/);
    expect(toy.saved.length).toBe(2);
    clearTheWay();
    expect(toy.files(cache)).toEqual(files);
    expect(await toy.packedForms(cache)).toEqual(['int8']);
    expect(await toy.packedNumbers(cache)).toEqual(await toy.plainNumbers(toy.converted));
  });

  test('are as they were where nothing was packed', async () => {
    cache = toy.copyOf(toy.converted);
    expect(await toy.pack(cache, { onProgress: inTheWay() })).toMatch(/not shared/);
    clearTheWay();
    expect(toy.files(cache)).toEqual(toy.files(toy.converted));
    expect(await toy.packedForms(cache)).toEqual([]);
  });
});

describe('what a process left that ended while it packed', () => {
  let kept: string[];
  beforeEach(() => {
    const { pid: endedPid } = spawnSync(process.execPath, ['-e', '']);
    const [ended, old] = [`packing-${endedPid}-x`, 'packing-old'];
    kept = [`packing-${process.pid}-x`, 'packing-young'];
    for (const name of [ended, old, ...kept]) mkdirSync(toy.path(cache, name));
    writeFileSync(toy.path(cache, join(ended, 'weights.int8.bin')), 'half');
    // However long ago a process that is at work has last written.
    for (const name of [old, kept[0]!]) utimesSync(toy.path(cache, name), new Date(0), new Date(0));
  });
  afterEach(() => {
    expect(toy.files(cache).filter((name) => name.startsWith('packing-'))).toEqual(kept.sort());
  });

  test('goes where all is packed; what another one is at work on stays', async () => {
    expect(await toy.pack(cache)).toBeUndefined();
    expect(toy.saved).toEqual([]);
  });

  test('goes where there is no room to pack', async () => {
    rmSync(toy.path(cache, 'packed.int8.json'));
    expect(await toy.pack(cache, { freeBytes: () => Promise.resolve(0) })).toMatch(/0 MB are free/);
  });

  test('goes where nothing is to be packed', async () => {
    expect(await toy.pack(cache, { cpuForm: 'blocks' })).toBeUndefined();
  });

  test('goes before anew is packed', async () => {
    expect(await toy.pack(cache, { runtimeVersion: '9.9.9' })).toBeUndefined();
  });
});

test('a stamp that cannot be written fails no load', async () => {
  const names = ['weights.int8.bin', 'weights.int8.json', 'packed.int8.json'] as const;
  utimesSync(toy.path(cache, names[0]), new Date(), new Date());
  const records = names.slice(1).map((name) => readFileSync(toy.path(cache, name), 'utf8'));
  // Folders stand where the new records would be written to.
  for (const name of names.slice(1)) {
    mkdirSync(toy.path(cache, `${name}.part`));
    for (let count = 0; count < 1_000; count++) {
      mkdirSync(toy.path(cache, `${name}.${process.pid}.${count}.part`));
    }
  }
  expect(await toy.packedForms(cache)).toEqual(['int8']);
  expect(names.slice(1).map((name) => readFileSync(toy.path(cache, name), 'utf8'))).toEqual(records);
});
