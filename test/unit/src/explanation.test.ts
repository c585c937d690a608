import { describe, expect, it } from 'vitest';
import { AnswerSoFar } from '../../../src/documents/answerSoFar';
import { entriesMax, entryCharsMax, ExplanationCache, type Memory } from '../../../src/hover/cache';
import {
  draftPage,
  explainedOf,
  explanationKey,
  explanationPage,
  hoverMarkdown,
  type Explained,
} from '../../../src/hover/explanation';
import { answer } from '../../protocol/fakes';
import { plain } from './plain';

const subject = { title: 'clear', path: 'src/cache.ts', startLine: 7, endLine: 7 };
const addressOf = ({ path, startLine }: { path: string; startLine: number }): string =>
  `file:///repos/${path}#L${startLine}`;
const explained = explainedOf(answer);

describe('an explanation', () => {
  it('is a page with its place, its sentences and their sources', () => {
    const { text, headings } = explanationPage(subject, explained, ['A note.'], addressOf, plain);
    expect(text).toMatch(/^# clear\n\nsrc\/cache\.ts:7 \[»\]\n\n/);
    expect(text).toContain('It is cleared by clear. [1]\nNobody calls it. (?)');
    expect(text).toContain('*A note.*');
    expect(headings.map(({ title }) => title)).toEqual(['clear', 'Sources']);
  });

  it('shows what is said so far, and what is done before anything is said', () => {
    const soFar = new AnswerSoFar();
    const shown = (): string => draftPage(subject, soFar, addressOf, plain, 'en').text;
    expect(shown()).toContain('*Starting…*');
    soFar.add({ type: 'progress', phase: 'route', done: 0, total: 0, message: '' });
    expect(shown()).toContain('*Searching…*');
    soFar.add({ type: 'token', text: 'It clears. And' });
    soFar.add({ type: 'sentence', index: 0, sentence: { text: 'It clears.', citations: [] }, citations: [] });
    expect(shown()).toContain('It clears. (?) And');
  });

  it('is short in a hover, where links are given by the caller', () => {
    const [citation] = answer.citations;
    const text = hoverMarkdown(explained, ({ path, startLine }) => `command:open?${path}:${startLine}`);
    expect(text).toBe(
      `It is cleared by clear. [\\[1\\]](command:open?${citation!.path}:${citation!.startLine}) Nobody calls it.`,
    );
  });

  it('holds for one reading of one line in one file by one model', () => {
    const parts = { modelPackage: '', path: 'a.ts', lineText: 'clear()', word: 'clear' };
    const keys = [
      parts,
      { ...parts, modelPackage: 'm' },
      { ...parts, path: 'b.ts' },
      { ...parts, lineText: 'clear(1)' },
      { ...parts, word: 'cl' },
    ];
    expect(new Set(keys.map(explanationKey)).size).toBe(keys.length);
    expect(explanationKey({ ...parts })).toBe(explanationKey(parts));
  });
});

describe('the cache of explanations', () => {
  const memory = (kept?: unknown): Memory & { kept: unknown } => {
    const store = {
      kept,
      get: () => store.kept,
      update: (_key: string, value: unknown) => {
        store.kept = JSON.parse(JSON.stringify(value));
        return Promise.resolve();
      },
    };
    return store;
  };
  const short: Explained = { sentences: [{ text: 'x', citations: [] }], citations: [] };

  it('survives a restart', async () => {
    const store = memory();
    await new ExplanationCache(store).set('k', explained);
    expect(new ExplanationCache(store).get('k')).toEqual(explained);
  });

  it('forgets what was not used for longest', async () => {
    const store = memory();
    const cache = new ExplanationCache(store);
    for (let at = 0; at < entriesMax; at++) await cache.set(`${at}`, short);
    cache.get('0');
    await cache.set('new', short);
    expect(cache.get('0')).toEqual(short);
    expect(cache.get('1')).toBeUndefined();
    expect(store.kept).toHaveLength(entriesMax);
  });

  it('keeps nothing that is too long', async () => {
    const cache = new ExplanationCache(memory());
    await cache.set('k', { sentences: [{ text: 'x'.repeat(entryCharsMax), citations: [] }], citations: [] });
    expect(cache.get('k')).toBeUndefined();
  });

  it.each([['text'], [[['k', 'no']]], [[['k', { sentences: 1 }]]], [{}]])(
    'begins anew where %j was kept',
    (kept) => {
      expect(new ExplanationCache(memory(kept)).get('k')).toBeUndefined();
    },
  );
});
