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
  it('are absent under the threshold', () => {
    expect(chooseCitations('Nothing fits.', blocks, 0.6)).toEqual([]);
  });
});
