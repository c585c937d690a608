/** Summaries on the toy package: what is read is counted, whatever the file looks like. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutlineEntry, SummaryResult } from '../../protocol/messages';
import type { Engine } from '../../server/answering/engine';
import { sectionsMax } from '../../server/answering/summarize/sections';
import { CancelledError } from '../../server/errors';
import { greet, listen, never, silent, source, ToyBench } from './toyEngine';

const bench = new ToyBench();
let engine: Engine;
beforeAll(async () => {
  engine = await bench.engine();
});
afterAll(() => {
  bench.remove();
});

/** Citations name blocks that were read, by numbers that exist. */
function expectSound(summary: SummaryResult): void {
  const read = new Set(summary.read.map(({ path, startLine }) => `${path}:${startLine}`));
  expect(summary.read).toHaveLength(summary.blocksRead);
  for (const { path, startLine } of summary.citations) expect(read).toContain(`${path}:${startLine}`);
  const numbers = summary.citations.map(({ n }) => n);
  for (const { sentences } of [summary, ...summary.sections]) {
    for (const { citations } of sentences) for (const n of citations) expect(numbers).toContain(n);
  }
}

describe('a file', () => {
  const lines = source(700).split('\n').length;
  const root = bench.folder({
    'long.py': source(700),
    'greet.py': greet,
    'wide.txt': `${'word '.repeat(399)}\n`.repeat(8),
  });
  const outline: OutlineEntry[] = Array.from({ length: 700 }, (_, i) => ({
    title: `function_${i}`,
    startLine: 3 * i + 1,
    endLine: 3 * i + 2,
  }));

  it.each([
    ['an outline', outline],
    [
      'an outline of nested and overlapping symbols',
      [
        ...outline,
        { title: 'All', startLine: 1, endLine: 1_500 },
        { title: 'Half', startLine: 700, endLine: 9_999 },
      ],
    ],
    ['no outline', undefined],
  ])('with %s is told by sections, every block of it read', async (_, given) => {
    const { emit, of } = listen();
    const params = { root, path: 'long.py', ...(given && { outline: given }) };
    const summary = await engine.summarize(params, emit, never);
    expect(summary.blocksRead).toBe(summary.blocksTotal);
    expect(summary.blocksTotal).toBeGreaterThan(100);
    expectSound(summary);
    const { sections } = summary;
    expect(sections.length).toBeGreaterThan(5);
    expect(sections.length).toBeLessThanOrEqual(sectionsMax);
    expect(sections[0]!.startLine).toBe(1);
    expect(sections.at(-1)!.endLine).toBe(lines - 1);
    sections.slice(1).forEach(({ startLine }, i) => {
      expect(startLine).toBe(sections[i]!.endLine + 1);
    });
    if (given) expect(sections[0]!.title).toMatch(/^function_0, .*function_1.* and \d+ more$/);
    expect(of('section').map(({ index, total }) => [index, total])).toEqual(
      sections.map((__, i) => [i, sections.length]),
    );
    expect(of('context')).toHaveLength(1);
  });

  it('of one section is told in one go', async () => {
    const { emit, of } = listen();
    const summary = await engine.summarize({ root, path: 'greet.py' }, emit, never);
    expect(summary).toMatchObject({ blocksRead: 1, blocksTotal: 1 });
    expect(summary.sections).toMatchObject([
      { path: 'greet.py', startLine: 1, endLine: 3, sentences: summary.sentences },
    ]);
    expect(of('token').length).toBeGreaterThan(0);
  });

  it('of lines longer than a block is read whole', async () => {
    const summary = await engine.summarize({ root, path: 'wide.txt' }, silent, never);
    expect(summary.blocksTotal).toBeGreaterThan(8);
    expect(summary.blocksRead).toBe(summary.blocksTotal);
  });

  it('is told in part where lines are selected', async () => {
    const summary = await engine.summarize(
      { root, path: 'long.py', startLine: 10, endLine: 300 },
      silent,
      never,
    );
    expect(summary.blocksRead).toBe(summary.blocksTotal);
    expect(summary.sections[0]!.startLine).toBe(10);
    expect(summary.sections.at(-1)!.endLine).toBe(300);
    const wrong = (startLine: number, endLine: number) =>
      engine.summarize({ root, path: 'greet.py', startLine, endLine }, silent, never);
    await expect(wrong(3, 2)).rejects.toThrow(/ends before it begins/);
    await expect(wrong(9, 12)).rejects.toThrow(/there is no line 9/);
  });

  it('stops between two sections and inside one', async () => {
    const stop = async (type: 'section' | 'progress'): Promise<number> => {
      const controller = new AbortController();
      let sections = 0;
      // Of what was told before nothing is told that could be stopped.
      const untold = bench.folder({ 'long.py': source(700, type) });
      const pending = engine.summarize(
        { root: untold, path: 'long.py' },
        (event) => {
          if (event.type === 'section') sections++;
          const isInside = event.type === 'progress' && event.phase === 'generate' && event.done === 1;
          if (event.type === type && (type === 'section' || isInside))
            setImmediate(() => {
              controller.abort();
            });
        },
        controller.signal,
      );
      await expect(pending).rejects.toThrow(CancelledError);
      return sections;
    };
    expect(await stop('section')).toBe(1);
    expect(await stop('progress')).toBe(1);
  });
});

describe('a folder', () => {
  const many = Object.fromEntries(
    Array.from({ length: 45 }, (_, i) => [`lib/f${i}.py`, `# ${i}\n${source(2)}`]),
  );
  const root = bench.folder({
    'README.md': '# Greetings\n',
    'src/greet.py': greet,
    'src/long.py': source(200),
    ...many,
  });

  it('is a map of its files, told from their beginnings', async () => {
    const { emit, of } = listen();
    const summary = await engine.summarize({ root, path: 'src/' }, emit, never);
    expect(summary.sections.map(({ title, path }) => [title, path])).toEqual([
      ['src/greet.py', 'src/greet.py'],
      ['src/long.py', 'src/long.py'],
    ]);
    expect(summary.blocksRead).toBeLessThan(summary.blocksTotal);
    expect(summary.notes.join(' ')).toMatch(/only the beginning was read/);
    expect(of('section')).toHaveLength(2);
    expectSound(summary);
  });

  it('says how its parts use each other, citing the imports', async () => {
    const used = bench.folder({
      'app.py': `${source(30)}import tools\nfrom store import keep\n`,
      'store.py': `import tools\n${greet}`,
      'tools.py': greet,
    });
    const { emit, of } = listen();
    const summary = await engine.summarize({ root: used, path: '' }, emit, never);
    const flow = summary.sentences.slice(-2);
    expect(flow.map(({ text }) => text)).toEqual([
      'By what is imported, `app.py` uses `tools.py` and `store.py`.',
      '`store.py` uses `tools.py`.',
    ]);
    expect(summary.answer.endsWith(flow.map(({ text }) => text).join(' '))).toBe(true);
    const cited = (at: number): string[] =>
      flow[at]!.citations.map((n) => summary.citations.find((citation) => citation.n === n)!.text);
    expect(cited(0).join('\n')).toContain('import tools\nfrom store import keep');
    expect(cited(1).join('\n')).toContain('import tools');
    expectSound(summary);
    // It is streamed as what the base says is.
    const streamed = of('sentence').map(({ sentence }) => sentence.text);
    expect(streamed.slice(-2)).toEqual(flow.map(({ text }) => text));
    const words = (text: string): string[] => text.trim().split(/\s+/);
    const said = of('token').map(({ text }) => text);
    expect(words(said.join(''))).toEqual(words(summary.answer));
  });

  it('that is large says what was left out', async () => {
    const summary = await engine.summarize({ root, path: '' }, silent, never);
    expect(summary.sections).toHaveLength(40);
    expect(summary.sections.map(({ path }) => path)).toContain('README.md');
    expect(summary.notes.join(' ')).toMatch(/40 of 48 files are told/);
  });

  it('without text says what to name', async () => {
    await expect(engine.summarize({ root, path: 'absent/' }, silent, never)).rejects.toThrow(
      /nothing to summarize in absent\/.*Name a folder/,
    );
  });
});

describe('changes', () => {
  const root = bench.folder({ 'greet.py': greet, 'long.py': source(200) });
  const newLines = source(200).split('\n').slice(299, 339);
  const summarizeChanges = (files: { path: string; diff: string }[], title = 'main to work') =>
    engine.summarizeChanges({ root, title, files }, silent, never);

  it('are told file by file from the difference and the blocks it touches', async () => {
    const summary = await summarizeChanges([
      {
        path: 'greet.py',
        diff: '@@ -1,2 +1,3 @@\n def greet(name):\n+    """Say hello."""\n     return "hello " + name\n',
      },
      { path: 'gone.py', diff: '@@ -1,1 +0,0 @@\n-x = 1\n' },
      { path: 'long.py', diff: `@@ -300,2 +300,40 @@\n${newLines.map((line) => `+${line}\n`).join('')}` },
      { path: 'image.png', diff: 'Binary files differ' },
      // Of a revision that is not checked out, and of a file that the repository has beside the workspace.
      { path: 'long.py', diff: '@@ -1,1 +1,2 @@\n+import absent\n def function_0(a, b):\n' },
      { path: '../greet.py', diff: '@@ -1,1 +1,1 @@\n-x\n+def greet(name):\n' },
    ]);
    expect(summary.sections.map(({ path, startLine, endLine }) => [path, startLine, endLine])).toEqual([
      ['greet.py', 1, 3],
      ['gone.py', 1, 1],
      ['long.py', 300, 339],
      ['image.png', 1, 1],
      ['long.py', 1, 1],
      ['../greet.py', 1, 1],
    ]);
    expect(summary.blocksRead).toBeGreaterThan(1);
    expect(summary.blocksRead).toBe(summary.blocksTotal);
    expect(new Set(summary.read.map(({ path }) => path))).toEqual(new Set(['greet.py', 'long.py']));
    expectSound(summary);
    for (const at of [1, 4, 5]) {
      expect(summary.sections[at]!.sentences.every(({ citations }) => citations.length === 0)).toBe(true);
    }
  });

  it('that are large are cut with a note, and none are told as such', async () => {
    const huge = `@@ -1,1 +1,5000 @@\n${'+ word word word word\n'.repeat(5_000)}`;
    const files = Array.from({ length: 43 }, (_, i) => ({
      path: `new${i}.py`,
      diff: i === 0 ? huge : '+x\n',
    }));
    const summary = await summarizeChanges([...files]);
    expect(summary.sections).toHaveLength(40);
    expect(summary.notes.join(' ')).toMatch(/only the beginning of the difference.*first 40 of 43/);
    await expect(summarizeChanges([])).rejects.toThrow(/nothing to summarize in main to work.*that differ/);
  });
});
