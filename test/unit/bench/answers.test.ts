import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Answered } from '../../../bench/answers/arms';
import { citationProblem } from '../../../bench/answers/citations';
import {
  armFigures,
  difference,
  likelihoodFigures,
  medianOf,
  productFigures,
} from '../../../bench/answers/figures';
import {
  citationScore,
  factRecall,
  factsSaid,
  identifierSupport,
  spansHit,
  unsupportedSentences,
  wordCount,
} from '../../../bench/answers/judge';
import { lossOf } from '../../../server/model/native/reader';
import { Log } from '../../../bench/answers/log';
import { existingSpans, sampleEvenly, shuffle, type AskedQuestion } from '../../../bench/answers/questions';
import { score, type Scored } from '../../../bench/answers/score';
import { groupReport, groupTables } from '../../../bench/answers/tables';
import { textSha256 } from '../../../server/text/windows';
import { temporaryFolder } from '../support/temporaryFolder';

const lines = (path: string, startLine: number, endLine: number) => ({ path, startLine, endLine });
const block = (path: string, startLine: number, endLine: number, text: string) => ({
  ...lines(path, startLine, endLine),
  text,
});

describe('facts', () => {
  test('are counted as shares of those that a right answer holds', () => {
    const facts = ['max_len', '16|sixteen', 'escape'];
    expect(factsSaid('Escaped by max_len.', facts)).toEqual(['max_len', 'escape']);
    expect(factRecall('Escaped by max_len.', facts)).toBeCloseTo(2 / 3);
    expect(factRecall('Sixteen are escaped in max_len.', facts)).toBe(1);
    expect(factRecall('', facts)).toBe(0);
    expect(() => factRecall('text', [])).toThrow(RangeError);
  });
});

describe('citations', () => {
  const gold = {
    goldSpans: [
      { file: 'a.ts', start: 10, end: 19 },
      { file: 'b.ts', start: 1, end: 5 },
    ],
    goldFiles: ['a.ts', 'b.ts'],
  };

  test('are scored by distinct lines', () => {
    // 20 lines of a.ts, of which 5 are gold, and 20 of c.ts; the repeated block counts once.
    const cited = [lines('a.ts', 15, 34), lines('a.ts', 15, 34), lines('c.ts', 1, 20)];
    expect(citationScore(cited, gold)).toEqual({
      inGoldFiles: 0.5,
      inGoldSpans: 0.125,
      hitsGold: true,
      spansHit: 0.5,
    });
  });

  test('beside the gold lines miss them', () => {
    const found = citationScore([lines('a.ts', 20, 24), lines('b.ts', 6, 6)], gold)!;
    expect(found).toEqual({ inGoldFiles: 1, inGoldSpans: 0, hitsGold: false, spansHit: 0 });
  });

  test('say nothing where there are none, or no gold lines', () => {
    expect(citationScore([], gold)).toBeUndefined();
    expect(citationScore([lines('a.ts', 1, 2)], { goldSpans: [], goldFiles: ['a.ts'] })).toBeUndefined();
    expect(spansHit([lines('a.ts', 1, 2)], [])).toBe(0);
    expect(spansHit([lines('a.ts', 19, 19), lines('b.ts', 1, 1)], gold.goldSpans)).toBe(1);
  });

  test('must exist in the folder, with the text that was read', () => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'src'));
    writeFileSync(join(root, 'src', 'a.ts'), 'one\r\ntwo\r\nthree\r\n');
    const citation = (startLine: number, endLine: number, text: string) => ({
      ...{ n: 1, path: 'src/a.ts', startLine, endLine, score: 1, text },
      sha256: textSha256(text),
    });
    expect(citationProblem(root, citation(2, 3, 'two\nthree'))).toBeUndefined();
    expect(citationProblem(root, citation(2, 9, 'two'))).toMatch(/a\.ts:2-9 does not exist/);
    expect(citationProblem(root, citation(0, 1, 'one'))).toMatch(/does not exist/);
    expect(citationProblem(root, citation(2, 2, 'three'))).toMatch(/another text/);
    expect(citationProblem(root, { ...citation(1, 1, 'one'), path: 'src/b.ts' })).toMatch(/does not exist/);
    expect(citationProblem(root, { ...citation(1, 1, 'one'), sha256: '0' })).toMatch(/another hash/);
  });
});

describe('sentences', () => {
  const read = [
    block('src/cut.ts', 1, 3, 'const maxLen = lineCount;'),
    block('src/b.ts', 1, 1, 'let rowCount;'),
  ];
  const sentence = (text: string, cited: typeof read = []) => ({ text, cited });

  test('are supported where every identifier stands in a block they cite', () => {
    const sentences = [
      sentence('It is maxLen.', [read[0]!]),
      sentence('It is maxLen of rowCount.', [read[0]!]),
      sentence('It is maxLen of rowCount.', [...read]),
      sentence('It is `cut`.', [read[0]!]),
      sentence('It is short.', [read[0]!]),
      sentence('It is unknownName.'),
    ];
    expect(identifierSupport(sentences)).toEqual({ of: 4, count: 3 });
  });

  test('are unsupported where an identifier stands in nothing that was read', () => {
    const sentences = [
      sentence('It is maxLen.'),
      sentence('It is minLen.'),
      sentence('It is askedName in `cut`.'),
      sentence('It is short.'),
    ];
    expect(unsupportedSentences(sentences, read, 'What is askedName?')).toEqual({ of: 4, count: 1 });
    expect(unsupportedSentences(sentences, [], 'What?')).toEqual({ of: 4, count: 3 });
    expect(unsupportedSentences([], read, 'What?')).toEqual({ of: 0, count: 0 });
  });

  test('are made of words', () => {
    expect(wordCount('  It is `a b`.\n')).toBe(4);
    expect(wordCount('')).toBe(0);
  });
});

const asked = (id: string, change: Partial<AskedQuestion> = {}): AskedQuestion => ({
  ...{ id, repository: 'r', root: '/r', question: 'How long?', isOwn: true, answerable: true },
  ...{ goldSpans: [{ file: 'a.ts', start: 1, end: 4 }], goldFiles: ['a.ts'] },
  ...{ keyFacts: ['maxLen', '64'], reference: 'maxLen, 64.' },
  ...change,
});

const answered = (change: Partial<Answered> = {}): Answered => ({
  ...{ answer: 'It is maxLen.', abstained: false, promptTokens: 100, generatedTokens: 5, seconds: 2 },
  sentences: [{ text: 'It is maxLen.', cited: [lines('a.ts', 1, 2)] }],
  read: [block('a.ts', 1, 2, 'maxLen = 64')],
  citationProblems: [],
  ...change,
});

const refusal = answered({ answer: 'No maxLen here.', abstained: true, sentences: [], read: [] });

describe('a scored answer', () => {
  test('tells what was said and what was read', () => {
    const found = score('ours', asked('q'), answered());
    expect(found).toMatchObject({ factRecall: 0.5, factsSaid: ['maxLen'], factsMissing: ['64'] });
    expect(found).toMatchObject({ factsRead: 1, spansRead: 1, citedBlocks: 1, words: 3 });
    expect(found.citation).toMatchObject({ inGoldSpans: 1, hitsGold: true });
    expect(found.support).toEqual({ of: 1, count: 1 });
    expect(found.unsupported).toEqual({ of: 1, count: 0 });
  });

  test('that refuses says no fact', () => {
    expect(score('ours', asked('q'), refusal)).toMatchObject({
      factRecall: 0,
      factsSaid: [],
      abstained: true,
    });
  });

  test('to what cannot be answered recalls nothing', () => {
    const question = asked('n', { answerable: false, keyFacts: [], goldSpans: [], goldFiles: [] });
    const found = score('ours', question, answered());
    expect(found.factRecall).toBeUndefined();
    expect(found.spansRead).toBeUndefined();
  });
});

describe('figures', () => {
  const unanswerable = { answerable: false, keyFacts: [], goldSpans: [], goldFiles: [] };
  const whole = answered({ answer: 'maxLen is 64 wide.', seconds: 4 });
  const rows: Scored[] = [
    score('ours', asked('a'), answered()),
    score('ours', asked('b'), refusal),
    score('ours', asked('c'), whole),
    score('ours', asked('n1', unanswerable), refusal),
    score('ours', asked('n2', unanswerable), answered({ citationProblems: ['a.ts:1-2 does not exist'] })),
    score('gold', asked('a'), whole),
    score('gold', asked('c'), whole),
    score('bm25', asked('a'), answered({ answer: 'Nothing.' })),
    score('bm25', asked('b'), whole),
    score('bm25', asked('c'), whole),
  ];
  const ours = rows.filter(({ arm }) => arm === 'ours');

  test('of an arm count refusals as answers that say nothing', () => {
    const found = armFigures(ours);
    expect(found.questions).toBe(3);
    expect(found.factRecall?.value).toBe(0.5);
    expect(found.factRecallAnswered?.value).toBe(0.75);
    // Medians and means are those of what was spoken.
    expect(found.seconds?.value).toBe(3);
    expect(found.promptTokens?.value).toBe(100);
    expect(armFigures([]).factRecall).toBeUndefined();
  });

  test('of the product tell both ways to be wrong', () => {
    const found = productFigures(ours);
    expect(found.falseAbstentions?.value).toBeCloseTo(1 / 3);
    expect(found.falseAnswers?.value).toBe(0.5);
    expect(found.spansCited?.value).toBeCloseTo(2 / 3);
    expect(found.hitsGold?.value).toBe(1);
    expect(found.citationProblems).toEqual(['n2: a.ts:1-2 does not exist']);
  });

  test('of two arms are taken over the questions of both', () => {
    const ceiling = difference(rows, 'ours', 'gold');
    expect(ceiling.questions).toBe(2);
    expect(ceiling.factRecall?.value).toBe(-0.25);
    expect(ceiling.ratio?.value).toBe(0.75);
    const peer = difference(rows, 'ours', 'bm25');
    expect(peer.questions).toBe(3);
    expect(peer.factRecall?.value).toBeCloseTo(-1 / 6);
    expect(peer.factRecall!.low).toBeLessThan(peer.factRecall!.high);
    expect(difference(rows, 'ours', 'none')).toMatchObject({ questions: 0, factRecall: undefined });
  });

  test('of cached KV are a share of the mean loss', () => {
    const found = likelihoodFigures([
      { tokens: 10, cached: 2.02, cachedHalf: 2, refed: 2, nothing: 3 },
      { tokens: 10, cached: 4.04, cachedHalf: 4.04, refed: 4, nothing: 5 },
    ]);
    expect(found.percent?.value).toBeCloseTo(1);
    expect(found.int8Percent?.value).toBeCloseTo((6.06 / 6.04 - 1) * 100);
    expect(found.cached?.value).toBeCloseTo(3.03);
    expect(likelihoodFigures([]).percent).toBeUndefined();
  });

  test('stand in tables, with a dash where nothing was measured', () => {
    const report = groupReport({ title: 'r', repositories: ['r'] }, rows);
    const text = groupTables(report).join('\n');
    expect(text).toContain('| unanswerable questions answered | .50 (');
    expect(text).toContain('ours and bm25 | 3 |');
    expect(text).not.toContain('the floor');
    const empty = groupReport({ title: 'r', repositories: ['other'] }, rows);
    expect(empty).toMatchObject({ arms: {}, product: undefined, differences: [] });
  });

  test('in the middle', () => {
    expect(medianOf([3, 1, 2])).toBe(2);
    expect(medianOf([4, 1, 3, 2])).toBe(2.5);
  });
});

test('a token is lost by its share of the whole', () => {
  const logits = Float32Array.from([1, 3, 0.5, -2]);
  const whole = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
  expect(lossOf(logits, 1)).toBeCloseTo(-Math.log(Math.exp(3) / whole), 5);
  // Large logits do not overflow.
  expect(lossOf(Float32Array.from([1000, 1000]), 0)).toBeCloseTo(Math.log(2), 5);
});

test('gold lines that do not exist are left out', () => {
  const root = temporaryFolder();
  writeFileSync(join(root, 'a.ts'), 'one\ntwo\n');
  const span = (file: string, start: number, end: number) => ({ file, start, end });
  const spans = [span('a.ts', 1, 2), span('a.ts', 2, 3), span('b.ts', 1, 1), span('a.ts', 2, 1)];
  expect(existingSpans(root, spans)).toEqual([span('a.ts', 1, 2)]);
});

describe('a sample', () => {
  const groups = [
    ['a1', 'a2', 'a3', 'a4'],
    ['b1', 'b2'],
  ];

  test('takes from every group in turn, and grows at its end', () => {
    const small = sampleEvenly(groups, 4);
    expect(small.filter((name) => name.startsWith('b'))).toHaveLength(2);
    expect(sampleEvenly(groups, 6).slice(0, 4)).toEqual(small);
    expect(sampleEvenly(groups, 100).sort()).toEqual(['a1', 'a2', 'a3', 'a4', 'b1', 'b2']);
    expect(sampleEvenly(groups, 0)).toEqual([]);
  });

  test('is the same for the same seed', () => {
    const items = Array.from({ length: 50 }, (_, index) => index);
    expect(shuffle(items, 1)).toEqual(shuffle(items, 1));
    expect(shuffle(items, 1)).not.toEqual(shuffle(items, 2));
    expect(shuffle(items, 1).sort((left, right) => left - right)).toEqual(items);
  });
});

describe('the log', () => {
  const open = (folder: string, settings: unknown = { a: 1 }) =>
    Log.open<number>({ packageId: 'f'.repeat(64), name: 'ours', settings }, folder);

  test('keeps what was measured for the next run', () => {
    const folder = temporaryFolder();
    open(folder).add(['q', 'What?'], 7);
    expect(open(folder).get(['q', 'What?'])).toBe(7);
    expect(open(folder).get(['q', 'Why?'])).toBeUndefined();
    expect(open(folder, { a: 2 }).get(['q', 'What?'])).toBeUndefined();
  });

  test('loses no more than the line that was being written', () => {
    const folder = temporaryFolder();
    open(folder).add('first', 1);
    appendFileSync(join(folder, readdirSync(folder)[0]!), '\n{"key":"12');
    const log = open(folder);
    log.add('second', 2);
    expect([open(folder).get('first'), open(folder).get('second')]).toEqual([1, 2]);
  });

  test('forgets when it is told to', () => {
    const folder = temporaryFolder();
    const log = open(folder);
    log.add('first', 1);
    log.clear();
    expect(log.get('first')).toBeUndefined();
    log.add('second', 2);
    expect(readFileSync(join(folder, readdirSync(folder)[0]!), 'utf8')).not.toContain('first');
    expect(open(folder).get('second')).toBe(2);
  });
});
