import { describe, expect, it } from 'vitest';
import { chooseCitations, identifiersOf } from '../../server/landmark/cite';

describe('identifiers of a sentence', () => {
  const cases: [string, string[]][] = [
    ['It calls `run_after` and Base.text.', ['run_after']],
    ['The function parseHeader(line) returns nothing.', ['parseHeader']],
    ['Call open() first.', ['open']],
    ['The store keeps blocks on disk.', []],
  ];
  it.each(cases)('%s', (sentence, names) => {
    expect(identifiersOf(sentence).sort()).toEqual([...names].sort());
  });
});

describe('citations', () => {
  const blocks = [
    { text: 'def run_after(base): pass', landmarkScore: 0.2 },
    { text: 'def other(): pass', landmarkScore: 0.5 },
    { text: 'nothing', landmarkScore: 0.1 },
  ];
  it('hold a name of the sentence where any block does', () => {
    const chosen = chooseCitations('It calls `run_after`.', blocks, 0.3);
    expect(chosen.map(({ blockIndex }) => blockIndex)).toEqual([0]);
  });
  it('go by the landmark where no block holds a name', () => {
    expect(
      chooseCitations('It does `something_else`.', blocks, 0.3).map(({ blockIndex }) => blockIndex),
    ).toEqual([1]);
  });
  it('go to the block whose words are said again', () => {
    const quoted = { text: '# Files are left out when they are too large.', landmarkScore: 0.15 };
    const chosen = chooseCitations('Files are left out when they are too large.', [...blocks, quoted], 0.42);
    expect(chosen.map(({ blockIndex }) => blockIndex)).toContain(3);
  });
  const cited = (sentence: string, found: typeof blocks): number[] =>
    chooseCitations(sentence, found, 0.3).map(({ blockIndex }) => blockIndex);

  describe('hold every name that any block holds', () => {
    const named = [
      { text: 'function openStore(path) {', landmarkScore: 0.6 },
      { text: 'openStore(path, options)', landmarkScore: 0.58 },
      { text: 'openStore(path) // again', landmarkScore: 0.57 },
      { text: 'class StoreError extends Error', landmarkScore: 0.1 },
      { text: 'retryMax = 3; StoreError', landmarkScore: 0.05 },
    ];
    it('before what else the sentence may rest on', () => {
      expect(cited('`openStore` throws a `StoreError`.', named)).toEqual([0, 1, 3]);
    });
    it('in as few blocks as do', () => {
      expect(cited('`openStore` throws a `StoreError` after `retryMax`.', named)).toEqual([0, 1, 4]);
    });
    it('unless the sentence rests on none', () => {
      const far = named.map((block) => ({ ...block, landmarkScore: -0.2 }));
      expect(cited('`openStore` throws a `StoreError`.', far)).toEqual([]);
    });
  });
  it('are three at most', () => {
    const many = ['first_one', 'second_one', 'third_one', 'fourth_one'].map((text) => ({
      text,
      landmarkScore: 0.5,
    }));
    expect(cited('`first_one`, `second_one`, `third_one` and `fourth_one`.', many)).toHaveLength(3);
  });
  it('are absent under the threshold', () => {
    expect(chooseCitations('Nothing fits.', blocks, 0.6)).toEqual([]);
  });
});
