import { describe, expect, it } from 'vitest';
import { AnswerSoFar } from '../../../src/documents/answerSoFar';
import { stillHolds, witnessesMax, witnessesOf, type TextOf } from '../../../src/hover/basis';
import { entriesMax, entryCharsMax, ExplanationCache, type Memory } from '../../../src/hover/cache';
import {
  draftPage,
  explainedOf,
  explanationKey,
  explanationPage,
  hoverMarkdown,
  type Explained,
} from '../../../src/hover/explanation';
import { listedMax, noPlaces, placeList } from '../../../src/hover/places';
import type { Place } from '../../../protocol/messages';
import { textSha256 as sha256 } from '../../../server/text/windows';
import { answer } from '../../protocol/fakes';
import { plain } from './plain';

const subject = { title: 'clear', path: 'src/cache.ts', startLine: 7, endLine: 7 };
const addressOf = ({ path, startLine }: { path: string; startLine: number }): string =>
  `file:///repos/${path}#L${startLine}`;
const known = { places: noPlaces, witnesses: [] };
const explained = explainedOf(answer, known);

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
    const places = { ...noPlaces, definitions: placeList([subject]) };
    const shown = (): string => draftPage(subject, soFar, places, addressOf, plain, 'en').text;
    expect(shown()).toContain('*Starting…*');
    soFar.add({ type: 'progress', phase: 'route', done: 0, total: 0, message: '' });
    expect(shown()).toContain('*Searching…*');
    soFar.add({ type: 'token', text: 'It clears. And' });
    soFar.add({ type: 'sentence', index: 0, sentence: { text: 'It clears.', citations: [] }, citations: [] });
    expect(shown()).toContain('It clears. (?) And\n\n## Defined in\n\n- [d1] src/cache.ts:7\n');
  });

  it('is short in a hover, where links are given by the caller', () => {
    const [citation] = answer.citations;
    const text = hoverMarkdown(
      explained,
      ({ path, startLine }) => `command:open?${path}:${startLine}`,
      plain,
    );
    expect(text).toBe(
      `It is cleared by clear. [\\[1\\]](command:open?${citation!.path}:${citation!.startLine}) Nobody calls it.`,
    );
  });

  it('shows no icon in a hover that a text names', () => {
    const sentences = [{ text: 'Runs `$(make)` and $(trash).', citations: [] }];
    const text = hoverMarkdown({ ...explained, sentences }, () => 'command:open', plain);
    expect(text).toBe('Runs `$ (make)` and $ (trash).');
  });

  it('lists where a symbol is defined and used, up to a limit', () => {
    const uses = Array.from({ length: listedMax + 2 }, (_, at) => ({
      path: `src/[use${at}](x).ts`,
      startLine: 1,
      endLine: 1,
    }));
    const places = { definitions: placeList([subject]), uses: placeList(uses) };
    const page = explanationPage(subject, { ...explained, places }, [], addressOf, plain);
    expect(page.text).toContain(
      '## Defined in\n\n- [d1] src/cache.ts:7\n\n## Used in\n\n- [u1] src/[use0] (x).ts:1\n',
    );
    expect(page.text).toContain(`- [u${listedMax}] src/[use${listedMax - 1}] (x).ts:1\n- and 2 more\n`);
    expect(page.links.filter(({ place }) => place.path.includes('use'))).toHaveLength(listedMax);
    expect(page.saved).toContain('[d1]: <file:///repos/src/cache.ts#L7> "src/cache.ts:7"');
    // Many uses would push the text out of a hover.
    const link = ({ path, startLine }: Place): string =>
      `command:open?${encodeURIComponent(path)}:${startLine}`;
    const text = hoverMarkdown({ ...explained, places }, link, plain);
    expect(text).toContain('Defined in: [src/cache.ts:7](command:open?src%2Fcache.ts:7)');
    expect(text).not.toContain('Used in');
    const few = { ...places, uses: placeList(uses.slice(0, 1)) };
    expect(hoverMarkdown({ ...explained, places: few }, link, plain)).toContain(
      'Used in: [src/[use0\\](x).ts:1](',
    );
  });

  it('holds for one reading of one line in one file by one model', () => {
    const packages = { modelPackage: '', readerPackage: 'auto' };
    const parts = { ...packages, path: 'a.ts', line: 7, lineText: 'clear()', word: 'clear' };
    const keys = [
      parts,
      { ...parts, modelPackage: 'm' },
      { ...parts, readerPackage: 'none' },
      { ...parts, path: 'b.ts' },
      { ...parts, line: 8 },
      { ...parts, lineText: 'clear(1)' },
      { ...parts, word: 'cl' },
    ];
    expect(new Set(keys.map(explanationKey)).size).toBe(keys.length);
    expect(explanationKey({ ...parts })).toBe(explanationKey(parts));
  });
});

describe('what an explanation rests on', () => {
  const place = { path: 'a.ts', startLine: 2, endLine: 3 };
  const text = 'one\r\ntwo\r\nthree\r\nfour';
  const of =
    (texts: Record<string, string>): TextOf =>
    (path) =>
      Promise.resolve(texts[path]);

  it.each<[string, Record<string, string>, boolean]>([
    ['reads as it did', { 'a.ts': text }, true],
    ['has other line ends', { 'a.ts': text.replaceAll('\r', '') }, true],
    ['changed elsewhere', { 'a.ts': text.replace('four', 'fünf') }, true],
    ['changed', { 'a.ts': text.replace('three', 'drei') }, false],
    ['moved', { 'a.ts': `zero\n${text}` }, false],
    ['is gone', {}, false],
  ])('%s', async (_how, now, holds) => {
    const witnesses = await witnessesOf([place, { ...place, path: 'absent.ts' }], of({ 'a.ts': text }));
    expect(witnesses).toHaveLength(1);
    expect(await stillHolds(witnesses, of(now))).toBe(holds);
  });

  it('is compared by what the server hashed', async () => {
    const citation = { ...answer.citations[0]!, ...place, sha256: sha256('two\nthree') };
    const { basis } = explainedOf({ ...answer, citations: [citation] }, known);
    expect(await stillHolds(basis, of({ 'a.ts': text }))).toBe(true);
    expect(await stillHolds(basis, of({ 'a.ts': `${text}\n` }))).toBe(true);
    expect(await stillHolds(basis, of({ 'a.ts': text.replace('two', '2') }))).toBe(false);
  });

  it('is read once for each file', async () => {
    let reads = 0;
    const counted: TextOf = () => Promise.resolve((reads++, text));
    await witnessesOf([place, { ...place, startLine: 1 }], counted);
    expect(reads).toBe(1);
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
  const short: Explained = {
    sentences: [{ text: 'x', citations: [] }],
    citations: [],
    places: noPlaces,
    basis: [],
  };

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
    await cache.set('k', { ...short, sentences: [{ text: 'x'.repeat(entryCharsMax), citations: [] }] });
    expect(cache.get('k')).toBeUndefined();
    const witness = { path: 'a.ts', startLine: 1, endLine: 1, sha256: '' };
    await cache.set('k', { ...short, basis: Array.from({ length: witnessesMax + 1 }, () => witness) });
    expect(cache.get('k')).toBeUndefined();
  });

  it.each([
    ['text'],
    [[['k', 'no']]],
    [[['k', { sentences: [], citations: [] }]]],
    [[['k', { sentences: [], citations: [], basis: [], places: {} }]]],
    [{}],
  ])('begins anew where %j was kept', (kept) => {
    expect(new ExplanationCache(memory(kept)).get('k')).toBeUndefined();
  });
});
