/** The built command line and server over real folders, on the toy package. */

import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnswerResult, IndexReport, SearchResult, StatusResult } from '../../protocol/messages';
import { textSha256 } from '../../server/text/windows';
import { jsonLines, run, start, type Ended } from './landmark';

let scratch: string;
let cache: string;
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'landmark-e2e-'));
  cache = join(scratch, 'cache');
  expect(await run(cache, ['model', 'add'])).toMatchObject({ exitCode: 0 });
});
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

let folders = 0;
/** A new folder with these files. */
function folder(files: Record<string, string | Buffer>): string {
  const root = join(scratch, `workspace-${folders++}`);
  mkdirSync(root, { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

const greet = ['def greet(name):', '    """Say hello."""', '    return "hello " + name', ''].join('\n');
const source = (count: number): string =>
  Array.from({ length: count }, (_, i) => `def function_${i}(a, b):\n    return a * ${i} + b\n`).join('\n');

describe('an answer', () => {
  it('cites what was read, and a second one encodes nothing', async () => {
    const root = folder({ 'greet.py': greet, 'other.py': source(40) });
    const args = ['ask', '--root', root, '--json', '--max-tokens', '24', 'What does greet return?'];
    const first = await answerOf(args);
    expect(first.timings.generatedTokens).toBeGreaterThan(0);
    expect(first.timings.cachedTokens).toBe(0);
    expect(first.read.map(({ path }) => path)).toContain('greet.py');
    for (const citation of first.citations) {
      const lines = readFileSync(join(root, citation.path), 'utf8').split('\n');
      const text = lines.slice(citation.startLine - 1, citation.endLine).join('\n');
      expect(citation.sha256).toBe(textSha256(text));
    }
    const numbers = first.citations.map(({ n }) => n);
    for (const sentence of first.sentences) for (const n of sentence.citations) expect(numbers).toContain(n);

    const again = await answerOf(args);
    expect(again.answer).toBe(first.answer);
    expect(again.timings.cachedTokens).toBeGreaterThan(0);
    const report = jsonLines<IndexReport>((await run(cache, ['index', '--root', root, '--json'])).stdout).at(
      -1,
    )!;
    expect(report.encodedWindows).toBe(0);
  });

  it('follows an edit', async () => {
    const root = folder({ 'greet.py': greet });
    const search = ['search', '--root', root, '--json', 'zebra'];
    expect((await searchOf(search)).blocks.every(({ lexicalScore }) => lexicalScore === 0)).toBe(true);
    appendFileSync(join(root, 'greet.py'), '\ndef zebra():\n    return 1\n');
    const [best] = (await searchOf([...search, '--arm', 'lexical'])).blocks;
    expect(best).toMatchObject({ path: 'greet.py', endLine: 6 });
  });
});

describe('a machine without any network', () => {
  // A network namespace of its own has not even a loopback that is up.
  it.runIf(process.platform === 'linux')('is enough to index, ask and explain', async () => {
    const root = folder({ 'greet.py': greet, 'other.py': source(40) });
    const alone = (...args: string[]): Promise<Ended> =>
      start(cache, args, 'toy-landmark', ['unshare', '--map-root-user', '--net']).ended;
    for (const words of [
      ['index', '--root', root],
      ['ask', '--root', root, '--max-tokens', '8', 'What does greet return?'],
      ['explain', '--root', root, 'greet.py:1'],
    ]) {
      expect(await alone(...words)).toMatchObject({ exitCode: 0 });
    }
  });
});

describe('the other commands', () => {
  it('explains a symbol and summarizes a file, every block of it read', async () => {
    const root = folder({ 'greet.py': greet, 'long.py': source(120) });
    const explained = await run(cache, ['explain', '--root', root, '--json', 'greet.py:1']);
    expect(jsonLines<AnswerResult>(explained.stdout).at(-1)?.read[0]?.path).toBe('greet.py');
    const summarized = await run(cache, ['summarize', '--root', root, '--json', 'long.py']);
    const summary = jsonLines<{ blocksRead: number; blocksTotal: number; sections: unknown[] }>(
      summarized.stdout,
    ).at(-1)!;
    expect(summary.blocksRead).toBe(summary.blocksTotal);
    expect(summary.sections.length).toBeGreaterThan(1);
  });

  it('shows the state of model and folder', async () => {
    const root = folder({ 'greet.py': greet });
    await run(cache, ['index', '--root', root]);
    const { stdout } = await run(cache, ['status', '--root', root, '--json']);
    const status = jsonLines<StatusResult>(stdout).at(-1)!;
    expect(status.workspace).toMatchObject({ files: 1, windows: 1, blocks: 1, landmarkBlocks: 1 });
  });
});

describe('paths that are named', () => {
  it('are left out, or read although an ignore file leaves them out', async () => {
    const files = { '.gitignore': 'made/\n', 'greet.py': greet, 'copy.py': greet, 'made/greet.py': greet };
    const args = ['search', '--root', folder(files), '--json', '--arm', 'lexical', 'greet'];
    const found = async (...patterns: string[]) =>
      (await searchOf([...patterns, ...args])).blocks.map(({ path }) => path).sort();
    expect(await found()).toEqual(['copy.py', 'greet.py']);
    expect(await found('--exclude', 'copy.*', '--include', 'made/')).toEqual(['greet.py', 'made/greet.py']);
  });
});

describe('bad input', () => {
  const expectFailure = async (args: readonly string[], message: RegExp): Promise<void> => {
    const { exitCode, stdout, stderr } = await run(cache, args);
    expect(exitCode).toBe(1);
    expect(stdout).not.toContain('"type":"done"');
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  };
  const ask = (root: string, question = 'What is here?'): string[] => [
    'ask',
    '--root',
    root,
    '--json',
    question,
  ];

  it('is told about a missing root, a file as root, and a folder without text', async () => {
    await expectFailure(ask(join(scratch, 'absent')), /does not exist.*--root/);
    await expectFailure(ask(join(folder({ 'a.py': greet }), 'a.py')), /is not a folder/);
    await expectFailure(ask(folder({})), /no text to read/);
    await expectFailure(
      ask(folder({ 'a.png': Buffer.from([0x89, 0x50, 0, 0]), 'b.txt': ' \n' })),
      /no text to read/,
    );
  });

  it('is told about an empty question; a very long one is cut with a note', async () => {
    const root = folder({ 'greet.py': greet });
    await expectFailure(ask(root, '   '), /question is empty/);
    const long = await answerOf([
      'ask',
      '--root',
      root,
      '--json',
      '--max-tokens',
      '4',
      'greet '.repeat(16_667),
    ]);
    expect(long.notes.join(' ')).toMatch(/had 100,?\d{3} characters; the first 4,?000 were read/);
  });

  it('asking for more tokens than the context has room for still answers', async () => {
    const root = folder({ 'greet.py': greet });
    const answer = await answerOf([
      'ask',
      '--root',
      root,
      '--json',
      '--max-tokens',
      '32000',
      'What is greet?',
    ]);
    expect(answer.timings.generatedTokens).toBeGreaterThan(0);
    expect(answer.notes.join(' ')).toMatch(/The answer was cut/);
  });

  it('is told about files and lines that are not there', async () => {
    const root = folder({ 'greet.py': greet });
    await expectFailure(['explain', '--root', root, 'greet.py:99'], /there is no line 99/);
    await expectFailure(['explain', '--root', root, 'absent.py:1'], /not part of the workspace/);
    await expectFailure(['summarize', '--root', root, '../outside.py'], /outside the workspace/);
  });

  it('is told about an unknown flag', async () => {
    await expectFailure(['ask', '--root', scratch, '--flag', 'question'], /Unknown option '--flag'/);
  });

  it('is left out with its reason: one line of 5 MB, invalid UTF-8, a loop of links', async () => {
    const root = folder({
      'greet.py': greet,
      'line.txt': 'x'.repeat(5_000_000),
      'latin.txt': Buffer.from([0x68, 0xe9, 0x6c, 0x6c, 0x6f]),
      'data.bin': Buffer.from([1, 0, 2]),
    });
    symlinkSync(root, join(root, 'loop'));
    const report = jsonLines<IndexReport>((await run(cache, ['index', '--root', root, '--json'])).stdout).at(
      -1,
    )!;
    expect(report.files).toBe(1);
    expect(report.skipped).toEqual({ tooLarge: 1, notUtf8: 1, binary: 1, symlink: 1 });
  });
});

describe('a damaged model', () => {
  it('that was never added says what to do, and searching by words still works', async () => {
    const empty = join(scratch, 'empty-cache');
    const root = folder({ 'greet.py': greet });
    const asked = await run(empty, ['ask', '--root', root, 'question']);
    expect(asked).toMatchObject({ exitCode: 1, stdout: '' });
    expect(asked.stderr).toMatch(/not on this machine.*landmark model add/);
    const searched = await run(empty, ['search', '--root', root, '--arm', 'lexical', '--json', 'greet']);
    expect(jsonLines<SearchResult>(searched.stdout)[0]?.blocks[0]?.path).toBe('greet.py');
  });

  it('with one flipped byte is refused, and adding it again repairs it', async () => {
    const other = join(scratch, 'flipped-cache');
    const root = folder({ 'greet.py': greet });
    await run(other, ['model', 'add']);
    const models = join(other, 'models');
    const added = join(models, readdirSync(models)[0]!);
    // In the form that is faster on this machine.
    const weights = join(
      added,
      readdirSync(added).find((name) => /^weights\..*\.bin$/.test(name))!,
    );
    const bytes = readFileSync(weights);
    bytes[1000]! ^= 1;
    writeFileSync(weights, bytes);
    const asked = await run(other, ['ask', '--root', root, 'question']);
    expect(asked.exitCode).toBe(1);
    expect(asked.stderr).toMatch(/damaged.*landmark model add/s);
    expect((await run(other, ['model', 'verify'])).exitCode).toBe(1);
    expect((await run(other, ['model', 'add'])).exitCode).toBe(0);
    expect((await run(other, ['model', 'verify'])).exitCode).toBe(0);
  });
});

describe('Ctrl-C', () => {
  it('in the middle of indexing ends with 130, and a later run continues', async () => {
    const own = join(scratch, 'cancel-cache');
    await run(own, ['model', 'add']);
    const files = Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => [`file${i}.py`, `# ${i}\n${source(300)}`]),
    );
    const root = folder(files);
    const indexing = start(own, ['index', '--root', root, '--json']);
    await indexing.seen('"phase":"index"');
    indexing.child.kill('SIGINT');
    expect((await indexing.ended).exitCode).toBe(130);
    const report = jsonLines<IndexReport>((await run(own, ['index', '--root', root, '--json'])).stdout).at(
      -1,
    )!;
    expect(report.encodedWindows).toBeGreaterThan(0);
    expect(report.encodedWindows).toBeLessThan(report.windows);
  });

  it('in the middle of an answer ends with 130, and asking again answers', async () => {
    const root = folder({ 'greet.py': greet });
    const args = ['ask', '--root', root, '--json', 'What does greet do?'];
    const asking = start(cache, [...args, '--max-tokens', '4000']);
    await asking.seen('"type":"token"');
    asking.child.kill('SIGINT');
    expect((await asking.ended).exitCode).toBe(130);
    expect((await answerOf([...args, '--max-tokens', '4'])).timings.generatedTokens).toBe(4);
  });
});

async function answerOf(args: readonly string[]): Promise<AnswerResult> {
  const { exitCode, stdout, stderr } = await run(cache, args);
  expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
  const last = jsonLines<AnswerResult & { type: string }>(stdout).at(-1)!;
  expect(last.type).toBe('done');
  return last;
}

async function searchOf(args: readonly string[]): Promise<SearchResult> {
  const { exitCode, stdout } = await run(cache, args);
  expect(exitCode).toBe(0);
  return jsonLines<SearchResult>(stdout)[0]!;
}
