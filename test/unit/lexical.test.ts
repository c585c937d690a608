import { expect, test } from 'vitest';
import { finishSteps } from '../../server/concurrency';
import { LexicalIndex, words } from '../../server/landmark/lexical';

const blocks = [
  {
    path: 'src/httpServer.ts',
    text: 'export class HTTPServer { startListening(port: number) { this.port_number = port; } }',
  },
  { path: 'src/config.py', text: 'def load_config(path):\n    return parse_config(open(path).read())' },
  { path: 'README.md', text: 'How the server reads its config file and starts listening on a port.' },
  { path: 'src/empty.ts', text: '}' },
  { path: 'src/util.py', text: 'def _private(x2): return getURLPath2(x2) + __init__' },
];
const index = LexicalIndex.build(blocks);

/** Expected scores come from an independent implementation of the same formula in double precision. */
function editedNow(before: LexicalIndex, ...edit: Parameters<LexicalIndex['edited']>): LexicalIndex {
  return finishSteps(before.edited(...edit));
}

test.each<[string, number[]]>([
  ['how does the server load its config', [1.051431, 2.649724, 1.658422, 0, 0]],
  ['HTTPServer startListening', [7.394361, 0, 1.658422, 0, 0]],
  ['where is getURLPath2', [0, 0, 0, 0, 5.579763]],
  ['of the and', [0, 0, 0, 0, 0]],
  ['zebra', [0, 0, 0, 0, 0]],
  ['port port PORT_number', [4.048891, 0, 0.829211, 0, 0]],
  ['_private __init__', [0, 0, 0, 0, 2.789881]],
  ['', [0, 0, 0, 0, 0]],
])('scores %j', (question, expected) => {
  const scores = index.scores(question);
  expect(scores.length).toBe(expected.length);
  expected.forEach((score, blockIndex) => {
    expect(scores[blockIndex]).toBeCloseTo(score, 5);
  });
});

test.each<[string, string[]]>([
  ['HTTPServer', ['httpserver', 'http', 'server']],
  ['getURLPath2', ['geturlpath2', 'get', 'url', 'path2']],
  ['_private', ['_private']],
  ['__init__', ['__init__']],
  ['MAX_SIZE2big', ['max_size2big', 'max', 'size', '2big']],
  ['a.b_c9D', ['a', 'b_c9d', 'b', 'c9', 'd']],
  ['x86_64 é naïve', ['x86_64', 'x86', '64', 'na', 've']],
  ['constructor __proto__', ['constructor', '__proto__']],
])('finds the words of %j', (text, expected) => {
  expect(words(text)).toEqual(expected);
});

test('names the words that matched, the weightiest first', () => {
  expect(index.matches('how does the server load its config', 1)).toEqual(['config', 'load']);
  expect(index.matches('how does the server load its config', 3)).toEqual([]);
  expect(index.matches('of the constructor', 0)).toEqual([]);
});

test('spells matched words as the question does, parts only where the whole is missing', () => {
  const small = LexicalIndex.build([
    { path: 'a.ts', text: 'class HTTPServer { listen() {} }' },
    { path: 'b.ts', text: 'an http client' },
  ]);
  expect(small.matches('Does HTTPServer Listen?', 0)).toEqual(['HTTPServer', 'Listen']);
  expect(small.matches('Does HTTPServer Listen?', 1)).toEqual(['HTTP']);
  expect(small.matches('What is http, HTTP or Http?', 1)).toEqual(['http']);
});

test('holds no blocks, or blocks without words', () => {
  expect(LexicalIndex.build([]).scores('server')).toEqual(new Float32Array(0));
  expect(LexicalIndex.build([{ path: '', text: '{}' }]).scores('server')).toEqual(Float32Array.of(0));
});

test('builds from a generator', () => {
  function* many(): Generator<{ path: string; text: string }> {
    for (let at = 0; at < 3_000; at++) yield { path: `f${at}.ts`, text: `const word${at} = shared_name;` };
  }
  const large = LexicalIndex.build(many());
  expect(large.blockCount).toBe(3_000);
  expect(large.scores('word1234').findIndex((score) => score > 0)).toBe(1234);
  expect(large.scores('sharedName').every((score) => score > 0)).toBe(true);
});

/** The best of each is what `best_coverage` of training/landmark_training/bm25.py gives for the same blocks. */
test.each<[string, number, number]>([
  ['how does the server load its config', 1, 0.720942],
  ['where is getURLPath2', 4, 1],
  ['zebra port', 0, 0.260527],
  ['HTTPServer zebra', 0, 0.594828],
  ['of the and', 0, 0],
])('says how much of %j a block holds', (question, blockIndex, expected) => {
  const coverage = index.coverage(question);
  expect(coverage[blockIndex]).toBeCloseTo(expected, 5);
  expect(Math.max(...coverage)).toBeCloseTo(expected, 5);
});

test('is after an edit what it is when built anew', () => {
  const after = [
    { path: 'a.ts', text: 'a new block before all others, with a zebra' },
    blocks[0]!,
    { path: 'src/config.py', text: 'def load_config(path): return None' },
    blocks[2]!,
    blocks[4]!,
    { path: 'z.ts', text: 'the server, the server again' },
  ];
  const isNew = (at: number): boolean => at === 0 || at === 2 || at === 5;
  const oldIndices = Int32Array.from(after, (block) => blocks.indexOf(block));
  const edited = editedNow(
    index,
    oldIndices,
    after.filter((_, at) => isNew(at)),
  );
  const built = LexicalIndex.build(after);
  expect(edited.blockCount).toBe(built.blockCount);
  for (const question of [
    'how does the server load its config',
    'HTTPServer zebra',
    'parse_config __init__ port',
  ]) {
    expect(edited.scores(question)).toEqual(built.scores(question));
    expect(edited.coverage(question)).toEqual(built.coverage(question));
    after.forEach((_, blockIndex) => {
      expect(edited.matches(question, blockIndex)).toEqual(built.matches(question, blockIndex));
    });
  }
  // What was there before is left as it was: a request may still rank by it.
  expect(index.scores('zebra')).toEqual(new Float32Array(5));
});

test('can lose all blocks and get others', () => {
  const none = editedNow(index, new Int32Array(0), []);
  expect(none.scores('server')).toEqual(new Float32Array(0));
  const again = editedNow(none, Int32Array.of(-1), [blocks[2]!]);
  expect(again.scores('server')).toEqual(LexicalIndex.build([blocks[2]!]).scores('server'));
});
