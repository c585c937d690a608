import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { quantile } from '../../../bench/answers/figures';
import type { AskedQuestion } from '../../../bench/answers/questions';
import { figuresOf, judge } from '../../../bench/explain/figures';
import { subjectsOf, type Explained } from '../../../bench/explain/measure';
import { firstSymbol, parametersOf } from '../../../bench/explain/symbols';
import { symbolAt } from '../../../server/answering/explain';
import { namesIn, namesOutside } from '../../../server/landmark/cite';
import { temporaryFolder } from '../support/temporaryFolder';

describe('the symbol of some lines', () => {
  test.each<[string, string, string]>([
    [
      'a Python function',
      'def stream(self, data: dict[str, int] = {}, *args, **kwargs):',
      'stream data args kwargs',
    ],
    ['a function of a common name', '    def match(self, string):', 'match string'],
    ['a getter', '  get (key: Key): Value | undefined {', 'get key'],
    ['a Python class', 'class Blueprint(Scaffold):', 'Blueprint'],
    [
      'a Go function',
      'func retransmitLimit(retransmitMult, n int) int {',
      'retransmitLimit retransmitMult n',
    ],
    [
      'a Go method',
      'func (m *Memberlist) refute(me *nodeState, accusedInc uint32) {',
      'refute me accusedInc',
    ],
    [
      'a Rust function',
      '    pub fn add<S: AsRef<str> + Into<String>>(&mut self, mut line: S) -> bool {',
      'add line',
    ],
    ['a Rust implementation', 'impl Default for Config {', 'Default'],
    [
      'a method of TypeScript',
      '  async * send (key: Map<string, Set<A>>, { a, b }: C): Generator<Q> {',
      'send key',
    ],
    [
      'a function type among parameters',
      'export function each (run: (one: A) => void, ...rest: B[]): void {',
      'each run rest',
    ],
    ['a constant', 'export const ADDRESS_DIAL_TIMEOUT = 6_000', 'ADDRESS_DIAL_TIMEOUT'],
    ['a variable of Rust', '        let mut key_map: HashMap<K, V> = HashMap::new();', 'key_map'],
    ['a call that opens a block', "  describe('a thing', () => {", 'describe'],
    ['an arm of a match', '            E(K::Char(c), M::CTRL) => {', 'Char'],
    ['a condition', '    if (isNetworkAddress(addr)) {', 'isNetworkAddress'],
    ['a field of its object', '    this.pending = this.queue.size', 'pending'],
    ['a name in a string alone', '    return "of a name" + suffix  # to say', 'suffix'],
  ])('%s', (_, line, expected) => {
    const symbol = firstSymbol([line], { startLine: 1, endLine: 1 })!;
    expect([symbol.name, ...symbol.parameters].join(' ')).toBe(expected);
    expect(symbolAt(line, symbol.column)).toBe(symbol.name);
  });

  test('stands in the first line that has one', () => {
    const lines = [
      'outside = 1',
      '',
      '// names of a comment',
      '/* of_one',
      ' * more',
      ' */',
      '#[cfg(unix)]',
      'try {',
    ];
    expect(firstSymbol([...lines, 'found()', 'other()'], { startLine: 2, endLine: 99 })).toEqual({
      ...{ line: 9, column: 1, name: 'found', parameters: [] },
    });
    expect(firstSymbol(lines, { startLine: 2, endLine: 8 })).toBeUndefined();
    const text = ['"""Says something', 'about a_name.', '"""', '"""One line."""', 'self.found = 1'];
    expect(firstSymbol(text, { startLine: 1, endLine: 5 })?.name).toBe('found');
  });

  test('has the parameters of all its lines', () => {
    const lines = ['fn search<F>(', '    &self,', '    term: &str,', '    test: F,', ') -> bool {'];
    expect(firstSymbol(lines, { startLine: 1, endLine: 1 })?.parameters).toEqual(['term', 'test']);
    expect(parametersOf(' = (a, b) => a')).toEqual([]);
    expect(parametersOf('(a, b')).toEqual([]);
    expect(parametersOf('()')).toEqual([]);
    expect(parametersOf('[K any, V any](m map[K]V, private readonly x)')).toEqual(['m', 'x']);
  });
});

test('each question gives one symbol at most, and none twice', () => {
  const root = temporaryFolder();
  writeFileSync(join(root, 'a.py'), 'def one(x):\n    return x\n# nothing\ndef two():\n    one(2)\n');
  const question = (id: string, start: number, end: number): AskedQuestion => ({
    ...{ id, repository: 'r', root, question: '?', isOwn: true, answerable: true },
    goldSpans: [
      { file: 'a.py', start, end },
      { file: 'a.py', start: 4, end: 5 },
    ],
    ...{ goldFiles: ['a.py'], keyFacts: [], reference: '' },
  });
  const subjects = subjectsOf([
    question('a', 1, 2),
    question('b', 5, 5),
    question('c', 3, 3),
    { ...question('d', 1, 1), goldSpans: [] },
    question('e', 3, 4),
  ]);
  expect(subjects.map(({ id, line, name }) => [id, line, name])).toEqual([
    ['a', 1, 'one'],
    ['e', 4, 'two'],
  ]);
});

test('names are invented where they stand nowhere, as they are spelled', () => {
  const known = namesIn('src/cart.py\ndef add_item(self, item): total = 1');
  expect(namesOutside('`add_item` calls addItem(item) and `Cart.total` of `cart`.', known)).toEqual([
    'Cart',
    'addItem',
  ]);
  expect(namesOutside('Plain words are no names.', known)).toEqual([]);
});

describe('an explanation', () => {
  const block = (path: string, startLine: number, endLine: number, text: string) => ({
    ...{ path, startLine, endLine },
    text,
  });
  const own = block('a.py', 1, 4, 'def add_item(self, item):');
  const use = block('b.py', 8, 9, 'cart.add_item(pear)');
  const explained: Explained = {
    subject: {
      ...{ id: 'q', repository: 'r', root: '/r', isOwn: true, path: 'a.py' },
      ...{ line: 1, column: 5, name: 'add_item', parameters: ['item'] },
    },
    answered: {
      answer: '`add_item` takes an item. `Basket` uses it.',
      abstained: false,
      sentences: [
        { text: '`add_item` takes an item.', cited: [own] },
        { text: '`Basket` uses it.', cited: [] },
      ],
      read: [own, use],
      ...{ promptTokens: 1, generatedTokens: 1, seconds: 4, citationProblems: [] },
    },
    firstTokenSeconds: 1,
    notes: ['The answer was cut because it began to repeat itself.'],
  };

  test('is judged by what was read', () => {
    expect(judge(explained)).toMatchObject({
      words: 7,
      isCut: true,
      citing: { of: 2, count: 1 },
      citesOwnBlock: true,
      invented: { of: 2, count: 1 },
      inventedNames: ['Basket'],
      saysParameter: true,
      citesUse: false,
    });
    const { subject, answered } = explained;
    const bare = {
      ...explained,
      subject: { ...subject, parameters: [], line: 9 },
      answered: { ...answered, read: [own] },
    };
    expect(judge(bare)).toMatchObject({ citesOwnBlock: false, saysParameter: undefined, citesUse: true });
    expect(judge({ ...bare, answered: { ...answered, read: [] } }).citesUse).toBeUndefined();
  });

  test('counts in figures once', () => {
    const figures = figuresOf(
      [judge(explained), { ...judge(explained), seconds: 2, saysParameter: undefined }],
      2,
    );
    expect(figures).toMatchObject({
      explanations: 2,
      firstToken: { within: { value: 1 } },
      end: { median: { value: 3 }, p95: { value: 4 }, within: { value: 0.5 } },
      sentencesCiting: { value: 0.5 },
      inventedCount: 2,
      inventedShare: { value: 0.5 },
      withParameters: 1,
      withUses: 2,
      citesUse: { value: 0 },
    });
    expect(quantile([], 0.95)).toBeUndefined();
    expect(quantile([3, 1, 2], 1)?.value).toBe(3);
  });
});
