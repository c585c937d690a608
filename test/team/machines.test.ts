/** A second machine with an empty disk over the store of the first: whole engines, on the toy package. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TeamStoreSettings } from '../../protocol/messages';
import type { Engine } from '../../server/answering/engine';
import { greet, never, silent, source, ToyBench } from '../endtoend/toyEngine';
import { bucket, keys, ObjectStore } from './support/objectStore';

const bench = new ToyBench();
let server: ObjectStore;
const engines: Engine[] = [];
const names = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SHARED_CREDENTIALS_FILE'] as const;
const before = names.map((name) => process.env[name]);

beforeAll(async () => {
  server = await ObjectStore.start();
});
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.dispose()));
  names.forEach((name, at) => {
    if (before[at] === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = before[at];
  });
});
afterAll(async () => {
  await server.stop();
  bench.remove();
});

let machines = 0;
/** An engine with an empty cache folder. */
async function machine(teamStore?: TeamStoreSettings): Promise<Engine> {
  const engine = await bench.engine(`machine-${machines++}`, teamStore ? { teamStore } : {});
  engines.push(engine);
  return engine;
}

function signIn(key: { accessKeyId: string; secretAccessKey: string }): void {
  process.env['AWS_ACCESS_KEY_ID'] = key.accessKeyId;
  process.env['AWS_SECRET_ACCESS_KEY'] = key.secretAccessKey;
}

const settings = (prefix: string, access: TeamStoreSettings['access']): TeamStoreSettings => ({
  endpoint: server.endpoint,
  bucket,
  prefix,
  access,
});
const files = { 'greet.py': greet, 'other.py': source(60), 'lib/more.py': source(60, 'method') };
const question = 'What does greet return?';

describe('a second machine with an empty disk', () => {
  it('opens the folder warm, encodes nothing, and answers the same', async () => {
    const root = bench.folder(files);
    signIn(keys.writer);
    const first = await machine(settings('warm', 'readWrite'));
    const report = await first.index({ root }, silent, never);
    expect(report).toMatchObject({ fetchedWindows: 0 });
    expect(report.encodedWindows).toBe(report.windows);
    expect(report.windows).toBeGreaterThan(3);
    const ask = { root, question, maxTokens: 12 };
    const answer = await first.ask(ask, silent, never);
    await first.dispose();
    const records = (await server.names()).filter((name) => name.startsWith('warm/'));
    expect(records.filter((name) => name.includes('/keysInt8/'))).toHaveLength(report.windows);

    signIn(keys.reader);
    const second = await machine(settings('warm', 'read'));
    const again = await second.index({ root }, silent, never);
    expect(again).toMatchObject({ encodedWindows: 0, encodedTokens: 0, fetchedWindows: report.windows });
    const same = await second.ask(ask, silent, never);
    expect(same.answer).toBe(answer.answer);
    expect(same.citations).toEqual(answer.citations);
    expect(same.read).toEqual(answer.read);
    // Nothing that was read had to be encoded: the first machine's keys and values are there.
    expect(answer.timings.cachedTokens).toBe(0);
    expect(same.timings.cachedTokens).toBeGreaterThan(0);
    expect((await second.status({})).teamStore).toMatchObject({
      state: 'ready',
      access: 'read',
      rejected: 0,
      uploaded: 0,
    });
  });

  it('takes its key from the shared credentials file', async () => {
    const root = bench.folder({ 'greet.py': greet });
    const folder = mkdtempSync(join(tmpdir(), 'landmark-aws-'));
    try {
      mkdirSync(join(folder, 'aws'));
      const file = join(folder, 'aws', 'credentials');
      const { accessKeyId, secretAccessKey } = keys.writer;
      writeFileSync(
        file,
        `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
      );
      process.env['AWS_SHARED_CREDENTIALS_FILE'] = file;
      const engine = await machine(settings('file', 'readWrite'));
      expect(await engine.index({ root, share: true }, silent, never)).toMatchObject({ encodedWindows: 1 });
      expect((await server.names()).filter((name) => name.startsWith('file/'))).toHaveLength(1);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('takes what the editor hands over, and leaves it to no other process', async () => {
    const root = bench.folder({ 'greet.py': greet });
    process.env['LANDMARK_TEAM_STORE_KEY_ID'] = keys.writer.accessKeyId;
    process.env['LANDMARK_TEAM_STORE_SECRET'] = keys.writer.secretAccessKey;
    const engine = await machine(settings('typed', 'readWrite'));
    expect(process.env['LANDMARK_TEAM_STORE_SECRET']).toBeUndefined();
    await engine.index({ root, share: true }, silent, never);
    expect((await engine.status({})).teamStore).toMatchObject({ state: 'ready' });
  });

  it('shares what was there before', async () => {
    const root = bench.folder(files);
    const cache = `machine-${machines}`;
    const alone = await machine();
    await alone.index({ root }, silent, never);
    await alone.dispose();
    signIn(keys.writer);
    const sharing = await bench.engine(cache, { teamStore: settings('later', 'readWrite') });
    engines.push(sharing);
    const report = await sharing.index({ root, share: true }, silent, never);
    expect(report).toMatchObject({ encodedWindows: 0, sharedWindows: report.windows });
    const again = await sharing.index({ root, share: true }, silent, never);
    expect(again.sharedWindows).toBe(0);
  });
});

describe('without a store that answers', () => {
  it.each([
    ['nobody listens', { endpoint: 'http://127.0.0.1:9', bucket }, 'away', /cannot be reached/],
    [
      'the address has a password',
      { endpoint: 'https://me:hush@s3.example.com', bucket },
      'refused',
      /endpoint/,
    ],
    ['the bucket is no name', { endpoint: 'https://s3.example.com', bucket: '../x' }, 'refused', /bucket/],
    [
      'the prefix climbs',
      { endpoint: 'https://s3.example.com', bucket, prefix: 'a/../b' },
      'refused',
      /prefix/,
    ],
  ] as const)(
    'everything works as without, and the status says so: %s',
    async (_name, place, state, problem) => {
      const root = bench.folder({ 'greet.py': greet });
      signIn(keys.writer);
      const engine = await machine({ ...place, access: 'readWrite' });
      expect(await engine.index({ root }, silent, never)).toMatchObject({ encodedWindows: 1 });
      const answer = await engine.ask({ root, question, maxTokens: 4 }, silent, never);
      expect(answer.timings.generatedTokens).toBe(4);
      const { teamStore } = await engine.status({});
      expect(teamStore).toMatchObject({ state });
      expect(teamStore!.problem).toMatch(problem);
      expect(JSON.stringify(teamStore)).not.toMatch(/hush|writer-secret/);
    },
  );

  it('and without settings none is spoken of', async () => {
    const root = bench.folder({ 'greet.py': greet });
    const engine = await machine();
    expect(await engine.index({ root }, silent, never)).not.toHaveProperty('fetchedWindows');
    expect(await engine.status({ root })).not.toHaveProperty('teamStore');
  });
});
