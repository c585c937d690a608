import { describe, expect, it } from 'vitest';
import { createColors } from 'picocolors';
import type { AnswerResult, StreamEvent } from '../../protocol/messages';
import { answerDone, jsonLine } from '../../cli/json';
import { AnswerPrinter } from '../../cli/render/answer';
import { citationList, nearestList, place } from '../../cli/render/citations';
import { belowAnswer, statistics } from '../../cli/render/footer';
import { modelList } from '../../cli/render/model';
import { milestone, progressLine, type ProgressEvent } from '../../cli/render/progress';
import { estimateReport, indexReport, statusReport } from '../../cli/render/report';
import { searchList } from '../../cli/render/search';
import { bytes, count, duration, neutralize, neutralizeLine } from '../../cli/render/text';
import { answer, answerEvents, citation, hit } from '../protocol/fakes';
import { storedReport } from './support/indexReport';

const plain = createColors(false);
const style = { root: '/repos/flask', folder: '/repos/flask', colors: plain };

/** Runs one function over a table of inputs and what each must give. */
function check<Input, Output>(name: string, of: (input: Input) => Output, cases: [Input, Output][]): void {
  it.each(cases)(`${name}: %j`, (input, expected) => {
    expect(of(input)).toEqual(expected);
  });
}

describe('text for a terminal', () => {
  check('neutralize', neutralize, [
    ['plain text, ä, 漢, 🙂', 'plain text, ä, 漢, 🙂'],
    ['two\nlines\twith a tab', 'two\nlines\twith a tab'],
    ['windows\r\nlines', 'windows\nlines'],
    ['\x1b[2J\x1b]0;title\x07', '␛[2J␛]0;title␇'],
    ['over\rwritten', 'over␍written'],
    ['back\b\x7f\0', 'back␈␡␀'],
    ['\x9b2J', '\ufffd2J'],
    ['if (\u202etrue\u2066)', 'if (\ufffdtrue\ufffd)'],
  ]);
  check('neutralizeLine', neutralizeLine, [['a\nb\tc', 'a␊b␉c']]);
  check('count', (value: number) => count(value, 'block'), [
    [0, '0 blocks'],
    [1, '1 block'],
    [1_204, '1,204 blocks'],
  ]);
  check('duration', duration, [
    [340, '340 ms'],
    [2_100, '2.1 s'],
    [125_000, '2 min 5 s'],
  ]);
  check('bytes', bytes, [
    [12, '12 bytes'],
    [491_400_064, '491.4 MB'],
    [1_117_320_768, '1.1 GB'],
  ]);
});

describe('citations', () => {
  check('place', (folder: string) => place(hit, { ...style, folder }), [
    ['/repos/flask', 'src/cache.ts:3-5'],
    ['/repos', 'flask/src/cache.ts:3-5'],
    ['/home', '/repos/flask/src/cache.ts:3-5'],
  ]);

  it('writes a single line as path:line', () => {
    expect(place({ path: 'a\x1b.ts', startLine: 7, endLine: 7 }, style)).toBe('a␛.ts:7');
  });

  it('quotes at most eight lines, each cut and neutralized', () => {
    const lines = Array.from({ length: 12 }, (_, index) => `line ${index + 1}`);
    lines[1] = '\x1b[31mred';
    lines[2] = 'x'.repeat(500);
    const listed = citationList([{ ...citation, text: lines.join('\r\n') }], style).split('\n');
    expect(listed[0]).toBe('[1] src/cache.ts:3-5');
    expect(listed.slice(1, 3)).toEqual(['    line 1', '    ␛[31mred']);
    expect(listed[3]).toBe(`    ${'x'.repeat(199)}…`);
    expect(listed.slice(8)).toEqual(['    line 8', '    …', '']);
  });

  it('lists the nearest places, or nothing', () => {
    expect(nearestList([hit], style)).toBe('The nearest places to look:\n  src/cache.ts:3-5\n');
    expect(nearestList([], style)).toBe('');
  });
});

describe('below an answer', () => {
  it('says what was searched, read and how fast', () => {
    expect(statistics(answer)).toBe(
      'Searched 1,204 blocks by words, 96 by landmarks. Read 1 block in 1 file, 2,310 tokens from cache, ' +
        '1,024 encoded. First token 2.1 s, 41 tokens/s.',
    );
  });

  it('leaves the speed out where nothing was generated', () => {
    const timings = { ...answer.timings, generatedTokens: 0 };
    expect(statistics({ ...answer, timings })).toMatch(/1,024 encoded\.$/);
  });

  it('says where to look when it abstains', () => {
    const abstained: AnswerResult = {
      ...answer,
      answer: '',
      sentences: [],
      citations: [],
      abstained: true,
      nearest: [hit],
      notes: ['The question was cut.'],
    };
    expect(belowAnswer(abstained, style)).toMatch(
      /^The workspace does not seem to contain an answer\.\n\nThe nearest places to look:\n.*:3-5\n\nThe question was cut\.\nSearched/,
    );
  });

  it('names a section of a folder by its file, and a symbol beside its lines', () => {
    const sentences = [{ text: 'A cache.', citations: [1] }];
    const place = { path: 'src/a.ts', startLine: 1, endLine: 9, sentences };
    const sections = [
      { ...place, title: 'src/a.ts' },
      { ...place, title: '' },
      { ...place, title: 'clear\x1b\n' },
    ];
    const written = belowAnswer({ ...answer, blocksRead: 2, blocksTotal: 2, sections }, style).split('\n');
    expect(written.slice(0, 3)).toEqual([
      '  src/a.ts  A cache. [1]',
      '  1-9  A cache. [1]',
      '  clear␛␊ 1-9  A cache. [1]',
    ]);
  });

  it('shows the sections of a summary', () => {
    const sentences = [
      { text: 'A cache.\nAnd more.', citations: [1] },
      { text: 'Guessed.', citations: [] },
    ];
    const sections = [{ title: 'clear', path: 'src/cache.ts', startLine: 1, endLine: 9, sentences }];
    expect(belowAnswer({ ...answer, blocksRead: 2, blocksTotal: 2, sections }, style)).toMatch(
      /^ {2}clear 1-9 {2}A cache\.\n {4}And more\. \[1\] Guessed\. \[\?\]\nRead 2 of 2 blocks\.\n\n\[1\]/,
    );
  });
});

describe('an answer while it is generated', () => {
  const print = (events: readonly StreamEvent[], result: AnswerResult): string => {
    const printer = new AnswerPrinter({ colors: plain, live: false, columns: () => 80, rows: () => 24 });
    const written = events.map((event) => {
      if (event.type === 'token') return printer.token(event.text);
      return event.type === 'sentence' ? printer.sentence(event.sentence) : '';
    });
    return `${written.join('')}${printer.finish(result)}`;
  };
  const marked = 'It is cleared by clear. [1] Nobody calls it. [?]\n';
  const token = (text: string): StreamEvent => ({ type: 'token', text });
  const sentence = (index: number): StreamEvent => ({
    type: 'sentence',
    index,
    sentence: answer.sentences[index]!,
    citations: [],
  });

  check('prints', (events: readonly StreamEvent[]) => print(events, answer), [
    [answerEvents, marked],
    [[], marked],
    [[token(answer.answer), sentence(0), sentence(1)], marked],
    [[sentence(0), sentence(1)], marked],
    [[token('It is cleared by clear.'), sentence(0)], marked],
    [[token('It is cleared by clear.'), sentence(0), token(' Nobody calls')], marked],
  ]);

  it('keeps the line feeds between sentences', () => {
    const sentences = [
      { text: 'Two ways:', citations: [1] },
      { text: '- one', citations: [1, 2] },
    ];
    const result = { ...answer, answer: 'Two ways:\n\n- one\n', sentences };
    expect(print([], result)).toBe('Two ways: [1]\n\n- one [1][2]\n');
    expect(print([token('Two ways:\n\n- one\n')], result)).toBe('Two ways: [1]\n\n- one [1][2]\n');
  });

  it('neutralizes what the model writes', () => {
    const sentences = [{ text: 'a\x1b[2Jb.', citations: [1] }];
    expect(print([], { ...answer, answer: 'a\x1b[2Jb.', sentences })).toBe('a␛[2Jb. [1]\n');
  });

  it('marks nothing where it abstains', () => {
    const sentences = [{ text: 'It is not here.', citations: [] }];
    const result = { ...answer, answer: 'It is not here.', sentences, abstained: true };
    expect(print([], result)).toBe('It is not here.\n');
  });

  it('prints an answer without sentences as it stands', () => {
    expect(print([], { ...answer, answer: 'Just so.', sentences: [] })).toBe('Just so.\n');
    expect(print([], { ...answer, answer: '', sentences: [] })).toBe('');
  });
});

describe('progress', () => {
  const event = (part: Partial<ProgressEvent>): ProgressEvent => ({
    type: 'progress',
    phase: 'index',
    done: 0,
    total: 0,
    message: '',
    ...part,
  });
  check('progressLine', (part: Partial<ProgressEvent>) => progressLine(event(part), 60), [
    [{ done: 150, total: 300 }, 'Indexing windows [============            ] 150 of 300'],
    [{ phase: 'walk', done: 1_204 }, 'Listing files 1,204'],
    [{ phase: 'model' }, 'Loading the model'],
    [{ phase: 'read', message: 'a\x1b\n.ts' }, 'Reading blocks (a␛␊.ts)'],
    [{ phase: 'walk', message: 'x'.repeat(99) }, `Listing files (${'x'.repeat(44)}…`],
    [{ phase: 'fetch', done: 9e6, total: 4e6 }, `Fetching the base model [${'='.repeat(24)}] 9.0 MB o…`],
  ]);
  check(
    'milestone',
    ([before, after]: [Partial<ProgressEvent> | undefined, Partial<ProgressEvent>]) =>
      milestone(before && event(before), event(after)),
    [
      [[undefined, { total: 300 }], 'Indexing windows 0 of 300'],
      [
        [
          { done: 1, total: 300 },
          { done: 29, total: 300 },
        ],
        undefined,
      ],
      [
        [
          { done: 29, total: 300 },
          { done: 30, total: 300 },
        ],
        'Indexing windows 30 of 300',
      ],
      [[{ done: 300, total: 300 }, { phase: 'read' }], 'Reading blocks'],
      [
        [
          { phase: 'walk', done: 5 },
          { phase: 'walk', done: 900 },
        ],
        undefined,
      ],
    ],
  );
});

describe('reports', () => {
  it('lists ranked blocks with their scores', () => {
    const blocks = [hit, { ...hit, startLine: 9, endLine: 9, landmarkScore: null, probability: null }];
    expect(searchList({ blocks, coverage: answer.coverage, answerProbability: 0.9 }, style)).toBe(
      '1  src/cache.ts:3-5  50 % likely  landmark 0.400, words 2.00\n' +
        '2  src/cache.ts:9  0.5000  landmark no key yet, words 2.00\n' +
        '2 blocks. Searched 1,204 by words, 96 by landmarks.\n',
    );
  });

  it('says that nothing was left to encode', () => {
    const report = { ...storedReport, skipped: { binary: 2, tooLarge: 1 }, linesCut: 1 };
    expect(indexReport(report)).toBe(
      '1 file, 1 window, 2 blocks, 90 tokens.\nEverything was stored already (12 ms).\n5.0 kB on disk.\n' +
        'Left out: 2 binary, 1 too large.\n1 line cut at the line limit.\n',
    );
  });

  it('lists models with the form of their products', () => {
    const model = { name: 'toy', folder: '/models/toy', weightsFolder: '/cache/toy', licence: 'Base: MIT' };
    const ready = { ...model, state: 'ready' as const, form: 'blocks' as const, bytesOnDisk: 5_000 };
    const missing = { ...model, state: 'missing' as const, bytesOnDisk: 0 };
    expect(modelList({ packages: [ready, missing] })).toBe(
      'toy  5.0 kB, products in blocks  Base: MIT\n  /models/toy\n' +
        'toy  weights not on this machine  Base: MIT\n  /models/toy\n',
    );
  });

  it('says what a build would cost', () => {
    const estimate = {
      files: 2,
      bytes: 3_000,
      blocks: 9,
      tokens: 500,
      tokensToEncode: 300,
      seconds: 65,
      bytesOnDisk: 9_000,
    };
    expect(estimateReport(estimate)).toBe(
      '2 files of 3.0 kB, 9 blocks, 500 tokens.\n300 tokens to encode: about 1 min 5 s.\n' +
        'At most 9.0 kB on disk, keys and values of what is read included.\n',
    );
    expect(estimateReport({ ...estimate, tokensToEncode: 0 })).toContain('Everything is stored already.\n');
  });

  it('shows how far a workspace is', () => {
    const workspace = {
      root: '/repos/flask',
      files: 12,
      windows: 40,
      blocks: 300,
      landmarkBlocks: 200,
      warmWindows: 3,
      bytesOnDisk: 5_000,
      filesSearchable: 7,
      kvQuotaBytes: 4_000_000_000,
      skipped: { ignored: 2 },
      skippedFiles: [],
    };
    const model = { state: 'notLoaded' as const, name: 'toy' };
    expect(statusReport({ serverVersion: '1.0.0', model, workspace })).toBe(
      'Landmark 1.0.0\nModel toy: on this machine, not loaded\n' +
        'Workspace /repos/flask: 12 files, 40 windows, 300 blocks\n' +
        '  200 of 300 blocks searchable by landmarks, 3 of 40 windows warm\n' +
        '  7 of 12 files wholly searchable; 5.0 kB on disk, keys and values limited to 4.0 GB\n' +
        '  Left out: 2 ignored.\n',
    );
    const read = statusReport({ serverVersion: '1.0.0', model: { ...model, reader: 'large' } });
    expect(read).toContain('not loaded\nAnswers: large\n');
  });
});

describe('JSON lines', () => {
  it('gives the same text back and holds no control character', () => {
    const value = { text: '\x1b[2J \x9b2J \x7f \u202e \u2028 漢\n' };
    const line = jsonLine(value);
    expect(line.slice(0, -1)).toMatch(/^[^\p{Cc}\u2028-\u202e]+$/u);
    expect(JSON.parse(line)).toEqual(value);
  });

  it('leaves the citations’ texts out of the last line', () => {
    expect(answerDone(answer)).toMatchObject({ type: 'done', abstained: false });
    expect(jsonLine(answerDone(answer))).not.toContain('entries = []');
  });
});
