/** The built `landmark mcp` on the toy package, spoken to by the official client over its standard streams. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnswerResult, SearchResult } from '../../protocol/messages';
import { repositoryRoot } from '../oracle/fixtures';
import { run } from './landmark';
import { greet, source } from './toyEngine';

let scratch: string;
let cache: string;
let root: string;
let client: Client;
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'landmark-mcp-'));
  cache = join(scratch, 'cache');
  root = join(scratch, 'workspace');
  mkdirSync(join(root, 'src'), { recursive: true });
  writeFileSync(join(root, 'src', 'greet.py'), greet);
  writeFileSync(join(root, 'other.py'), source(40));
  expect(await run(cache, ['model', 'add'])).toMatchObject({ exitCode: 0 });
  client = await connect();
});
afterAll(async () => {
  await client.close();
  rmSync(scratch, { recursive: true, force: true });
});

async function connect(...extra: string[]): Promise<Client> {
  const connected = new Client({ name: 'test', version: '1' });
  const cli = join(repositoryRoot, 'dist', 'cli.js');
  const args = [cli, '--cache', cache, '--model', 'toy-landmark', ...extra, 'mcp', '--root', root];
  await connected.connect(new StdioClientTransport({ command: process.execPath, args }));
  return connected;
}

async function call(
  name: string,
  given: Record<string, unknown>,
  options: Parameters<Client['callTool']>[2] = {},
  from = client,
): Promise<{ text: string; isError: boolean; structured: unknown }> {
  const result = (await from.callTool({ name, arguments: given }, undefined, options)) as CallToolResult;
  const [content] = result.content;
  return {
    text: content?.type === 'text' ? content.text : '',
    isError: result.isError ?? false,
    structured: result.structuredContent,
  };
}

describe('landmark mcp', () => {
  it('lists its two tools, which change nothing', async () => {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['landmark_search', 'landmark_ask']);
    for (const { inputSchema, annotations } of tools) {
      expect(inputSchema.required).toEqual(['question']);
      expect(annotations).toMatchObject({ readOnlyHint: true });
    }
  });

  it('searches: places as text and as data', async () => {
    const { text, isError, structured } = await call('landmark_search', { question: 'greet hello', top: 3 });
    expect(isError).toBe(false);
    expect(text).toMatch(/src\/greet\.py:1-3 {2}\(.*greet.*\)/);
    const result = structured as SearchResult & { root: string };
    expect(result.root).toBe(root);
    expect(result.blocks.length).toBeLessThanOrEqual(3);
    expect(result.blocks.map(({ path }) => path)).toContain('src/greet.py');
  });

  it('asks within a scope and tells progress where it is asked to', async () => {
    const progress: { progress: number; message?: string | undefined }[] = [];
    const { text, isError, structured } = await call(
      'landmark_ask',
      { question: 'What does greet return?', scope: ['src/'] },
      {
        onprogress: (told) => {
          progress.push(told);
        },
      },
    );
    expect(isError).toBe(false);
    const answer = structured as AnswerResult;
    expect(answer.sentences.length).toBeGreaterThan(0);
    for (const { path, startLine, endLine, n } of answer.citations) {
      expect(path).toBe('src/greet.py');
      expect(text).toContain(`[${n}] ${path}:${startLine}-${endLine}`);
    }
    expect(progress.length).toBeGreaterThan(1);
    const counts = progress.map((told) => told.progress);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(progress.map(({ message }) => message).join('\n')).toMatch(/Reading blocks/);
  });

  it.each([
    ['landmark_search', {}, /"question" must be a string/],
    ['landmark_search', { question: ' ' }, /question is empty/],
    ['landmark_search', { question: 'q', top: 0 }, /"top" must be a whole number/],
    ['landmark_search', { question: 'q', root: 'relative' }, /"root" must be an absolute path/],
    ['landmark_ask', { question: 'q', root: '/absent' }, /does not exist/],
    ['landmark_ask', { question: 'q', scope: 'src' }, /"scope" must be a list/],
    ['landmark_ask', { question: 'q', anyway: 'yes' }, /"anyway" must be true or false/],
    ['landmark_ask', { question: 'q', scope: ['absent.py'] }, /holds no text of the workspace.*Name files/],
    ['landmark_guess', {}, /no tool "landmark_guess"/],
  ])('answers %s with %j by an error that says what to do', async (name, given, message) => {
    const { text, isError } = await call(name, given);
    expect(isError).toBe(true);
    expect(text).toMatch(message);
  });

  it('says so where the model is missing, and goes on', async () => {
    const without = await connect('--cache', join(scratch, 'empty'));
    try {
      const asked = await call('landmark_ask', { question: 'q' }, {}, without);
      expect(asked).toMatchObject({ isError: true });
      expect(asked.text).toMatch(/landmark model add/);
      expect((await without.listTools()).tools).toHaveLength(2);
    } finally {
      await without.close();
    }
  });

  it('stops a call that is cancelled and answers the next', async () => {
    const controller = new AbortController();
    const asked = call(
      'landmark_ask',
      { question: 'What does function_1 return?' },
      {
        signal: controller.signal,
        onprogress: () => {
          controller.abort();
        },
      },
    );
    await expect(asked).rejects.toThrow();
    expect((await call('landmark_search', { question: 'greet' })).isError).toBe(false);
  });
});
