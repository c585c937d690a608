/** Summaries that are made again, on the toy package: what reads as it did is not told anew. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SummaryResult } from '../../protocol/messages';
import type { Engine } from '../../server/answering/engine';
import { greet, never, silent, source, ToyBench } from './toyEngine';

const bench = new ToyBench();
let engine: Engine;
beforeAll(async () => {
  engine = await bench.engine();
});
afterAll(() => {
  bench.remove();
});

const summarize = (root: string, path = '', by = engine): Promise<SummaryResult> =>
  by.summarize({ root, path }, silent, never);
/** Of what is said again, nothing is run: all of its prompt counts as cached. */
const isToldBefore = ({ timings }: SummaryResult): boolean => timings.cachedTokens === timings.promptTokens;
const said = ({ answer, sections }: SummaryResult) => ({ answer, sections });
const toldFile = (): string => {
  const stores = join(bench.scratch, 'cache', 'store');
  return join(stores, readdirSync(stores)[0]!, 'told');
};

describe('a summary that is made again', () => {
  const files = { 'README.md': '# Greetings\n\nSays hello.\n', 'greet.py': greet, 'other.py': source(30) };

  it('is told from what was told, by the next process, too', async () => {
    const root = bench.folder(files);
    const first = await summarize(root);
    expect(isToldBefore(first)).toBe(false);
    const again = await summarize(root);
    expect(isToldBefore(again)).toBe(true);
    expect(said(again)).toEqual(said(first));
    expect([again.read, again.citations, again.blocksRead]).toEqual([
      ...[first.read, first.citations, first.blocksRead],
    ]);
    const next = await bench.engine();
    try {
      const later = await summarize(root, '', next);
      expect(isToldBefore(later)).toBe(true);
      expect(said(later)).toEqual(said(first));
    } finally {
      await next.dispose();
    }
  });

  it('tells anew the parts that changed, and no others', async () => {
    const root = bench.folder(files);
    const first = await summarize(root);
    writeFileSync(join(root, 'greet.py'), `def wave():\n    return "waves"\n\n\n${greet}`);
    const again = await summarize(root);
    expect(isToldBefore(again)).toBe(false);
    expect(again.timings.cachedTokens).toBeGreaterThan(0);
    const sectionOf = ({ sections }: SummaryResult, path: string) =>
      sections.find((section) => section.path === path)!.sentences.map(({ text }) => text);
    for (const path of ['README.md', 'other.py']) {
      expect(sectionOf(again, path)).toEqual(sectionOf(first, path));
    }
    expect(again.sections.find(({ path }) => path === 'greet.py')!.endLine).toBe(7);
    // As it was before: all of it was told once.
    writeFileSync(join(root, 'greet.py'), greet);
    expect(isToldBefore(await summarize(root))).toBe(true);
  });

  it('of one part streams what was told', async () => {
    const root = bench.folder({ 'greet.py': greet });
    const events: string[] = [];
    const told = async (): Promise<string> => {
      events.length = 0;
      await engine.summarize(
        { root, path: 'greet.py' },
        (event) => {
          if (event.type === 'token') events.push(event.text);
        },
        never,
      );
      return events.join('').trim();
    };
    const first = await told();
    expect(first).not.toBe('');
    expect(await told()).toBe(first);
  });

  it('is told anew where the index was cleared, or what was told is damaged', async () => {
    const root = bench.folder(files);
    await summarize(root);
    await engine.indexClear({ root }, silent, never);
    expect(isToldBefore(await summarize(root))).toBe(false);
    const [head, ...texts] = readFileSync(toldFile(), 'utf8').split('\n');
    const damaged = texts.map((line) => line.replace('"answer":"', '"answer":"x'));
    writeFileSync(toldFile(), [head, ...damaged].join('\n'));
    const next = await bench.engine();
    try {
      const later = await summarize(root, '', next);
      expect(isToldBefore(later)).toBe(false);
      expect(later.answer.startsWith('x')).toBe(false);
    } finally {
      await next.dispose();
    }
  });

  it('is not kept where it was told from no block: clearing no index would forget it', async () => {
    const root = bench.folder(files);
    await summarize(root, 'greet.py');
    const before = readFileSync(toldFile(), 'utf8');
    const gone = [{ path: 'gone.py', diff: '@@ -1,1 +0,0 @@\n-x = 1\n' }];
    const { sections } = await engine.summarizeChanges({ root, title: 't', files: gone }, silent, never);
    expect(sections).toHaveLength(1);
    await summarize(root, 'other.py');
    const lines = (text: string): number => text.split('\n').length;
    expect(lines(readFileSync(toldFile(), 'utf8'))).toBe(lines(before) + 1);
  });
});
