/** The engine on the toy package, in this process: workspaces, scopes, threads and the index. */

import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../server/answering/engine';
import { CancelledError } from '../../server/errors';
import { greet, listen, never, refused, silent, source, ToyBench } from './toyEngine';

const bench = new ToyBench();
let engine: Engine;
beforeAll(async () => {
  engine = await bench.engine();
});
afterAll(() => {
  bench.remove();
});

const search = (params: Parameters<Engine['search']>[0]) => engine.search(params, silent, never);
describe('several folders', () => {
  const [one, two] = [
    bench.folder({ 'greet.py': greet }),
    bench.folder({ 'greet.py': greet, 'b.py': source(3) }),
  ];
  const folders = [
    { name: 'one', root: one },
    { name: 'two', root: two },
  ];

  it('are searched together, and share windows with each alone', async () => {
    const alone = await engine.index({ root: two }, silent, never);
    expect(alone.encodedWindows).toBe(2);
    const together = await engine.index({ root: one, folders }, silent, never);
    expect(together).toMatchObject({ files: 3, windows: 3, encodedWindows: 0 });
    const { blocks } = await search({ root: one, folders, question: 'greet', arm: 'lexical' });
    expect(blocks.map(({ path }) => path).sort()).toEqual(['one/greet.py', 'two/greet.py']);
    expect((await engine.status({ root: one, folders })).workspace).toMatchObject({
      files: 3,
      filesSearchable: 3,
    });
  });

  it('are named in every request by their names', async () => {
    const params = { root: one, folders };
    const answer = await engine.ask({ ...params, question: 'What is greet?', maxTokens: 4 }, silent, never);
    expect(answer.read.every(({ path }) => /^(one|two)\//.test(path))).toBe(true);
    const explained = await engine.explain({ ...params, path: join(two, 'b.py'), line: 1 }, silent, never);
    expect(explained.read.map(({ path }) => path)).toContain('two/b.py');
    const summary = await engine.summarize({ ...params, path: 'two/' }, silent, never);
    expect(summary.sections.map(({ path }) => path)).toEqual(['two/b.py', 'two/greet.py']);
    await refused(engine.summarize({ ...params, path: 'b.py' }, silent, never), /not part of the workspace/);
  });
});

describe('an edit', () => {
  it('gives the index that a new process builds', async () => {
    const code = source(400);
    const root = bench.folder({ 'a.py': greet, 'code.py': code, 'z.py': source(9, 'other') });
    const before = await engine.index({ root }, silent, never);
    const lines = code.split('\n');
    lines.splice(1_290, 1, 'inserted_zebra = 1', '', '', 'def zebra(): return inserted_zebra');
    writeFileSync(join(root, 'code.py'), lines.join('\n'));
    writeFileSync(join(root, 'm.py'), source(4, 'middle'));
    const after = await engine.index({ root }, silent, never);
    expect(after.encodedWindows).toBeGreaterThan(0);
    expect(after.encodedWindows).toBeLessThan(before.windows / 2);
    const questions = ['inserted zebra', 'other_3', 'What does middle return?', 'function_77'];
    const found = [];
    for (const question of questions) found.push(await search({ root, question }));
    const fresh = await bench.engine();
    for (const [at, question] of questions.entries()) {
      expect(await fresh.search({ root, question }, silent, never)).toEqual(found[at]);
    }
    await fresh.dispose();

    writeFileSync(join(root, 'code.py'), code);
    rmSync(join(root, 'm.py'));
    expect((await engine.index({ root }, silent, never)).encodedWindows).toBe(0);
  });
});

describe('a scope', () => {
  const root = bench.folder({
    'src/greet.py': greet,
    'src/deep/a.py': source(2),
    'docs/greet.md': '# greet\n',
  });
  const pathsOf = async (...paths: string[]) =>
    (await search({ root, question: 'greet function', scope: { paths } })).blocks.map(({ path }) => path);

  it('holds files and folders, and nothing else is ranked', async () => {
    expect(new Set(await pathsOf('src/'))).toEqual(new Set(['src/greet.py', 'src/deep/a.py']));
    expect(await pathsOf('docs/greet.md')).toEqual(['docs/greet.md']);
    expect(await pathsOf('docs/greet.md', join(root, 'src/deep/'))).toHaveLength(2);
    expect(await pathsOf('./')).toHaveLength(3);
    const { coverage } = await search({ root, question: 'greet', scope: { paths: ['docs/'] } });
    expect(coverage).toEqual({ blocks: 1, landmarkBlocks: 1, lexicalBlocks: 1 });
  });

  it('bounds what is read', async () => {
    const scope = { paths: ['src/deep/'] };
    const answer = await engine.ask({ root, question: 'What is greet?', scope, maxTokens: 4 }, silent, never);
    expect(new Set(answer.read.map(({ path }) => path))).toEqual(new Set(['src/deep/a.py']));
  });

  it('tells which names of a question stand nowhere in it', async () => {
    const ask = (paths: string[]) =>
      engine.ask({ root, question: 'Who calls function_1?', scope: { paths }, maxTokens: 1 }, silent, never);
    expect((await ask(['src/'])).notes).not.toContain('The chosen files hold nothing called `function_1`.');
    expect((await ask(['docs/'])).notes).toContain('The chosen files hold nothing called `function_1`.');
  });

  it('leaves out what holds no text where that may be, and says so', async () => {
    const asked = { root, question: 'What does greet say?', maxTokens: 1 };
    const ask = (paths: string[]) =>
      engine.ask({ ...asked, scope: { paths, leaveOut: true } }, silent, never);
    const answer = await ask(['absent.lock', 'src/greet.py']);
    expect(new Set(answer.read.map(({ path }) => path))).toEqual(new Set(['src/greet.py']));
    expect(answer.notes).toContain('Not read, since the workspace holds no text of it: absent.lock.');
    await refused(ask(['absent.lock', 'gone.py']), /absent\.lock, which holds no text/);
  });

  it('that names nothing says what to name', async () => {
    await refused(pathsOf('absent.py'), /holds no text of the workspace.*Name files, or folders/);
    await refused(pathsOf('src'), /is a folder\. Write src\//);
    await refused(pathsOf('../'), /outside the workspace/);
  });
});

describe('a hit', () => {
  const root = bench.folder({ 'greet.py': greet, 'other.py': source(4), 'long.py': source(200, 'thing') });

  it('says how each arm ranks it, and for which words', async () => {
    const { blocks } = await search({ root, question: 'Where does Greet say hello?', top: 5, wait: true });
    const best = blocks.find(({ path }) => path === 'greet.py')!;
    expect(best.lexicalRank).toBe(1);
    expect(best.landmarkRank).toBeGreaterThanOrEqual(1);
    expect(best.words).toEqual(expect.arrayContaining(['Greet', 'hello']));
    const { blocks: byWords } = await search({ root, question: 'greet', arm: 'lexical' });
    expect(byWords).toMatchObject([
      { path: 'greet.py', lexicalRank: 1, landmarkRank: null, words: ['greet'] },
    ]);
  });

  it('of a file that was not read says what it had to beat', async () => {
    const why = (path: string, arm: 'lexical' | 'hybrid' = 'lexical', question = 'return thing_7') =>
      engine.whyNot({ root, question, path, arm }, silent, never);
    const found = await why('greet.py');
    expect(found.best).toMatchObject({ path: 'greet.py', words: ['return'] });
    expect(found.rank).toBeGreaterThan(1);
    expect(found.rank).toBeLessThanOrEqual(found.blocks);
    expect(found.lastRead?.lexicalRank).toBeLessThan(found.blocks);
    expect(await why('long.py')).toMatchObject({ rank: 1, best: { path: 'long.py' } });
    expect(await why('other.py', 'lexical', 'hello')).toMatchObject({ best: null, rank: null, blocks: 1 });
    await refused(why('absent.py'), /not part of the workspace/);
  });

  it('of a file tells how near it came to the question as its thread has it', async () => {
    const thread = [{ question: 'Where does greet say hello?', answer: 'In greet.py.' }];
    const asked = { root, question: 'Who calls it?', thread, path: 'greet.py', arm: 'lexical' as const };
    expect(await engine.whyNot(asked, silent, never)).toMatchObject({ rank: 1 });
  });
});

describe('a thread', () => {
  const root = bench.folder({ 'greet.py': greet, 'other.py': source(40) });
  const thread = [
    { question: 'Where does greet say hello?', answer: 'In greet.py. ' + 'It says hello. '.repeat(500) },
  ];

  it('is routed and read where the question refers back', async () => {
    const asked = { root, question: 'Who calls it?', arm: 'lexical' as const, maxTokens: 4 };
    const alone = await engine.ask(asked, silent, never);
    expect(alone.read.map(({ path }) => path)).not.toContain('greet.py');
    const { emit, of } = listen();
    const told = await engine.ask({ ...asked, thread }, emit, never);
    expect(told.read.map(({ path }) => path)).toContain('greet.py');
    expect(told.timings.promptTokens).toBeGreaterThan(500);
    expect(told.timings.promptTokens).toBeLessThan(3_000);
    const { promptTokens, cachedTokens } = told.timings;
    expect(of('context')).toEqual([{ type: 'context', promptTokens, cachedTokens, contextTokens: 8_192 }]);
  });

  it('is not run again where it was said in this process', async () => {
    const question = 'What does greet return?';
    const { answer } = await engine.ask({ root, question, maxTokens: 12, anyway: true }, silent, never);
    expect(answer).not.toBe('');
    const next = {
      root,
      question: 'Who calls it?',
      maxTokens: 4,
      anyway: true,
      thread: [{ question, answer }],
    };
    const run = ({ timings }: Awaited<ReturnType<Engine['ask']>>) =>
      timings.promptTokens - timings.cachedTokens;
    const remembered = await engine.ask(next, silent, never);
    const elsewhere = await bench.engine();
    const anew = await elsewhere.ask(next, silent, never);
    await elsewhere.dispose();
    expect(remembered.read).toEqual(anew.read);
    // Only the question itself is run: its words, what the base is told, and markup.
    expect(run(anew) - run(remembered)).toBeGreaterThan(answer.length / 8);
    const other = { ...next, thread: [{ question, answer: `${answer} Or not.` }] };
    expect(run(await engine.ask(other, silent, never))).toBeGreaterThanOrEqual(run(anew));
  });
});

describe('explaining', () => {
  const root = bench.folder({
    'greet.py': greet,
    'use.py': `from greet import greet\n\nprint(greet("you"))\n`,
    'far.py': source(300),
  });
  const explain = (params: Omit<Parameters<Engine['explain']>[0], 'root'>) =>
    engine.explain({ root, ...params }, silent, never);

  it('reads where the editor finds the symbol, and nothing of it that lies outside', async () => {
    const related = [
      { path: 'far.py', startLine: 400, endLine: 401 },
      { path: 'node_modules/gone.py', startLine: 1, endLine: 2 },
      { path: '/etc/hosts', startLine: 1, endLine: 2 },
    ];
    const { read } = await explain({ path: 'greet.py', line: 1, column: 5, related });
    expect(
      read.some(({ path, startLine, endLine }) => path === 'far.py' && startLine <= 400 && endLine >= 400),
    ).toBe(true);
    expect(read.some(({ path }) => path === 'greet.py')).toBe(true);
  });

  it('takes a selection, also one beyond the end', async () => {
    const { read } = await explain({ path: 'far.py', line: 100, endLine: 110 });
    const own = read.filter(({ path }) => path === 'far.py');
    expect(own.some(({ startLine, endLine }) => startLine <= 100 && endLine >= 100)).toBe(true);
    await explain({ path: 'greet.py', line: 2, endLine: 9_999 });
    await refused(explain({ path: 'greet.py', line: 3, endLine: 2 }), /ends before it begins/);
    await refused(explain({ path: 'greet.py', line: 99, endLine: 100 }), /there is no line 99/);
  });
});

describe('the index', () => {
  const files = (count: number): Record<string, string> =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`file${i}.py`, `# ${i}\n${source(60)}`]));

  it('is estimated before the first build, cleared, and counted in the status', async () => {
    const own = await bench.engine('estimate', { kvQuotaBytes: 1_000, exclude: ['file1.py'] });
    const root = bench.folder({ ...files(13), 'a.bin': 'x' });
    const estimate = await own.indexEstimate({ root }, silent, never);
    expect(estimate).toMatchObject({ files: 12, tokensToEncode: estimate.tokens });
    expect(estimate.seconds).toBeCloseTo(estimate.tokens / 600, 5);
    expect((await own.status({ root })).model.state).toBe('notLoaded');
    const before = (await own.status({ root })).workspace!;
    expect(before).toMatchObject({
      filesSearchable: 0,
      kvQuotaBytes: 1_000,
      skipped: { binary: 1, ignored: 1 },
    });
    expect(before.skippedFiles).toEqual([
      { path: 'a.bin', reason: 'binary' },
      { path: 'file1.py', reason: 'ignored' },
    ]);
    const report = await own.index({ root }, silent, never);
    expect(report.encodedTokens).toBe(estimate.tokens);
    expect(report.bytesOnDisk).toBeLessThanOrEqual(estimate.bytesOnDisk);
    // From now on the estimate is by what was measured.
    appendFileSync(join(root, 'file0.py'), source(500, 'more'));
    const again = await own.indexEstimate({ root }, silent, never);
    expect(again.tokensToEncode).toBeGreaterThan(0);
    expect(again.tokensToEncode).toBeLessThan(again.tokens);
    expect(again.seconds).not.toBeCloseTo(again.tokensToEncode / 600, 5);
    await own.index({ root }, silent, never);
    expect((await own.status({ root })).workspace).toMatchObject({ filesSearchable: 12 });
    const cleared = await own.indexClear({ root }, silent, never);
    expect(cleared.windows).toBeGreaterThan(0);
    expect(cleared.bytesFreed).toBeGreaterThan(0);
    expect((await own.status({ root })).workspace).toMatchObject({ filesSearchable: 0, landmarkBlocks: 0 });
    expect((await own.index({ root }, silent, never)).encodedWindows).toBe(cleared.windows);
  });

  it('is paused by a cancel: a later request continues and encodes nothing twice', async () => {
    const own = await bench.engine('pause');
    const root = bench.folder(files(40));
    const pause = new AbortController();
    let encodedBefore = 0;
    const paused = own.index(
      { root },
      (event) => {
        if (event.type !== 'progress' || event.phase !== 'index') return;
        encodedBefore = event.done;
        if (event.done >= 5) pause.abort();
      },
      pause.signal,
    );
    await expect(paused).rejects.toThrow(CancelledError);
    const rest = await own.index({ root }, silent, never);
    expect(rest.encodedWindows).toBeGreaterThan(0);
    expect(rest.encodedWindows).toBe(rest.windows - encodedBefore);
    expect((await own.index({ root }, silent, never)).encodedWindows).toBe(0);
    // As after a restart of the server.
    expect((await (await bench.engine('pause')).index({ root }, silent, never)).encodedWindows).toBe(0);
  });

  it('waits while a question is answered', async () => {
    const own = await bench.engine('gate');
    const root = bench.folder({ ...files(40), 'greet.py': greet });
    let indexing: 'running' | 'done' = 'running';
    let done = 0;
    let sawFirst: () => void = () => undefined;
    const started = new Promise<void>((resolve) => (sawFirst = resolve));
    const index = own
      .index(
        { root },
        (event) => {
          if (event.type !== 'progress' || event.phase !== 'index') return;
          done = event.done;
          sawFirst();
        },
        never,
      )
      .finally(() => (indexing = 'done'));
    await started;
    const doneAtQuestion = done;
    const answer = await own.ask({ root, question: 'What does greet return?', maxTokens: 8 }, silent, never);
    expect(answer.read.map(({ path }) => path)).toContain('greet.py');
    expect(indexing).toBe('running');
    // At most the run that was under way, and those a question is allowed to ask for.
    expect(done - doneAtQuestion).toBeLessThanOrEqual(1);
    const report = await index;
    expect(report.encodedWindows).toBeLessThanOrEqual(report.windows);
    expect((await own.status({ root })).workspace).toMatchObject({ filesSearchable: 41 });
  });
});
