/** Stores of several machines over one object store: what arrives, what is refused, and what goes on without it. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encodeKeys, quantizeKeys } from '../../server/store/keysInt8';
import { packageHashOf } from '../../server/store/preamble';
import { encodeRecord } from '../../server/store/record';
import { S3Records } from '../../server/store/team/s3Records';
import type { TeamStoreOptions } from '../../server/store/team/teamStore';
import type { WindowStore } from '../../server/store/windowStore';
import {
  checkKeys,
  checkKv,
  idOf,
  keysOf,
  kvOf,
  never,
  openStore,
  packageId,
  shape,
} from '../store/support/smallStore';
import { FaultyLine, type Fault } from './support/faultyLine';
import { bucket, keys, ObjectStore } from './support/objectStore';

const region = 'us-east-1';
/** Short enough to be waited for. */
const quick = { keysInt8: 500, kvInt8: 500, kvFloat16: 500 };
let scratch: string;
let server: ObjectStore;
let line: FaultyLine;
let lineEndpoint: string;
let machines = 0;
let prefixes = 0;
let prefix: string;
const opened: WindowStore[] = [];

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'landmark-team-'));
  server = await ObjectStore.start();
  line = new FaultyLine(server.endpoint);
  lineEndpoint = await line.open();
});
afterEach(async () => {
  line.fault = 'none';
  await Promise.all(opened.splice(0).map((store) => store.close()));
});
afterAll(async () => {
  await line.close();
  await server.stop();
  rmSync(scratch, { recursive: true, force: true });
});

interface Machine {
  key?: keyof typeof keys | 'none';
  access?: TeamStoreOptions['access'];
  endpoint?: string;
  bucketName?: string;
  ofPackage?: string;
  folder?: string;
  clock?: () => number;
}

/** A machine with an empty disk. */
async function machine(options: Machine = {}): Promise<WindowStore> {
  const { key = 'writer', access = 'readWrite', endpoint = lineEndpoint, bucketName = bucket } = options;
  const { ofPackage = packageId, clock = Date.now } = options;
  const { folder = join(scratch, `machine-${machines++}`) } = options;
  const place = { endpoint, bucket: bucketName, prefix, region };
  const credentials = () => Promise.resolve(key === 'none' ? undefined : keys[key]);
  const records = new S3Records(place, packageHashOf(ofPackage), credentials, quick);
  const store = await openStore(folder, {
    packageId: ofPackage,
    team: { records, access, place },
    clock,
  });
  opened.push(store);
  return store;
}

const wanted = (...numbers: number[]) => numbers.map((number) => ({ windowId: idOf(number), rows: 2 }));
const fetchKeys = (store: WindowStore, ...numbers: number[]): Promise<number> =>
  store.fetchKeys(wanted(...numbers), 'background', never);
const objectOf = (form: string, number: number, ofPackage = packageId): string =>
  `${bucket}/${prefix}/2/${packageHashOf(ofPackage).toString('hex')}/${form}/${idOf(number)}`;

async function uploads(store: WindowStore, count: number): Promise<void> {
  await expect.poll(() => store.team!.status().uploaded, { timeout: 10_000 }).toBe(count);
}

/** A new place in the bucket with the landmark keys of these windows. */
async function filled(...numbers: number[]): Promise<void> {
  prefix = `place-${prefixes++}`;
  const store = await machine();
  for (const number of numbers) await store.writeKeys(idOf(number), keysOf(number));
  await uploads(store, numbers.length);
}

describe('a record that one machine has made', () => {
  it('is on the other, byte for byte, and is asked for once', async () => {
    await filled(1, 2);
    const other = await machine();
    expect(await fetchKeys(other, 1, 2, 3)).toBe(2);
    expect(await checkKeys(other, 1)).toBe('good');
    expect(await checkKeys(other, 2)).toBe('good');
    expect(await checkKeys(other, 3)).toBe('miss');
    line.requests = [];
    expect(await fetchKeys(other, 1, 2, 3)).toBe(0);
    expect(line.requests).toEqual([]);
  });

  it('comes as keys and values too', async () => {
    await filled();
    const one = await machine();
    await one.writeKv(idOf(1), kvOf(1));
    await uploads(one, 1);
    const other = await machine();
    expect(await other.fetchKv(idOf(2), 3, never)).toBeUndefined();
    expect(await other.fetchKv(idOf(1), 3, never)).toEqual(kvOf(1));
    expect(await checkKv(other, 1)).toBe('good');
  });

  it('lies under a name that tells nothing but hashes', async () => {
    await filled(1);
    const hash = packageHashOf(packageId).toString('hex');
    expect((await server.names()).filter((name) => name.startsWith(prefix))).toEqual([
      `${prefix}/2/${hash}/keysInt8/${idOf(1)}`,
    ]);
  });

  it('is looked for again after a while', async () => {
    await filled();
    let nowMs = 1_000_000;
    const other = await machine({ clock: () => nowMs });
    expect(await fetchKeys(other, 1)).toBe(0);
    const one = await machine();
    await one.writeKeys(idOf(1), keysOf(1));
    await uploads(one, 1);
    expect(await fetchKeys(other, 1)).toBe(0);
    nowMs += 10 * 60_000;
    expect(await fetchKeys(other, 1)).toBe(1);
  });

  it('of before there was a team store is put there when the user says so', async () => {
    await filled(1);
    const folder = join(scratch, 'before');
    const alone = await openStore(folder);
    for (const number of [1, 2]) await alone.writeKeys(idOf(number), keysOf(number));
    await expect(alone.shareKeys([idOf(1)], never)).rejects.toThrow(/No team store is named/);
    await alone.close();
    const store = await machine({ folder });
    expect(await store.shareKeys([idOf(1), idOf(2), idOf(3)], never)).toBe(1);
    expect(await fetchKeys(await machine(), 1, 2, 3)).toBe(2);
  });
});

describe('an object that is not what it should be', () => {
  const damages: [string, (bytes: Buffer) => Buffer][] = [
    ['cut', (bytes) => bytes.subarray(0, bytes.length - 9)],
    ['empty', () => Buffer.alloc(0)],
    ['longer', (bytes) => Buffer.concat([bytes, Buffer.alloc(8)])],
    ['with a flipped bit in its head', (bytes) => flipped(bytes, 30)],
    ['with a flipped bit in its numbers', (bytes) => flipped(bytes, 130)],
    ['text', () => Buffer.from('<html>Please log in</html>')],
  ];

  it.each(damages)('is refused, counted, and replaced: %s', async (_name, damage) => {
    await filled(1, 2);
    const name = objectOf('keysInt8', 1);
    const bytes = Buffer.from(await (await server.admin(name)).arrayBuffer());
    expect((await server.admin(name, { method: 'PUT', body: damage(bytes) })).ok).toBe(true);
    const store = await machine();
    expect(await fetchKeys(store, 1, 2)).toBe(1);
    expect(await checkKeys(store, 1)).toBe('miss');
    expect(store.team!.status()).toMatchObject({ state: 'ready', rejected: 1, fetched: 1 });
    await store.writeKeys(idOf(1), keysOf(1));
    await uploads(store, 1);
    expect(await fetchKeys(await machine(), 1)).toBe(1);
  });

  it('is refused: a sound record of another window, of another package, of other dimensions', async () => {
    await filled(1, 2);
    const ofTwo = Buffer.from(await (await server.admin(objectOf('keysInt8', 2))).arrayBuffer());
    await server.admin(objectOf('keysInt8', 1), { method: 'PUT', body: ofTwo });
    await server.admin(objectOf('keysInt8', 2, 'package-b'), { method: 'PUT', body: ofTwo });
    const store = await machine();
    expect(await fetchKeys(store, 1)).toBe(0);
    const ofOther = await machine({ ofPackage: 'package-b' });
    expect(await fetchKeys(ofOther, 2)).toBe(0);
    expect(await store.fetchKeys([{ windowId: idOf(2), rows: 3 }], 'background', never)).toBe(0);
    expect([store, ofOther].map(({ team }) => team!.status().rejected)).toEqual([2, 1]);
  });

  it('is refused: checksums that hold over an infinite scale', async () => {
    await filled();
    const owner = { packageHash: packageHashOf(packageId), windowId: idOf(1) };
    const record = encodeRecord('keysInt8', owner, [2, shape.keyWidth, 1, 1], (payload) => {
      const stored = quantizeKeys(keysOf(1), shape.keyWidth);
      stored.scales[1] = Infinity;
      encodeKeys(stored, payload);
    });
    await server.admin(objectOf('keysInt8', 1), { method: 'PUT', body: record });
    const other = await machine();
    expect(await fetchKeys(other, 1)).toBe(0);
    expect(other.team!.status().rejected).toBe(1);
  });

  it('without an end is read up to a limit', async () => {
    await filled();
    line.fault = 'endless';
    const store = await machine();
    expect(await fetchKeys(store, 1)).toBe(0);
    expect(store.team!.status().rejected).toBe(1);
  });
});

describe('a store that refuses', () => {
  const refusals: [string, Machine, RegExp][] = [
    ['a forged signature', { key: 'forged' }, /403 SignatureDoesNotMatch\. Sign in again/],
    ['nobody', { key: 'none' }, /no credentials.*Sign In to Team Store/],
    ['a bucket that is not there', { bucketName: 'absent' }, /there is no bucket absent/],
  ];

  it.each(refusals)('says why, is left alone, and nothing fails: %s', async (_name, options, problem) => {
    await filled(1);
    const store = await machine(options);
    expect(await fetchKeys(store, 1)).toBe(0);
    const status = store.team!.status();
    expect(status.state).toBe('refused');
    expect(status.problem).toMatch(problem);
    expect(JSON.stringify(status)).not.toMatch(/secret/);
    await store.writeKeys(idOf(1), keysOf(1));
    expect(await checkKeys(store, 1)).toBe('good');
    line.requests = [];
    expect(await fetchKeys(store, 5)).toBe(0);
    expect(line.requests).not.toContain('GET');
    await expect(store.shareKeys([idOf(1)], never)).rejects.toMatchObject({ code: 'teamStoreFailed' });
  });

  it('writing to who may only read: reading goes on, and nothing is kept waiting', async () => {
    await filled(1);
    const store = await machine({ key: 'reader' });
    await store.writeKeys(idOf(7), keysOf(7));
    await expect.poll(() => store.team!.status().dropped, { timeout: 10_000 }).toBe(1);
    await store.writeKeys(idOf(8), keysOf(8));
    expect(store.team!.status()).toMatchObject({ state: 'refused', dropped: 2, waiting: 0 });
    expect(store.team!.status().problem).toMatch(/403 AccessDenied.*allowed/);
    expect(await fetchKeys(store, 1)).toBe(1);
  });

  it('is not written to where it is set to be read', async () => {
    await filled(1);
    const store = await machine({ access: 'read' });
    line.requests = [];
    await store.writeKeys(idOf(7), keysOf(7));
    await store.writeKv(idOf(7), kvOf(7));
    expect(await fetchKeys(store, 1)).toBe(1);
    await store.close();
    expect(line.requests).toEqual(['GET']);
  });
});

describe('a line on which things go wrong', () => {
  const faults: [Fault, RegExp][] = [
    ['error500', /answered 500 InternalError/],
    ['slowDown', /answered 503 SlowDown/],
    ['silence', /no answer within 0.5 s/],
    ['cutBody', /cannot be reached/],
  ];

  it.each(faults)('is left alone, longer each time, and used again: %s', async (fault, problem) => {
    await filled(1);
    let nowMs = 1_000_000;
    const store = await machine({ clock: () => nowMs });
    line.fault = fault;
    expect(await fetchKeys(store, 1)).toBe(0);
    expect(store.team!.status().state).toBe('away');
    expect(store.team!.status().problem).toMatch(problem);
    line.requests = [];
    expect(await fetchKeys(store, 1)).toBe(0);
    expect(line.requests).toEqual([]);
    nowMs += 5_000;
    expect(await fetchKeys(store, 1)).toBe(0);
    line.fault = 'none';
    nowMs += 5_000;
    expect(await fetchKeys(store, 1)).toBe(0);
    nowMs += 5_000;
    expect(await fetchKeys(store, 1)).toBe(1);
    expect(store.team!.status()).toMatchObject({ state: 'ready', fetched: 1 });
  });

  it('leads to no other place: a redirect is refused', async () => {
    await filled(1);
    line.fault = 'redirect';
    const store = await machine();
    expect(await fetchKeys(store, 1)).toBe(0);
    expect(store.team!.status()).toMatchObject({ state: 'refused' });
    expect(store.team!.status().problem).toMatch(/307, a redirect, which is not followed/);
  });

  it('keeps no write waiting: it comes later by itself, and the end of a session waits a moment at most', async () => {
    await filled();
    line.fault = 'silence';
    const store = await machine();
    const startMs = performance.now();
    for (let number = 0; number < 40; number++) await store.writeKeys(idOf(number), keysOf(number));
    expect(performance.now() - startMs).toBeLessThan(5_000);
    await expect.poll(() => store.team!.status().state, { timeout: 5_000 }).toBe('away');
    expect(store.team!.status()).toMatchObject({ uploaded: 0, waiting: 40 });
    line.fault = 'none';
    await expect.poll(() => store.team!.status().uploaded, { timeout: 20_000 }).toBe(40);
    line.fault = 'silence';
    await store.writeKeys(idOf(99), keysOf(99));
    await store.close();
    expect(store.team!.status()).toMatchObject({ waiting: 0, dropped: 1 });
  });

  it('that is slow ends with the patience of a question', async () => {
    await filled(1);
    line.fault = 'silence';
    const place = { endpoint: lineEndpoint, bucket, prefix, region };
    const records = new S3Records(place, packageHashOf(packageId), () => Promise.resolve(keys.writer));
    const store = await openStore(join(scratch, `machine-${machines++}`), {
      team: { records, access: 'read', place },
    });
    opened.push(store);
    const startMs = performance.now();
    expect(await store.fetchKeys(wanted(1), 'question', never)).toBe(0);
    expect(performance.now() - startMs).toBeLessThan(4_500);
    expect(store.team!.status().problem).toMatch(/within 2 s/);
  });

  it('is let go of at once when the user cancels', async () => {
    await filled(1);
    line.fault = 'silence';
    const store = await machine();
    const cancel = new AbortController();
    const fetching = store.fetchKeys(wanted(1), 'background', cancel.signal);
    setTimeout(() => {
      cancel.abort();
    }, 50);
    await expect(fetching).rejects.toMatchObject({ name: 'CancelledError' });
    expect(store.team!.status().state).toBe('ready');
  });
});

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 4;
  return copy;
}
