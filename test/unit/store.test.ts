import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { headerBytes } from '../../server/store/record';
import { nodeStoreFiles, type StoreFiles } from '../../server/store/storeFiles';
import { WindowStore, type StoreOptions, type WindowKv } from '../../server/store/windowStore';
import { temporaryFolder } from './support/temporaryFolder';

const shape = { keyWidth: 6, layers: 2, kvHeads: 1, headDim: 4 };
const kvRecordBytes = headerBytes + 2 * 2 * (2 * 1 * 3 * 4);

function idOf(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}

/** [2, keyWidth] */
function someKeys(seed = 0): Float32Array {
  return Float32Array.from({ length: 12 }, (_, at) => Math.sin(seed + at));
}

function someKv(seed = 0): WindowKv {
  const numbers = (from: number): Uint16Array =>
    Uint16Array.from({ length: 24 }, (_, at) => (from + 97 * at) & 0xffff);
  return { layers: 2, kvHeads: 1, tokens: 3, headDim: 4, keys: numbers(seed), values: numbers(seed + 5_000) };
}

function open(folder: string, options: Partial<StoreOptions> = {}): Promise<WindowStore> {
  return WindowStore.open({ folder, packageId: 'package-a', shape, ...options });
}

function pathOf(folder: string, id: string, kind: 'keys' | 'kv'): string {
  return join(folder, id.slice(0, 2), `${id}.${kind}`);
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.'));
}

function failing(code: string): Promise<never> {
  return Promise.reject(Object.assign(new Error(code), { code }));
}

/** A record with its checksums made right again after a change. */
function reseal(record: Buffer): Buffer {
  record.writeUInt32LE(crc32(record.subarray(0, 12)), 12);
  record.writeUInt32LE(crc32(record.subarray(headerBytes)), 104);
  record.writeUInt32LE(crc32(record.subarray(0, 108)), 108);
  return record;
}

test('gives back what was written, in this process and the next', async () => {
  const folder = temporaryFolder();
  const [first, second] = [idOf('first'), idOf('second')];
  const store = await open(folder);
  await store.writeKeys(first, someKeys());
  await store.writeKv(first, someKv());
  await store.writeKeys(second, someKeys(9).subarray(0, 6));
  for (const reader of [store, await open(folder)]) {
    expect(await reader.readKeys(first)).toEqual(someKeys());
    expect(await reader.readKv(first)).toEqual(someKv());
    expect(await reader.readKeys(second)).toEqual(someKeys(9).slice(0, 6));
    expect(await reader.readKv(second)).toBeUndefined();
    expect([await reader.hasKv(first), await reader.hasKv(second)]).toEqual([true, false]);
    const bytes = 3 * headerBytes + 4 * 18 + (kvRecordBytes - headerBytes);
    expect(await reader.stats()).toEqual({ keysRecords: 2, kvRecords: 1, bytes, dropped: 0 });
  }
  expect(filesIn(folder).some((name) => name.endsWith('.tmp'))).toBe(false);
});

test('lays a record out as its table says', async () => {
  const folder = temporaryFolder();
  const id = idOf('layout');
  await (await open(folder)).writeKeys(id, someKeys());
  const record = readFileSync(pathOf(folder, id, 'keys'));
  expect(record.length).toBe(112 + 48);
  expect(record.toString('latin1', 0, 8)).toBe('landmark');
  expect([8, 16, 20, 24, 28, 32, 36].map((offset) => record.readUInt32LE(offset))).toEqual([
    1, 1, 48, 2, 6, 1, 1,
  ]);
  expect(record.toString('hex', 40, 72)).toBe(idOf('package-a'));
  expect(record.toString('hex', 72, 104)).toBe(id);
  expect(record.readFloatLE(116)).toBeCloseTo(Math.sin(1));
  expect(reseal(Buffer.from(record)).equals(record)).toBe(true);
});

test('loads the keys of many windows and leaves out misses', async () => {
  const folder = temporaryFolder();
  const store = await open(folder);
  const ids = Array.from({ length: 100 }, (_, at) => idOf(`window ${at}`));
  for (const [at, id] of ids.slice(0, 90).entries()) await store.writeKeys(id, someKeys(at));
  const found = await store.readAllKeys(ids, new AbortController().signal);
  expect([...found.keys()].sort()).toEqual(ids.slice(0, 90).sort());
  expect(found.get(ids[42]!)).toEqual(someKeys(42));
  await expect(store.readAllKeys(ids, AbortSignal.abort())).rejects.toThrow('cancelled');
});

describe('a damaged record', () => {
  /** A damaged record must be a miss, be removed, and make room for a good one. */
  async function check(kind: 'keys' | 'kv', damage: (record: Buffer) => Buffer): Promise<void> {
    const folder = temporaryFolder();
    const id = idOf('damaged');
    const store = await open(folder);
    const write = () => (kind === 'keys' ? store.writeKeys(id, someKeys()) : store.writeKv(id, someKv()));
    const read = () => (kind === 'keys' ? store.readKeys(id) : store.readKv(id));
    await write();
    const path = pathOf(folder, id, kind);
    writeFileSync(path, damage(readFileSync(path)));
    expect(await read()).toBeUndefined();
    expect(await store.stats()).toEqual({ keysRecords: 0, kvRecords: 0, bytes: 0, dropped: 1 });
    expect(filesIn(folder)).toEqual([]);
    await write();
    expect(await read()).toEqual(kind === 'keys' ? someKeys() : someKv());
  }

  const recordBytes = { keys: headerBytes + 48, kv: kvRecordBytes };

  describe.each(['keys', 'kv'] as const)('of %s', (kind) => {
    test('that was cut at any length is dropped', async () => {
      for (let length = 0; length < recordBytes[kind]; length++) {
        await check(kind, (record) => record.subarray(0, length));
      }
    });

    test('that has one flipped bit in any byte is dropped', async () => {
      for (let offset = 0; offset < recordBytes[kind]; offset++) {
        await check(kind, (record) => {
          record[offset]! ^= 1 << (offset % 8);
          return record;
        });
      }
    });
  });

  const withNumber = (offset: number, value: number) => (record: Buffer) => {
    record.writeUInt32LE(value, offset);
    return reseal(record);
  };

  test.each<[string, (record: Buffer) => Buffer]>([
    ['has bytes appended', (record) => Buffer.concat([record, Buffer.of(0)])],
    ['is of an older format', withNumber(8, 0)],
    ['is of another kind', withNumber(16, 3)],
    ['states another payload length', withNumber(20, 47)],
    ['states more blocks than it holds', withNumber(24, 200)],
    ['belongs to another package', withNumber(40, 1)],
    ['belongs to another window', withNumber(72, 1)],
    [
      'has dimensions of the right size but not of this package',
      (record) => {
        const [first, second] = [record.readUInt32LE(24), record.readUInt32LE(28)];
        record.writeUInt32LE(first * second, 24);
        record.writeUInt32LE(1, 28);
        record.writeUInt32LE(record.readUInt32LE(32) * record.readUInt32LE(36), 32);
        record.writeUInt32LE(1, 36);
        return reseal(record);
      },
    ],
  ])('that %s is dropped', async (_, damage) => {
    await check('keys', damage);
    await check('kv', damage);
  });

  test('that the disk cannot read is dropped', async () => {
    const folder = temporaryFolder();
    const id = idOf('unreadable');
    await (await open(folder)).writeKeys(id, someKeys());
    const store = await open(folder, { files: { ...nodeStoreFiles, read: () => failing('EIO') } });
    expect(await store.readKeys(id)).toBeUndefined();
    expect((await store.stats()).dropped).toBe(1);
  });
});

test('refuses a record of a newer format and keeps it', async () => {
  const folder = temporaryFolder();
  const id = idOf('newer');
  const store = await open(folder);
  await store.writeKeys(id, someKeys());
  const path = pathOf(folder, id, 'keys');
  const record = readFileSync(path);
  record.writeUInt32LE(2, 8);
  // A newer format may differ in everything but its first 16 bytes.
  writeFileSync(path, reseal(record).subarray(0, 50));
  await expect(store.readKeys(id)).rejects.toMatchObject({ code: 'storeTooNew' });
  expect(existsSync(path)).toBe(true);
});

describe('a write', () => {
  test.each(['ENOSPC', 'EDQUOT'])('that meets %s says so and leaves nothing behind', async (code) => {
    const folder = temporaryFolder();
    const [kept, lost] = [idOf('kept'), idOf('lost')];
    await (await open(folder)).writeKeys(kept, someKeys());
    const files: StoreFiles = {
      ...nodeStoreFiles,
      write: async (path, bytes) => {
        await nodeStoreFiles.write(path, bytes.subarray(0, 20));
        return failing(code);
      },
    };
    const store = await open(folder, { files });
    await expect(store.writeKeys(lost, someKeys())).rejects.toMatchObject({ code: 'diskFull' });
    await expect(store.writeKv(lost, someKv())).rejects.toMatchObject({ code: 'diskFull' });
    expect(filesIn(folder)).toEqual([join(kept.slice(0, 2), `${kept}.keys`)]);
    expect(await store.readKeys(kept)).toEqual(someKeys());
  });

  test('that was killed leaves a temporary file only, which a later count removes', async () => {
    const folder = temporaryFolder();
    const id = idOf('killed');
    const files: StoreFiles = {
      ...nodeStoreFiles,
      write: async (path, bytes) => {
        await nodeStoreFiles.write(path, bytes.subarray(0, 50));
        return failing('KILLED');
      },
      remove: () => failing('KILLED'),
    };
    await expect((await open(folder, { files })).writeKeys(id, someKeys())).rejects.toThrow('KILLED');
    const [left, ...others] = filesIn(folder);
    expect(left).toMatch(/\.tmp$/);
    expect(others).toEqual([]);

    // A young temporary file may be another process's write in progress.
    const soon = await open(folder);
    await soon.stats();
    expect(filesIn(folder)).toEqual([left]);
    expect(await soon.readKeys(id)).toBeUndefined();
    await (await open(folder, { clock: () => Date.now() + 11 * 60_000 })).stats();
    expect(filesIn(folder)).toEqual([]);
  });

  test('over a record that another process holds open is done when that record stands', async () => {
    const folder = temporaryFolder();
    const id = idOf('held');
    const files: StoreFiles = { ...nodeStoreFiles, rename: () => failing('EPERM') };
    const store = await open(folder, { files });
    await expect(store.writeKeys(id, someKeys())).rejects.toThrow('EPERM');
    await (await open(folder)).writeKeys(id, someKeys());
    await store.writeKeys(id, someKeys());
    expect(filesIn(folder)).toEqual([join(id.slice(0, 2), `${id}.keys`)]);
  });

  test('of the wrong shape is a broken invariant', async () => {
    const store = await open(temporaryFolder());
    await expect(store.writeKeys(idOf('x'), new Float32Array(7))).rejects.toThrow('Broken invariant');
    await expect(store.writeKeys(idOf('x'), new Float32Array(0))).rejects.toThrow('Broken invariant');
    await expect(store.writeKeys('../../outside', someKeys())).rejects.toThrow('Broken invariant');
    await expect(store.writeKv(idOf('x'), { ...someKv(), layers: 3 })).rejects.toThrow('Broken invariant');
    await expect(store.writeKv(idOf('x'), { ...someKv(), tokens: 4 })).rejects.toThrow('Broken invariant');
  });
});

describe('the KV quota', () => {
  const ids = Array.from({ length: 10 }, (_, at) => idOf(`quota ${at}`));

  async function keptOf(store: WindowStore): Promise<number[]> {
    const kept = await Promise.all(ids.map((id) => store.hasKv(id)));
    return [...kept.keys()].filter((at) => kept[at]);
  }

  test('removes what was used least recently, down to nine tenths, and no landmark keys', async () => {
    const folder = temporaryFolder();
    const store = await open(folder, { kvQuotaBytes: 9 * kvRecordBytes });
    for (const [at, id] of ids.slice(0, 9).entries()) {
      await store.writeKeys(id, someKeys());
      await store.writeKv(id, someKv());
      utimesSync(pathOf(folder, id, 'kv'), 1_000 + at, 1_000 + at);
    }
    expect(await keptOf(store)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    await store.readKv(ids[0]!);
    await store.writeKv(ids[9]!, someKv());
    expect(await keptOf(store)).toEqual([0, 3, 4, 5, 6, 7, 8, 9]);
    expect(await store.stats()).toMatchObject({ keysRecords: 9, kvRecords: 8 });
    expect(await store.readKv(ids[1]!)).toBeUndefined();
  });

  test('counts what other processes wrote', async () => {
    const folder = temporaryFolder();
    const quota = { kvQuotaBytes: 6 * kvRecordBytes };
    const [left, right] = [await open(folder, quota), await open(folder, quota)];
    for (const [at, id] of ids.entries()) await (at % 2 === 0 ? left : right).writeKv(id, someKv());
    expect((await keptOf(left)).length).toBeLessThanOrEqual(6);
    expect(await keptOf(left)).toContain(9);
  });

  test('holds under writes at the same time', async () => {
    const store = await open(temporaryFolder(), { kvQuotaBytes: 4 * kvRecordBytes });
    await Promise.all(ids.map((id) => store.writeKv(id, someKv())));
    expect((await keptOf(store)).length).toBeLessThanOrEqual(4);
  });

  test('of nothing keeps nothing', async () => {
    const store = await open(temporaryFolder(), { kvQuotaBytes: 0 });
    await store.writeKv(ids[0]!, someKv());
    expect(await keptOf(store)).toEqual([]);
  });
});

test('two stores share a folder: one sees what the other writes, and a removed record is a miss', async () => {
  const folder = temporaryFolder();
  const [left, right] = [await open(folder), await open(folder)];
  const id = idOf('shared');
  await Promise.all([left.writeKv(id, someKv()), right.writeKv(id, someKv())]);
  await left.writeKeys(id, someKeys());
  expect(await right.readKeys(id)).toEqual(someKeys());
  expect(await right.readKv(id)).toEqual(someKv());
  await nodeStoreFiles.remove(pathOf(folder, id, 'kv'));
  expect(await left.readKv(id)).toBeUndefined();
  expect(await left.stats()).toMatchObject({ kvRecords: 0, dropped: 0 });
});

test('ignores what is not its own', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'ab'));
  writeFileSync(join(folder, 'ab', 'notes.txt'), 'mine');
  writeFileSync(join(folder, 'readme.keys'), 'mine');
  expect(await (await open(folder)).stats()).toEqual({ keysRecords: 0, kvRecords: 0, bytes: 0, dropped: 0 });
  expect(filesIn(folder).length).toBe(2);
});

test('forgets windows, and says what that freed', async () => {
  const folder = temporaryFolder();
  const store = await open(folder);
  const [gone, kept, absent] = [idOf('gone'), idOf('kept'), idOf('absent')];
  for (const id of [gone, kept]) await store.writeKeys(id, someKeys());
  await store.writeKv(gone, someKv());
  const sizes = store.bytesOfWindow(2, 3);
  expect(sizes).toEqual({ keys: headerBytes + 48, kv: kvRecordBytes });
  const signal = new AbortController().signal;
  expect(await store.remove([gone, absent], signal)).toEqual({ windows: 1, bytes: sizes.keys + sizes.kv });
  expect(await store.readKeys(gone)).toBeUndefined();
  expect(await store.readKeys(kept)).toEqual(someKeys());
  expect(await store.stats()).toMatchObject({ keysRecords: 1, kvRecords: 0, bytes: sizes.keys });
});
