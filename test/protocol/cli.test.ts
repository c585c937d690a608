import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { version } from '../../package.json';
import { bundleCli, runCli, startCli, type CliBundle } from './cliProcess';
import { answer, answerEvents, citation, hit } from './fakes';

let bundle: CliBundle;
let folder: string;

beforeAll(async () => {
  bundle = await bundleCli();
  folder = mkdtempSync(join(tmpdir(), 'landmark-cli-input-'));
});
afterAll(() => {
  bundle.remove();
  rmSync(folder, { recursive: true });
});

const run = (args: readonly string[], stdin?: string) => runCli(bundle.cliPath, args, stdin);

function jsonLines(out: string): unknown[] {
  return out
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
}

describe('arguments', () => {
  const cases: { args: string[]; exitCode: number; out?: RegExp; err?: RegExp }[] = [
    { args: ['--version'], exitCode: 0, out: new RegExp(`^${version.replaceAll('.', '\\.')}\n$`) },
    { args: ['--help'], exitCode: 0, out: /Examples:[^]*landmark ask --root/ },
    { args: ['ask', '--help'], exitCode: 0, out: /--fetch-model/ },
    { args: [], exitCode: 1, err: /Usage: landmark/ },
    { args: ['--flag'], exitCode: 1, err: /^Unknown option '--flag'\n[^]*Run `landmark --help`/ },
    { args: ['asks', 'q'], exitCode: 1, err: /Did you mean ask\?[^]*Run `landmark --help`/ },
    { args: ['ask', '--help'], exitCode: 0, out: /--verify/ },
    { args: ['ask', '--flag', 'q'], exitCode: 1, err: /Run `landmark ask --help`/ },
    { args: ['ask'], exitCode: 1, err: /^There is no question\. Type it after the options/ },
    { args: ['ask', '--arm', 'both', 'q'], exitCode: 1, err: /landmark, lexical, hybrid/ },
    { args: ['ask', '--max-tokens', '1e3', 'q'], exitCode: 1, err: /whole number from 1/ },
    { args: ['ask', '--help'], exitCode: 0, out: /--temperature <t>[^]*--seed <n>/ },
    { args: ['ask', '--temperature', 'hot', 'q'], exitCode: 1, err: /a number from 0 to 2, such as 0\.7/ },
    { args: ['ask', '--seed', '1.5', 'q'], exitCode: 1, err: /a whole number from 0 to 4294967295/ },
    { args: ['--provider', 'tpu', 'status'], exitCode: 1, err: /auto, cuda, cpu/ },
    { args: ['--team-access', 'all', 'status'], exitCode: 1, err: /read, readWrite/ },
    {
      args: ['--team-endpoint', 'https://s3.example.com', 'status'],
      exitCode: 1,
      err: /no bucket\. Name it/,
    },
    { args: ['explain', 'src/a.ts'], exitCode: 1, err: /Write FILE:LINE or FILE:LINE:COLUMN/ },
    { args: ['search'], exitCode: 1, err: /either a question or --questions/ },
    { args: ['search', '--questions', 'q.jsonl', 'q'], exitCode: 1, err: /not both/ },
    { args: ['search', '--questions', 'absent.jsonl'], exitCode: 1, err: /absent\.jsonl cannot be read/ },
    { args: ['model', 'take'], exitCode: 1, err: /Run `landmark model --help`/ },
    { args: ['model', 'add', '--flag'], exitCode: 1, err: /Run `landmark model add --help`/ },
  ];
  it.each(cases)('$args ends with $exitCode', async ({ args, exitCode, out = /^$/, err = /^$/ }) => {
    const ended = await run(args);
    expect(ended.out).toMatch(out);
    expect(ended.err).toMatch(err);
    expect(ended.exitCode).toBe(exitCode);
  });
});

describe('answers', () => {
  it('prints every event and, last, what was answered', async () => {
    const ended = await run(['ask', '--root', folder, '--json', 'answer']);
    const lines = jsonLines(ended.out);
    const { n, path, startLine, endLine, score, sha256 } = citation;
    expect(lines.slice(0, -1)).toEqual(answerEvents);
    expect(lines.at(-1)).toEqual({
      type: 'done',
      ...answer,
      citations: [{ n, path, startLine, endLine, score, sha256 }],
    });
    expect(ended).toMatchObject({ exitCode: 0, err: '' });
  });

  it('prints an answer for reading', async () => {
    const ended = await run(['ask', '--root', folder, 'answer']);
    expect(ended.out.replaceAll(folder, 'ROOT')).toBe(
      `It is cleared by clear. [1] Nobody calls it. [?]

[1] ROOT/src/cache.ts:3-5
    function clear() {
      entries = [];
    }

[?] Nothing that was read supports this sentence.
Searched 1,204 blocks by words, 96 by landmarks. Read 1 block in 1 file, 2,310 tokens from cache, 1,024 encoded. First token 2.1 s, 41 tokens/s.
`,
    );
    expect(ended).toMatchObject({ exitCode: 0, err: 'Choosing blocks 0 of 1\n' });
  });

  it('passes on how it is to be drawn, and nothing where that is not said', async () => {
    const asked = async (...options: string[]): Promise<unknown> => {
      const lines = jsonLines((await run(['ask', '--root', folder, '--json', ...options, 'echo'])).out);
      return JSON.parse((lines[0] as { text: string }).text);
    };
    expect(await asked('--temperature', '0.7', '--seed', '3')).toMatchObject({ temperature: 0.7, seed: 3 });
    const plain = await asked();
    expect(plain).not.toHaveProperty('temperature');
    expect(plain).not.toHaveProperty('seed');
  });

  it('tells what each source is worth, where that is asked', async () => {
    const ended = await run(['ask', '--root', folder, '--verify', 'answer']);
    expect(ended.out).toMatch(
      /\n\nHow far the sources were used:\n {2}\[1\] clearly used \(0\.25 nats a token\)\n$/,
    );
    const { out } = await run(['ask', '--root', folder, '--verify', '--json', 'answer']);
    expect(jsonLines(out).at(-1)).toEqual({
      type: 'verified',
      strengths: [{ sentence: 0, n: 1, fall: 0.25, strength: 'strong' }],
    });
  });

  it('takes a long question from standard input', async () => {
    const ended = await run(['ask', '--root', folder, '--json', '-'], `${'x'.repeat(200_000)}\n`);
    expect(jsonLines(ended.out).at(-1)).toMatchObject({ type: 'done' });
  });

  it('fetches a missing model where it was asked to', async () => {
    const ended = await run(['ask', '--root', folder, '--json', '--fetch-model', 'answer']);
    expect(jsonLines(ended.out)[0]).toMatchObject({ type: 'progress', phase: 'fetch' });
    expect(ended.err).toContain('It is not packed.\n');
    expect(ended.exitCode).toBe(0);
  });

  it('asks every question of a file on one server', async () => {
    const file = join(folder, 'questions.jsonl');
    writeFileSync(file, '{"id":"a","question":"one","gold":[]}\n\n{"id":2,"question":"two"}\n');
    const ended = await run(['search', '--root', folder, '--questions', file, '--json']);
    expect(jsonLines(ended.out)).toEqual([
      { id: 'a', question: 'one', blocks: [hit] },
      { id: 2, question: 'two', blocks: [hit] },
    ]);
  });

  it.each([
    { args: ['index', '--json'], last: { type: 'done', windows: 4 } },
    { args: ['index', '--estimate', '--json'], last: { type: 'done', tokensToEncode: 300 } },
    { args: ['status', '--json'], last: { serverVersion: '0.0.0' } },
    { args: ['summarize', '--json', 'a.ts'], last: { type: 'done', blocksRead: 2, blocksTotal: 2 } },
    { args: ['explain', '--json', 'a.ts:1:2'], last: { type: 'done', abstained: false } },
    { args: ['model', 'add', '--json'], last: { type: 'done', name: 'toy' } },
    { args: ['model', 'list', '--json'], last: { packages: [{ name: 'toy' }] } },
    { args: ['model', 'verify', '--json'], last: { ok: true } },
    { args: ['model', 'remove', '--json'], last: { bytesFreed: 12 } },
  ])('$args ends with one JSON line', async ({ args, last }) => {
    const ended = await run(args);
    expect(ended).toMatchObject({ exitCode: 0, err: '' });
    expect(jsonLines(ended.out).at(-1)).toMatchObject(last);
  });
});

describe('failures', () => {
  it('prints the message of an expected failure', async () => {
    const ended = await run(['ask', '--root', folder, 'missing']);
    expect(ended).toMatchObject({ exitCode: 1, out: '' });
    expect(ended.err).toMatch(/^The weights of toy are not on this machine\. Run `landmark model add`/);
  });

  it('says with its last lines that the server died', async () => {
    const ended = await run(['ask', '--root', folder, 'die']);
    expect(ended).toMatchObject({ exitCode: 1, out: '' });
    expect(ended.err).toMatch(
      /^The language server stopped unexpectedly \(exit code 9\)\. Its last lines:[^]*the last line/,
    );
  });
});

/** The process that streamed the first event: the server. */
function serverIn(out: string): number {
  const [event] = jsonLines(out.slice(0, out.indexOf('\n')));
  return Number((event as { text: string }).text);
}

async function isGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (!isRunning(pid)) return true;
    await sleep(20);
  }
  return false;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    // Where nobody collects orphans, an ended process stays listed as a zombie.
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return process.platform !== 'linux';
  }
}

// Windows has no signals that a process could answer.
describe.skipIf(process.platform === 'win32')('interrupts', () => {
  it.each([
    { signal: 'SIGINT', exitCode: 130 },
    { signal: 'SIGTERM', exitCode: 143 },
  ] as const)('cancels in order on $signal', async ({ signal, exitCode }) => {
    const { child, firstOutput, ended } = startCli(bundle.cliPath, ['ask', '--json', 'slow']);
    await firstOutput;
    child.kill(signal);
    const { out, ...rest } = await ended;
    expect(rest).toEqual({ exitCode, signal: null, err: 'Cancelled.\n' });
    expect(jsonLines(out).at(-1)).toMatchObject({ type: 'token' });
    expect(await isGone(serverIn(out))).toBe(true);
  });

  it('ends at once on a second Ctrl-C, and takes the server with it', async () => {
    const { child, firstOutput, ended } = startCli(bundle.cliPath, ['ask', '--json', 'deaf']);
    await firstOutput;
    child.kill('SIGINT');
    await sleep(100);
    child.kill('SIGINT');
    const { out, ...rest } = await ended;
    expect(rest).toEqual({ exitCode: 130, signal: null, err: '' });
    expect(await isGone(serverIn(out))).toBe(true);
  });

  it('leaves no server behind when it is killed', async () => {
    const { child, firstOutput, ended } = startCli(bundle.cliPath, ['ask', '--json', 'slow']);
    await firstOutput;
    child.kill('SIGKILL');
    const { out } = await ended;
    expect(await isGone(serverIn(out))).toBe(true);
  });

  it('ends quietly when its reader has seen enough', async () => {
    const { child, firstOutput, ended } = startCli(bundle.cliPath, ['ask', '--json', 'slow']);
    await firstOutput;
    child.stdout.destroy();
    const { out, ...rest } = await ended;
    expect(rest).toEqual({ exitCode: 0, signal: null, err: '' });
    expect(await isGone(serverIn(out))).toBe(true);
  });
});
