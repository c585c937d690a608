/** Indexing on the toy package: its order, what it never does twice, and what stops it. */

import { execFileSync, spawn } from 'node:child_process';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import type { ProgressEvent } from '../../protocol/messages';
import type { Engine } from '../../server/answering/engine';
import { CancelledError } from '../../server/errors';
import { EditorDocuments } from '../../server/workspace/openDocuments';
import { packageFolder, repositoryRoot } from '../oracle/fixtures';
import { greet, listen, never, silent, source, ToyBench } from './toyEngine';

const bench = new ToyBench();
afterAll(() => {
  bench.remove();
});

const files = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`file${i}.py`, `# ${i}\n${source(60)}`]));
const isEncoding = (event: { type: string; phase?: string }): event is ProgressEvent =>
  event.type === 'progress' && event.phase === 'index';
/** Whether a file of `files` is encoded: alone in a folder it has the same windows. */
const isEncoded = async (engine: Engine, path: string): Promise<boolean> => {
  const root = bench.folder({ [path]: files(30)[path]! });
  return (await engine.indexEstimate({ root }, silent, never)).tokensToEncode === 0;
};

describe('content decides what is encoded', () => {
  it('a branch switch there and back encodes nothing', async () => {
    const root = bench.folder({ ...files(6), 'old.py': source(9, 'old') });
    const git = (...args: string[]): void => {
      execFileSync('git', ['-C', root, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
        stdio: 'pipe',
      });
    };
    git('init', '--quiet', '--initial-branch=one');
    git('add', '.');
    git('commit', '--quiet', '-m', 'one');
    git('checkout', '--quiet', '-b', 'two');
    writeFileSync(join(root, 'file0.py'), source(40, 'changed'));
    writeFileSync(join(root, 'new.py'), source(20, 'new'));
    rmSync(join(root, 'old.py'));
    git('add', '--all');
    git('commit', '--quiet', '-m', 'two');
    git('checkout', '--quiet', 'one');

    const engine = await bench.engine('branches');
    const index = () => engine.index({ root }, silent, never);
    expect((await index()).encodedWindows).toBeGreaterThan(0);
    git('checkout', '--quiet', 'two');
    const onTwo = await index();
    expect(onTwo.encodedWindows).toBeGreaterThan(0);
    expect(onTwo.encodedWindows).toBeLessThan(onTwo.windows);
    for (const branch of ['one', 'two', 'one']) {
      git('checkout', '--quiet', branch);
      const again = await index();
      expect([branch, again.encodedWindows, again.files]).toEqual([branch, 0, 7]);
    }
    await engine.dispose();
  });

  it('a deleted file is not found any more, and a renamed one under its new name', async () => {
    const root = bench.folder({ 'greet.py': greet, 'other.py': source(5), 'more.py': source(5, 'more') });
    const engine = await bench.engine('renames');
    await engine.index({ root }, silent, never);
    renameSync(join(root, 'greet.py'), join(root, 'welcome.py'));
    rmSync(join(root, 'other.py'));
    const report = await engine.index({ root }, silent, never);
    // What a model reads begins with the path, so a renamed file is read again, and nothing else is.
    expect(report).toMatchObject({ files: 2, encodedWindows: 1 });
    const { blocks } = await engine.search({ root, question: 'greet hello', arm: 'lexical' }, silent, never);
    expect(blocks.map(({ path }) => path)).toEqual(['welcome.py']);
    await engine.dispose();
  });
});

describe('what the editor has open', () => {
  it('is searched as it stands there, saved or not', async () => {
    const documents = new EditorDocuments();
    const engine = await bench.engine('documents', {}, documents);
    const root = bench.folder({ 'a.py': greet, 'b.py': source(5) });
    const find = async () =>
      (await engine.search({ root, question: 'zebra', arm: 'lexical' }, silent, never)).blocks;
    expect(await find()).toEqual([]);
    documents.opened(join(root, 'a.py'), greet);
    documents.edited(join(root, 'a.py'), `${greet}\n\ndef zebra():\n    pass\n`);
    expect(await find()).toMatchObject([{ path: 'a.py' }]);
    documents.closed(join(root, 'a.py'));
    expect(await find()).toEqual([]);
    await engine.dispose();
  });

  it('is encoded first, and so is what is opened while a build runs', async () => {
    const documents = new EditorDocuments();
    const engine = await bench.engine('order', {}, documents);
    const root = bench.folder(files(30));
    const stop = new AbortController();
    let opened: number | undefined;
    const building = engine.index(
      { root, openEditors: ['file22.py', 'file21.py'] },
      (event) => {
        if (!isEncoding(event)) return;
        if (event.done >= 6 && opened === undefined) {
          opened = event.done;
          documents.opened(join(root, 'file28.py'), `# 28\n${source(60)}`);
        }
        // What was taken before, and the windows of one file.
        if (opened !== undefined && event.done >= opened + 12) stop.abort();
      },
      stop.signal,
    );
    await expect(building).rejects.toThrow(CancelledError);
    expect(opened).toBeDefined();
    for (const path of ['file22.py', 'file21.py', 'file28.py']) {
      expect([path, await isEncoded(engine, path)]).toEqual([path, true]);
    }
    expect(await isEncoded(engine, 'file9.py')).toBe(false);
    await engine.dispose();
  });

  it('holds a build back while it is edited, and the build says so', async () => {
    const documents = new EditorDocuments();
    const engine = await bench.engine('typing', {}, documents);
    const root = bench.folder(files(3));
    const path = join(root, 'file0.py');
    documents.opened(path, files(3)['file0.py']!);
    const { emit, events } = listen();
    let editedAtMs = 0;
    let resumedAtMs = 0;
    await engine.index(
      { root },
      (event) => {
        emit(event);
        if (!isEncoding(event)) return;
        if (event.done === 1 && editedAtMs === 0) {
          editedAtMs = performance.now();
          documents.edited(path, 'edited');
        }
        if (event.done === 2) resumedAtMs = performance.now();
      },
      never,
    );
    const waited = events.filter(isEncoding).filter(({ waitsFor }) => waitsFor === 'typing');
    expect(waited).toMatchObject([{ done: 1 }]);
    expect(resumedAtMs - editedAtMs).toBeGreaterThanOrEqual(1_000);
    await engine.dispose();
  });
});

describe('a process that is killed', () => {
  /** Bundles the indexer, so that a process of it starts in a moment. */
  function bundle(): string {
    const outfile = join(bench.scratch, 'indexer.cjs');
    buildSync({
      entryPoints: [join(import.meta.dirname, 'support/indexer.ts')],
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      external: ['onnxruntime-node'],
      define: { 'import.meta.url': '__importMetaUrl' },
      banner: { js: "const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
      outfile,
      logLevel: 'error',
    });
    return outfile;
  }

  /** @param killAfter lines of progress; without it the process runs to its end */
  function indexUntil(script: string, cache: string, root: string, killAfter = Infinity) {
    const args = [script, packageFolder('toy-landmark'), cache, root];
    const env = { ...process.env, NODE_PATH: join(repositoryRoot, 'node_modules') };
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      if (text.split('\n').length > killAfter) child.kill('SIGKILL');
    });
    return new Promise<{ done: number; total: number }>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        if (code !== 0 && signal !== 'SIGKILL') {
          reject(new Error(`the indexer ended with ${code ?? 'nothing'}`));
          return;
        }
        const [, done, total] = [...text.matchAll(/^(\d+) of (\d+)\n/gm)].at(-1) ?? [];
        resolve({ done: Number(done ?? 0), total: Number(total ?? 0) });
      });
    });
  }

  it('has kept every window it said was done, again and again', async () => {
    const script = bundle();
    const root = bench.folder(files(40));
    const engine = await bench.engine('killed');
    await engine.dispose();
    const cache = join(bench.scratch, 'killed');
    let left = Infinity;
    for (const lines of [1, 4, 9, 2]) {
      const { done, total } = await indexUntil(script, cache, root, lines);
      expect(done).toBeGreaterThan(0);
      // Only what nobody said was done is left; the record under the pen when it died may be made again.
      expect(total).toBeLessThanOrEqual(left);
      left = total - done;
    }
    const last = await indexUntil(script, cache, root);
    expect(last.total).toBeLessThanOrEqual(left);
    expect(last.done).toBe(last.total);
    const after = await bench.engine('killed');
    expect((await after.index({ root }, silent, never)).encodedWindows).toBe(0);
    await after.dispose();
  });
});
