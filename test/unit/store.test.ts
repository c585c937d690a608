import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { floatKeys } from '../../server/store/keysInt8';
import { headerBytes } from '../../server/store/record';
import { segmentHeaderBytes } from '../../server/store/segment';
import { nodeStoreFiles } from '../../server/store/storeFiles';
import { faultyFiles, systemError } from '../store/support/faultyFiles';
import {
  checkKeys,
  checkKv,
  idOf,
  keptKeysOf,
  keysOf,
  keysRecordBytes,
  kvOf,
  kvRecordBytes,
  never,
  openStore,
  segmentsIn,
} from '../store/support/smallStore';
import { temporaryFolder } from './support/temporaryFolder';

function onlySegment(folder: string, family: 'keys' | 'kv'): string {
  const [path, ...others] = segmentsIn(folder, family);
  expect(others).toEqual([]);
  return path!;
}

async function filled(folder: string, count: number): Promise<void> {
  const store = await openStore(folder);
  for (let number = 0; number < count; number++) {
    await store.writeKeys(idOf(number), keysOf(number));
    await store.writeKv(idOf(number), kvOf(number));
  }
  await store.close();
}

test('gives back what was written, in this process and the next', async () => {
  const folder = temporaryFolder();
  const store = await openStore(folder);
  const kept = await store.writeKeys(idOf(1), keysOf(1));
  expect(floatKeys(kept)).toEqual(keptKeysOf(1));
  expect((await store.writeKv(idOf(1), kvOf(1))).decode()).toEqual(kvOf(1));
  await store.writeKeys(idOf(2), keysOf(2).subarray(0, 6));
  for (const reader of [store, await openStore(folder)]) {
    expect(await checkKeys(reader, 1)).toBe('good');
    expect(await checkKv(reader, 1)).toBe('good');
    expect(floatKeys((await reader.readKeys(idOf(2)))!)).toEqual(keptKeysOf(2).subarray(0, 6));
    expect(await reader.readKv(idOf(2))).toBeUndefined();
    expect(await reader.countKv([idOf(1), idOf(2)])).toBe(1);
    const kvBytes = segmentHeaderBytes + kvRecordBytes;
    const bytes = kvBytes + segmentHeaderBytes + keysRecordBytes + headerBytes + 16;
    expect(await reader.stats()).toMatchObject({ keysRecords: 2, kvRecords: 1, bytes, kvBytes, dropped: 0 });
  }
  await store.close();
  expect(readdirSync(folder).filter((name) => !name.endsWith('.segment'))).toEqual(['catalogue']);
});

test('lays segments and records out as their tables say', async () => {
  const folder = temporaryFolder();
  await filled(folder, 1);
  const segment = readFileSync(onlySegment(folder, 'keys'));
  expect(segment.length).toBe(56 + 112 + 24);
  expect(segment.toString('latin1', 0, 8)).toBe('landmark');
  expect(segment.readUInt32LE(8)).toBe(2);
  expect(segment.toString('hex', 16, 48)).toBe(idOf('package-a'));
  expect(segment.readUInt32LE(52)).toBe(crc32(segment.subarray(0, 52)));
  const record = segment.subarray(56);
  expect(record.toString('latin1', 0, 8)).toBe('landmark');
  expect([8, 16, 20, 24, 28, 32, 36].map((offset) => record.readUInt32LE(offset))).toEqual([
    2, 1, 20, 2, 6, 1, 1,
  ]);
  expect(record.readUInt32LE(12)).toBe(crc32(record.subarray(0, 12)));
  expect(record.toString('hex', 40, 72)).toBe(idOf('package-a'));
  expect(record.toString('hex', 72, 104)).toBe(idOf(0));
  expect(record.readUInt32LE(104)).toBe(crc32(record.subarray(112, 132)));
  expect(record.readUInt32LE(108)).toBe(crc32(record.subarray(0, 108)));
  expect(record.readFloatLE(112) * record.readInt8(120 + 1)).toBeCloseTo(Math.sin(1), 2);
});

test('loads the keys of many windows and leaves out misses', async () => {
  const store = await openStore(temporaryFolder());
  const numbers = Array.from({ length: 100 }, (_, at) => at);
  for (const number of numbers.slice(0, 90)) await store.writeKeys(idOf(number), keysOf(number));
  const found = new Map<string, Float32Array>();
  const keep = (id: string, keys: Parameters<typeof floatKeys>[0]): void => {
    found.set(id, floatKeys(keys));
  };
  await store.readAllKeys(numbers.map(idOf), keep, never);
  expect([...found.keys()].sort()).toEqual(numbers.slice(0, 90).map(idOf).sort());
  expect(found.get(idOf(42))).toEqual(keptKeysOf(42));
  await expect(store.readAllKeys([idOf(1)], keep, AbortSignal.abort())).rejects.toThrow('cancelled');
});

describe('precision', () => {
  test('fp16 keeps what int8 rounds; a record of the other precision is a miss, then replaced', async () => {
    const folder = temporaryFolder();
    const kv = { tokens: 3, keys: new Float32Array(24).fill(0.5), values: new Float32Array(24).fill(-2) };
    kv.values[1] = 0.125;
    const byInt8 = await openStore(folder);
    const rounded = (await byInt8.writeKv(idOf(1), kv)).decode();
    expect(rounded.keys).toEqual(kv.keys);
    expect(rounded.values[1]).not.toBe(0.125);
    expect(Math.abs(rounded.values[1]! - 0.125)).toBeLessThanOrEqual(2 / 127 / 2);
    const byFp16 = await openStore(folder, { kvPrecision: 'fp16' });
    expect(await byFp16.readKv(idOf(1))).toBeUndefined();
    expect((await byFp16.writeKv(idOf(1), kv)).decode()).toEqual(kv);
    const again = await openStore(folder, { kvPrecision: 'fp16' });
    expect((await again.readKv(idOf(1)))?.decode()).toEqual(kv);
    expect((await again.stats()).dropped).toBe(0);
  });

  test('holds zeros, and refuses what is not finite', async () => {
    const store = await openStore(temporaryFolder());
    const zeros = { tokens: 3, keys: new Float32Array(24), values: new Float32Array(24) };
    expect((await store.writeKv(idOf(1), zeros)).decode()).toEqual(zeros);
    for (const bad of [NaN, Infinity]) {
      const keys = keysOf(1);
      keys[3] = bad;
      await expect(store.writeKeys(idOf(2), keys)).rejects.toThrow('Broken invariant');
      await expect(
        store.writeKv(idOf(2), { ...zeros, keys: new Float32Array(24).fill(bad, 3, 4) }),
      ).rejects.toThrow('Broken invariant');
    }
  });
});

test('a segment of a newer format is refused and kept', async () => {
  for (const name of ['keys-0123456789abcdef.segment', 'catalogue']) {
    const folder = temporaryFolder();
    await filled(folder, 1);
    const bytes = readFileSync(onlySegment(folder, 'keys'));
    bytes.writeUInt32LE(3, 8);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 12)), 12);
    writeFileSync(join(folder, name), bytes.subarray(0, 60));
    await expect(openStore(folder)).rejects.toMatchObject({ code: 'storeTooNew' });
    expect(existsSync(join(folder, name))).toBe(true);
  }
});

test('what an older version or a killed process left is removed; what is not the store’s own stays', async () => {
  const folder = temporaryFolder();
  for (const name of ['ab', 'workspaces']) mkdirSync(join(folder, name));
  for (const name of [`ab/${idOf(1)}.keys`, 'workspaces/x.json', 'catalogue.7.part', 'readme.segment']) {
    writeFileSync(join(folder, name), 'mine');
  }
  const store = await openStore(folder, { clock: () => Date.now() + 11 * 60_000 });
  expect(await store.stats()).toMatchObject({ keysRecords: 0, kvRecords: 0, bytes: 0, dropped: 0 });
  await store.close();
  expect(readdirSync(folder).sort()).toEqual(['readme.segment', 'workspaces']);
});

describe('the catalogue', () => {
  const kinds = ['as it was', 'lost', 'damaged', 'behind'] as const;
  test.each(kinds)('%s, leaves every record where it was', async (kind) => {
    const folder = temporaryFolder();
    await filled(folder, 20);
    const path = join(folder, 'catalogue');
    if (kind === 'lost') await nodeStoreFiles.remove(path);
    if (kind === 'damaged') truncateSync(path, 200);
    if (kind === 'behind') {
      const before = readFileSync(path);
      const store = await openStore(folder);
      for (const number of [20, 21]) await store.writeKeys(idOf(number), keysOf(number));
      await store.remove([idOf(3)], never);
      await store.close();
      writeFileSync(path, before);
    }
    const store = await openStore(folder);
    for (let number = 0; number < (kind === 'behind' ? 22 : 20); number++) {
      expect(await checkKeys(store, number)).toBe(kind === 'behind' && number === 3 ? 'miss' : 'good');
    }
    expect(await checkKv(store, 7)).toBe('good');
    expect((await store.stats()).dropped).toBe(0);
  });
});

describe('a damaged record', () => {
  test('is dropped and counted, can be written again, and its neighbours stay', async () => {
    const folder = temporaryFolder();
    await filled(folder, 3);
    for (let offset = 0; offset < keysRecordBytes - 4; offset++) {
      const path = onlySegment(folder, 'keys');
      const bytes = readFileSync(path);
      bytes[segmentHeaderBytes + keysRecordBytes + offset]! ^= 1 << (offset % 8);
      const copy = temporaryFolder();
      writeFileSync(join(copy, 'keys-0123456789abcdef.segment'), bytes);
      if (offset % 2) writeFileSync(join(copy, 'catalogue'), readFileSync(join(folder, 'catalogue')));
      const store = await openStore(copy);
      expect(await Promise.all([0, 1, 2].map((number) => checkKeys(store, number)))).toEqual([
        'good',
        'miss',
        'good',
      ]);
      await store.writeKeys(idOf(1), keysOf(1));
      expect(await checkKeys(store, 1)).toBe('good');
    }
  });

  test('that the disk cannot read is dropped', async () => {
    const folder = temporaryFolder();
    await filled(folder, 1);
    const files = { ...nodeStoreFiles };
    const store = await openStore(folder, { files });
    files.read = () => Promise.reject(systemError('EIO'));
    expect(await checkKeys(store, 0)).toBe('miss');
    expect((await store.stats()).dropped).toBe(1);
  });

  test('of dimensions that are not the package’s is dropped', async () => {
    const folder = temporaryFolder();
    await filled(folder, 1);
    const wider = { keyWidth: 12, layers: 1, kvHeads: 2, headDim: 4 };
    const store = await openStore(folder, { shape: wider });
    expect(await store.readKeys(idOf(0))).toBeUndefined();
    expect(await store.readKv(idOf(0))).toBeUndefined();
    expect((await store.stats()).dropped).toBe(2);
    const other = await openStore(folder, { packageId: 'package-b' });
    expect(await other.readKeys(idOf(0))).toBeUndefined();
  });
});

describe('a write', () => {
  test.each(['ENOSPC', 'EDQUOT'])(
    'of landmark keys that meets %s says so; KV stays in memory',
    async (code) => {
      const folder = temporaryFolder();
      await filled(folder, 1);
      const faults = { count: 0, fails: () => false, code };
      const store = await openStore(folder, { files: faultyFiles(faults) });
      faults.fails = () => true;
      await expect(store.writeKeys(idOf(1), keysOf(1))).rejects.toMatchObject({ code: 'diskFull' });
      await store.writeKv(idOf(1), kvOf(1));
      expect(await checkKv(store, 1)).toBe('good');
      expect((await store.stats()).failedWrites).toBe(2);
      expect(await checkKeys(store, 0)).toBe('good');
      faults.fails = () => false;
      await store.writeKeys(idOf(1), keysOf(1));
      expect(await checkKeys(await openStore(folder), 1)).toBe('good');
    },
  );

  test('that the disk refuses otherwise is counted', async () => {
    const faults = { count: 0, fails: () => true, code: 'EIO' };
    const store = await openStore(temporaryFolder(), { files: faultyFiles(faults) });
    expect(floatKeys(await store.writeKeys(idOf(1), keysOf(1)))).toEqual(keptKeysOf(1));
    expect(await checkKeys(store, 1)).toBe('miss');
    expect((await store.stats()).failedWrites).toBeGreaterThan(0);
  });

  test('of the wrong shape is a broken invariant', async () => {
    const store = await openStore(temporaryFolder());
    await expect(store.writeKeys(idOf(1), new Float32Array(7))).rejects.toThrow('Broken invariant');
    await expect(store.writeKeys(idOf(1), new Float32Array(0))).rejects.toThrow('Broken invariant');
    await expect(store.writeKeys('../../outside', keysOf(1))).rejects.toThrow('Broken invariant');
    await expect(store.writeKv(idOf(1), { ...kvOf(1), tokens: 4 })).rejects.toThrow('Broken invariant');
  });
});
