/** Every method of the protocol: what goes through to the engine, and what is refused at the door. */

import { beforeEach, describe, expect, it } from 'vitest';
import { method } from '../../protocol/messages';
import { answer, createFakeEngine, hit, type FakeEngine } from './fakes';
import { connect, failureOf, initialize, type Harness } from './harness';

const root = process.cwd();
const folders = [
  { name: 'a', root },
  { name: 'b', root },
];
const scope = { paths: ['src/'] };
const invalidParams = -32_602;
const methodNotFound = -32_601;

let engine: FakeEngine;
let harness: Harness;

beforeEach(async () => {
  engine = createFakeEngine();
  harness = connect(() => engine);
  await initialize(harness.client);
});

const failed = (name: string, params?: unknown) => failureOf(harness.client, name, params);

describe('requests', () => {
  const results: { name: string; params?: object; result: object; call?: string }[] = [
    { name: method.index, params: { root }, result: { files: 2 }, call: 'index' },
    { name: method.index, params: { root, folders }, result: { files: 2 }, call: 'index' },
    { name: method.indexEstimate, params: { root }, result: { seconds: 0.5 }, call: 'indexEstimate' },
    { name: method.indexClear, params: { root }, result: { windows: 4 }, call: 'indexClear' },
    {
      name: method.whyNot,
      params: { root, folders, question: 'q', path: 'a/a.ts', arm: 'lexical', scope },
      result: { rank: 31 },
      call: 'whyNot',
    },
    {
      name: method.ask,
      params: { root, question: 'answer', scope, thread: [{ question: 'before', answer: 'that' }] },
      result: answer,
      call: 'ask',
    },
    {
      name: method.ask,
      params: { root, question: 'answer', temperature: 0.7, seed: 2 ** 32 - 1 },
      result: answer,
      call: 'ask',
    },
    {
      name: method.ask,
      params: { root, question: 'answer', temperature: 0, seed: 0 },
      result: answer,
      call: 'ask',
    },
    {
      name: method.explain,
      params: {
        root,
        path: 'a.ts',
        line: 1,
        endLine: 4,
        related: [{ path: 'b.ts', startLine: 1, endLine: 1 }],
      },
      result: answer,
      call: 'explain',
    },
    {
      name: method.summarize,
      params: {
        root,
        path: '',
        startLine: 1,
        endLine: 2,
        outline: [{ title: 'f', startLine: 1, endLine: 2 }],
      },
      result: { blocksRead: 2 },
      call: 'summarize',
    },
    {
      name: method.summarizeChanges,
      params: { root, title: 'a to b', files: [{ path: 'a.ts', diff: '@@ -1 +1 @@' }] },
      result: { blocksRead: 2 },
      call: 'summarizeChanges',
    },
    {
      name: method.verify,
      params: {
        ...{ root, question: 'q', answer: 'a', sentences: answer.sentences },
        citations: [{ n: 1, path: 'a.ts', startLine: 1, endLine: 2, sha256: 'ab' }],
        read: [{ path: 'a.ts', startLine: 1, endLine: 2 }],
      },
      result: { strengths: [{ sentence: 0, n: 1, fall: 0.25, strength: 'strong' }] },
      call: 'verify',
    },
    { name: method.status, params: { root, folders }, result: { serverVersion: '0.0.0' }, call: 'status' },
    {
      name: method.search,
      params: { root, question: 'q', top: 3 },
      result: { blocks: [hit] },
      call: 'search',
    },
    { name: method.ask, params: { root, question: 'answer', arm: 'hybrid' }, result: answer, call: 'ask' },
    {
      name: method.explain,
      params: { root, path: 'a.ts', line: 1, column: 2 },
      result: answer,
      call: 'explain',
    },
    { name: method.summarize, params: { root, path: 'a.ts' }, result: { blocksRead: 2 }, call: 'summarize' },
    { name: method.status, params: { root }, result: { serverVersion: '0.0.0' }, call: 'status' },
    { name: method.status, result: { serverVersion: '0.0.0' } },
    { name: method.modelAdd, params: { package: 'toy' }, result: { name: 'toy' }, call: 'modelAdd' },
    { name: method.modelList, result: { packages: [{ name: 'toy' }] } },
    { name: method.modelList, params: {}, result: { packages: [{ name: 'toy' }] } },
    { name: method.modelVerify, params: {}, result: { ok: true }, call: 'modelVerify' },
    { name: method.modelRemove, params: { package: 'toy' }, result: { bytesFreed: 12 }, call: 'modelRemove' },
  ];
  it.each(results)('$name answers what the engine answers', async ({ name, params, result, call }) => {
    const answered = await (params
      ? harness.client.sendRequest(name, params)
      : harness.client.sendRequest(name));
    expect(answered).toMatchObject(result);
    if (call !== undefined) expect(engine.calls).toEqual([{ name: call, params }]);
  });

  it('drops fields it does not know', async () => {
    await harness.client.sendRequest(method.index, { root, future: true });
    expect(engine.calls).toEqual([{ name: 'index', params: { root } }]);
  });

  it('answers an unknown method as unknown', async () => {
    expect(await failed('landmark/guess', {})).toMatchObject({ code: methodNotFound });
  });

  const wrong: { name: string; params?: unknown; field?: string }[] = [
    { name: method.ask },
    { name: method.ask, params: [] },
    { name: method.ask, params: { question: 'q' }, field: 'root' },
    { name: method.ask, params: { root: 'relative', question: 'q' }, field: 'root' },
    { name: method.ask, params: { root: `${root}\0`, question: 'q' }, field: 'root' },
    { name: method.ask, params: { root }, field: 'question' },
    { name: method.ask, params: { root, question: 5 }, field: 'question' },
    { name: method.ask, params: { root, question: 'q', arm: 'both' }, field: 'arm' },
    { name: method.ask, params: { root, question: 'q', wait: 'yes' }, field: 'wait' },
    { name: method.ask, params: { root, question: 'q', maxTokens: 0 }, field: 'maxTokens' },
    { name: method.ask, params: { root, question: 'q', temperature: -0.1 }, field: 'temperature' },
    { name: method.ask, params: { root, question: 'q', temperature: 2.1 }, field: 'temperature' },
    { name: method.ask, params: { root, question: 'q', temperature: '1' }, field: 'temperature' },
    { name: method.ask, params: { root, question: 'q', seed: -1 }, field: 'seed' },
    { name: method.ask, params: { root, question: 'q', seed: 0.5 }, field: 'seed' },
    { name: method.ask, params: { root, question: 'q', seed: 2 ** 32 }, field: 'seed' },
    { name: method.ask, params: { root, question: 'q', streamToken: 7 }, field: 'streamToken' },
    { name: method.verify, params: { root, question: 'q' }, field: 'answer' },
    {
      name: method.verify,
      params: {
        root,
        question: 'q',
        answer: 'a',
        sentences: [{ text: 'a', citations: [0] }],
        citations: [],
        read: [],
      },
      field: 'sentences.citations',
    },
    { name: method.search, params: { root, question: 'q', top: 1.5 }, field: 'top' },
    { name: method.explain, params: { root, path: '', line: 1 }, field: 'path' },
    { name: method.explain, params: { root, path: 'a.ts', line: 0 }, field: 'line' },
    { name: method.explain, params: { root, path: 'a.ts', line: 1, column: -1 }, field: 'column' },
    { name: method.status, params: { root: '.' }, field: 'root' },
    { name: method.modelAdd, params: { file: 'here.gguf' }, field: 'file' },
    { name: method.modelRemove, params: { package: 5 }, field: 'package' },
    { name: method.cancel, params: {}, field: 'streamToken' },
    { name: method.index, params: { root, folders: [] }, field: 'folders' },
    { name: method.index, params: { root, folders: [{ name: 'a/b', root }] }, field: 'folders.name' },
    { name: method.index, params: { root, folders: [{ name: '..', root }] }, field: 'folders.name' },
    { name: method.index, params: { root, folders: [{ name: 'a', root: 'b' }] }, field: 'folders.root' },
    { name: method.index, params: { root, folders: [folders[0], folders[0]] }, field: 'folders' },
    {
      name: method.index,
      params: { root, folders: Array.from({ length: 65 }, (_, i) => ({ name: `${i}`, root })) },
      field: 'folders',
    },
    { name: method.ask, params: { root, question: 'q', scope: {} }, field: 'scope.paths' },
    { name: method.ask, params: { root, question: 'q', scope: { paths: [] } }, field: 'scope.paths' },
    {
      name: method.ask,
      params: { root, question: 'q', thread: [{ question: 'q' }] },
      field: 'thread.answer',
    },
    { name: method.summarizeChanges, params: { root, title: 't', files: [{}] }, field: 'files.path' },
    { name: method.summarize, params: { root, path: 'a', outline: 'f' }, field: 'outline' },
  ];
  it.each(wrong)('$name refuses $params at the door', async ({ name, params, field }) => {
    const error = await failed(name, params);
    expect(error.code).toBe(invalidParams);
    expect((error.data as { field?: string }).field).toBe(field);
    expect(engine.calls).toEqual([]);
  });

  it('says between which numbers a field must be', async () => {
    const { message } = await failed(method.ask, { root, question: 'q', temperature: 3 });
    expect(message).toBe('Invalid parameters: temperature must be a number from 0 to 2.');
  });
});
