import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { version } from '../../package.json';
import { method } from '../../protocol/messages';
import type { OpenDocuments } from '../../server/workspace/openDocuments';
import { answer, answerEvents, createFakeEngine, type FakeEngine } from './fakes';
import { connect, failureOf, initialize, type Harness } from './harness';

const root = process.cwd();
const cancelled = -32_800;
const invalidParams = -32_602;
const invalidRequest = -32_600;
const internalError = -32_603;
const notInitialized = -32_002;
const expectedFailure = -32_001;

let engine: FakeEngine;
let harness: Harness;

beforeEach(async () => {
  engine = createFakeEngine();
  harness = connect(() => engine);
  await initialize(harness.client);
});

const failed = (name: string, params?: unknown) => failureOf(harness.client, name, params);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(2);
}

describe('initialize', () => {
  it('answers with the name, the version, and that it follows documents', async () => {
    const { client } = connect(() => engine);
    expect(await initialize(client)).toEqual({
      capabilities: { textDocumentSync: { openClose: true, change: 2, save: true } },
      serverInfo: { name: 'landmark', version },
    });
  });

  it('hands the options to the engine', async () => {
    let given: unknown;
    const { client } = connect((options) => {
      given = options;
      return engine;
    });
    const options = {
      modelPackage: 'toy',
      cacheFolder: root,
      provider: 'cpu',
      threads: 2,
      kvQuotaBytes: 5,
      exclude: ['dist/', '!dist/keep.ts'],
      include: ['/dist/api.d.ts'],
      onBattery: 'pause',
    };
    await initialize(client, { ...options, unknown: 1 });
    expect(given).toEqual(options);
  });

  it('hands what the client has open to the engine, as it is edited', async () => {
    let documents: OpenDocuments | undefined;
    const { client } = connect((_, given) => {
      documents = given;
      return engine;
    });
    await initialize(client);
    const path = join(root, 'a b.ts');
    const uri = pathToFileURL(path).href;
    const tell = (name: string, params: object) => client.sendNotification(`textDocument/${name}`, params);
    await tell('didOpen', { textDocument: { uri, languageId: 'x', version: 1, text: 'one\ntwo\n' } });
    await tell('didOpen', {
      textDocument: { uri: 'untitled:b', languageId: 'x', version: 1, text: 'no file' },
    });
    await until(() => documents!.open().length > 0);
    expect([documents!.open(), documents!.find(path)?.text]).toEqual([[path], 'one\ntwo\n']);
    // An opened document was not edited.
    expect(documents!.editedAtMs).toBe(-Infinity);
    const range = { start: { line: 1, character: 0 }, end: { line: 1, character: 3 } };
    await tell('didChange', { textDocument: { uri, version: 2 }, contentChanges: [{ range, text: '2' }] });
    await tell('didSave', { textDocument: { uri } });
    await until(() => documents!.saved().length > 0);
    expect([documents!.saved(), documents!.find(path)?.text]).toEqual([[path], 'one\n2\n']);
    expect(documents!.editedAtMs).toBeGreaterThan(0);
    await tell('didClose', { textDocument: { uri } });
    await until(() => documents!.open().length === 0);
    expect(documents!.find(path)).toBeUndefined();
  });

  it('refuses wrong options, and takes right ones afterwards', async () => {
    harness = connect(() => engine);
    const options = { initializationOptions: { provider: 'tpu' }, capabilities: {} };
    expect(await failed('initialize', options)).toMatchObject({
      code: invalidParams,
      message: 'Invalid parameters: provider must be one of auto, cuda, cpu.',
      data: { field: 'provider' },
    });
    const threads = { initializationOptions: { threads: 100_000 }, capabilities: {} };
    expect(await failed('initialize', threads)).toMatchObject({ data: { field: 'threads' } });
    await initialize(harness.client);
    expect(await harness.client.sendRequest(method.modelList)).toMatchObject({ packages: [{ name: 'toy' }] });
  });

  it('comes first and only once', async () => {
    expect(await failed('initialize', { capabilities: {} })).toMatchObject({ code: invalidRequest });
    harness = connect(() => engine);
    expect(await failed(method.status, {})).toMatchObject({ code: notInitialized });
  });
});

describe('streams', () => {
  it('carries every event in order, before the answer', async () => {
    const streamToken = 'a';
    await harness.client.sendRequest(method.ask, { root, question: 'answer', streamToken });
    expect(harness.eventsOf(streamToken)).toEqual(answerEvents);
  });

  it('keeps two requests apart', async () => {
    await Promise.all(
      ['a', 'b'].map((streamToken) =>
        harness.client.sendRequest(method.ask, { root, question: 'answer', streamToken }),
      ),
    );
    expect(harness.eventsOf('a')).toEqual(answerEvents);
    expect(harness.eventsOf('b')).toEqual(answerEvents);
  });

  it('is silent without a token, and after the answer', async () => {
    await harness.client.sendRequest(method.ask, { root, question: 'answer' });
    await harness.client.sendRequest(method.ask, { root, question: 'late', streamToken: 'a' });
    await sleep(30);
    expect(harness.streamed).toEqual([]);
  });

  it('refuses a token that is in use, and takes it again once it is free', async () => {
    const first = harness.client.sendRequest(method.ask, { root, question: 'slow', streamToken: 'a' });
    const cancelledFirst = expect(first).rejects.toMatchObject({ code: cancelled });
    await until(() => harness.streamed.length > 0);
    expect(await failed(method.ask, { root, question: 'answer', streamToken: 'a' })).toMatchObject({
      code: invalidParams,
      data: { field: 'streamToken' },
    });
    await harness.client.sendRequest(method.cancel, { streamToken: 'a' });
    await cancelledFirst;
    await harness.client.sendRequest(method.ask, { root, question: 'answer', streamToken: 'a' });
  });
});

describe('failures', () => {
  it('sends an expected failure with its code and message', async () => {
    expect(await failed(method.ask, { root, question: 'missing' })).toMatchObject({
      code: expectedFailure,
      message: expect.stringContaining('landmark model add') as string,
      data: { code: 'modelMissing' },
    });
    expect(harness.logged).toEqual([]);
  });

  it('sends the message of a broken invariant and logs its stack', async () => {
    expect(await failed(method.ask, { root, question: 'broken' })).toMatchObject({
      code: internalError,
      message: 'a shape does not fit',
    });
    await until(() => harness.logged.length > 0);
    expect(harness.logged[0]).toMatch(/a shape does not fit\n\s+at /);
  });

  it('says why the engine could not be made', async () => {
    harness = connect(() => {
      throw new Error('no disk');
    });
    expect(await failed('initialize', { capabilities: {} })).toMatchObject({
      code: internalError,
      message: 'no disk',
    });
  });
});

describe('cancel', () => {
  const ways: { way: string; cancel: (source: CancellationTokenSource) => unknown }[] = [
    {
      way: 'by id',
      cancel: (source) => {
        source.cancel();
      },
    },
    {
      way: 'by stream token, as a notification',
      cancel: () => harness.client.sendNotification(method.cancel, { streamToken: 'a' }),
    },
    {
      way: 'by stream token, as a request',
      cancel: () => harness.client.sendRequest(method.cancel, { streamToken: 'a' }),
    },
  ];
  it.each(ways)('stops a request $way', async ({ cancel }) => {
    const source = new CancellationTokenSource();
    const params = { root, question: 'slow', streamToken: 'a' };
    const answered = expect(
      harness.client.sendRequest(method.ask, params, source.token),
    ).rejects.toMatchObject({ code: cancelled });
    await until(() => harness.streamed.length > 1);
    cancel(source);
    await answered;
    const streamedCount = harness.streamed.length;
    await sleep(30);
    expect(harness.streamed).toHaveLength(streamedCount);
  });

  it('is seen between two native runs', async () => {
    const params = { root, question: 'blocking', streamToken: 'a' };
    const answered = expect(harness.client.sendRequest(method.ask, params)).rejects.toMatchObject({
      code: cancelled,
    });
    await until(() => harness.streamed.length > 0);
    const runCount = engine.runCount;
    await harness.client.sendNotification(method.cancel, { streamToken: 'a' });
    await answered;
    expect(engine.runCount - runCount).toBeLessThanOrEqual(1);
  });

  it('answers as cancelled although the engine went on to a result', async () => {
    const source = new CancellationTokenSource();
    let finish: () => void = () => undefined;
    engine.explain = () =>
      new Promise((resolve) => {
        finish = () => {
          resolve(answer);
        };
      });
    const params = { root, path: 'a.ts', line: 1 };
    const answered = expect(
      harness.client.sendRequest(method.explain, params, source.token),
    ).rejects.toMatchObject({ code: cancelled });
    await sleep(10);
    source.cancel();
    await sleep(10);
    finish();
    await answered;
  });

  it('ignores a token that nobody runs under', async () => {
    expect(await harness.client.sendRequest(method.cancel, { streamToken: 'gone' })).toBeNull();
  });
});

describe('shutdown', () => {
  it('cancels what runs, disposes the engine and takes no more requests', async () => {
    const answered = expect(
      harness.client.sendRequest(method.ask, { root, question: 'slow', streamToken: 'a' }),
    ).rejects.toMatchObject({ code: cancelled });
    await until(() => harness.streamed.length > 0);
    expect(await harness.client.sendRequest('shutdown')).toBeNull();
    await answered;
    expect(engine.isDisposed).toBe(true);
    expect(await failed(method.status, {})).toMatchObject({ code: invalidRequest });
    await harness.server.stop();
  });
});
