/** Stores of several machines over one object store: what arrives, and what is refused. */

import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encodeKeys, quantizeKeys } from '../../server/store/keysInt8';
import { packageHashOf } from '../../server/store/preamble';
import { encodeRecord } from '../../server/store/record';
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
import { fetchKeys, Machines, uploads, type Machine } from './support/machines';

let machines: Machines;
beforeAll(async () => {
  machines = await Machines.start();
});
afterEach(() => machines.closeStores());
afterAll(() => machines.stop());

describe('a record that one machine has made', () => {
  it('is on the other, byte for byte, and is asked for once', async () => {
    await machines.fill(1, 2);
    const other = await machines.open();
    expect(await fetchKeys(other, 1, 2, 3)).toBe(2);
    expect(await checkKeys(other, 1)).toBe('good');
    expect(await checkKeys(other, 2)).toBe('good');
    expect(await checkKeys(other, 3)).toBe('miss');
    machines.line.requests = [];
    expect(await fetchKeys(other, 1, 2, 3)).toBe(0);
    expect(machines.line.requests).toEqual([]);
  });

  it('comes as keys and values too', async () => {
    await machines.fill();
    const one = await machines.open();
    await one.writeKv(idOf(1), kvOf(1));
    await uploads(one, 1);
    const other = await machines.open();
    expect(await other.fetchKv(idOf(2), 3, never)).toBeUndefined();
    expect((await other.fetchKv(idOf(1), 3, never))?.decode()).toEqual(kvOf(1));
    expect(await checkKv(other, 1)).toBe('good');
  });

  it('lies under a name that tells nothing but hashes', async () => {
    await machines.fill(1);
    const hash = packageHashOf(packageId).toString('hex');
    expect((await machines.server.names()).filter((name) => name.startsWith(machines.prefix))).toEqual([
      `${machines.prefix}/2/${hash}/keysInt8/${idOf(1)}`,
    ]);
  });

  it('is looked for again after a while', async () => {
    await machines.fill();
    let nowMs = 1_000_000;
    const other = await machines.open({ clock: () => nowMs });
    expect(await fetchKeys(other, 1)).toBe(0);
    const one = await machines.open();
    await one.writeKeys(idOf(1), keysOf(1));
    await uploads(one, 1);
    expect(await fetchKeys(other, 1)).toBe(0);
    nowMs += 10 * 60_000;
    expect(await fetchKeys(other, 1)).toBe(1);
  });

  it('of before there was a team store is put there when the user says so', async () => {
    await machines.fill(1);
    const folder = join(machines.scratch, 'before');
    const alone = await openStore(folder);
    for (const number of [1, 2]) await alone.writeKeys(idOf(number), keysOf(number));
    await expect(alone.shareKeys([idOf(1)], never)).rejects.toThrow(/No team store is named/);
    await alone.close();
    const store = await machines.open({ folder });
    expect(await store.shareKeys([idOf(1), idOf(2), idOf(3)], never)).toBe(1);
    expect(await fetchKeys(await machines.open(), 1, 2, 3)).toBe(2);
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
    await machines.fill(1, 2);
    const name = machines.objectOf(1);
    const bytes = Buffer.from(await (await machines.server.admin(name)).arrayBuffer());
    expect((await machines.server.admin(name, { method: 'PUT', body: damage(bytes) })).ok).toBe(true);
    const store = await machines.open();
    expect(await fetchKeys(store, 1, 2)).toBe(1);
    expect(await checkKeys(store, 1)).toBe('miss');
    expect(store.team!.status()).toMatchObject({ state: 'ready', rejected: 1, fetched: 1 });
    await store.writeKeys(idOf(1), keysOf(1));
    await uploads(store, 1);
    expect(await fetchKeys(await machines.open(), 1)).toBe(1);
  });

  it('is refused: a sound record of another window, of another package, of other dimensions', async () => {
    await machines.fill(1, 2);
    const ofTwo = Buffer.from(await (await machines.server.admin(machines.objectOf(2))).arrayBuffer());
    await machines.server.admin(machines.objectOf(1), { method: 'PUT', body: ofTwo });
    await machines.server.admin(machines.objectOf(2, 'package-b'), { method: 'PUT', body: ofTwo });
    const store = await machines.open();
    expect(await fetchKeys(store, 1)).toBe(0);
    const ofOther = await machines.open({ ofPackage: 'package-b' });
    expect(await fetchKeys(ofOther, 2)).toBe(0);
    expect(await store.fetchKeys([{ windowId: idOf(2), rows: 3 }], 'background', never)).toBe(0);
    expect([store, ofOther].map(({ team }) => team!.status().rejected)).toEqual([2, 1]);
  });

  it('is refused: checksums that hold over an infinite scale', async () => {
    await machines.fill();
    const owner = { packageHash: packageHashOf(packageId), windowId: idOf(1) };
    const record = encodeRecord('keysInt8', owner, [2, shape.keyWidth, 1, 1], (payload) => {
      const stored = quantizeKeys(keysOf(1), shape.keyWidth);
      stored.scales[1] = Infinity;
      encodeKeys(stored, payload);
    });
    await machines.server.admin(machines.objectOf(1), { method: 'PUT', body: record });
    const other = await machines.open();
    expect(await fetchKeys(other, 1)).toBe(0);
    expect(other.team!.status().rejected).toBe(1);
  });

  it('without an end is read up to a limit', async () => {
    await machines.fill();
    machines.line.fault = 'endless';
    const store = await machines.open();
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
    await machines.fill(1);
    const store = await machines.open(options);
    expect(await fetchKeys(store, 1)).toBe(0);
    const status = store.team!.status();
    expect(status.state).toBe('refused');
    expect(status.problem).toMatch(problem);
    expect(JSON.stringify(status)).not.toMatch(/secret/);
    await store.writeKeys(idOf(1), keysOf(1));
    expect(await checkKeys(store, 1)).toBe('good');
    machines.line.requests = [];
    expect(await fetchKeys(store, 5)).toBe(0);
    expect(machines.line.requests).not.toContain('GET');
    await expect(store.shareKeys([idOf(1)], never)).rejects.toMatchObject({ code: 'teamStoreFailed' });
  });

  it('writing to who may only read: reading goes on, and nothing is kept waiting', async () => {
    await machines.fill(1);
    const store = await machines.open({ key: 'reader' });
    await store.writeKeys(idOf(7), keysOf(7));
    await expect.poll(() => store.team!.status().dropped, { timeout: 10_000 }).toBe(1);
    await store.writeKeys(idOf(8), keysOf(8));
    expect(store.team!.status()).toMatchObject({ state: 'refused', dropped: 2, waiting: 0 });
    expect(store.team!.status().problem).toMatch(/403 AccessDenied.*allowed/);
    expect(await fetchKeys(store, 1)).toBe(1);
  });

  it('is not written to where it is set to be read', async () => {
    await machines.fill(1);
    const store = await machines.open({ access: 'read' });
    machines.line.requests = [];
    await store.writeKeys(idOf(7), keysOf(7));
    await store.writeKv(idOf(7), kvOf(7));
    expect(await fetchKeys(store, 1)).toBe(1);
    await store.close();
    expect(machines.line.requests).toEqual(['GET']);
  });
});

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 4;
  return copy;
}
