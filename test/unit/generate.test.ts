import { describe, expect, test } from 'vitest';
import { DraftSource } from '../../server/answering/draft';
import { generate, type Generated } from '../../server/answering/generate';
import { CancelledError } from '../../server/errors';
import { NativeKvCache } from '../../server/model/native/kvCache';
import { RowsMemory } from '../../server/model/native/kvRows';
import { RotaryTable } from '../../server/model/rotary';
import { byteTokenizer } from './support/byteTokenizer';

const tokenizer = byteTokenizer();
const stop = 0;
const shape = {
  architecture: 'qwen2',
  layers: 0,
  width: 8,
  heads: 1,
  kvHeads: 1,
  headDim: 2,
  vocabulary: 256,
  ropeTheta: 10_000,
  rotaryPairs: 'halves' as const,
};

/** A base that says one text and then stops, whatever stands in a draft; knows the tokens in its cache. */
class Recital {
  readonly rows: number[] = [];
  private readonly read: number[] = [];

  constructor(private readonly text: Uint8Array) {}

  get first(): number {
    return this.text[0] ?? stop;
  }

  judge(
    tokens: Int32Array,
    count: number,
    cache: NativeKvCache,
    choices: Int32Array,
    signal: AbortSignal,
  ): Promise<void> {
    if (signal.aborted) return Promise.reject(new CancelledError());
    this.rows.push(count);
    this.read.length = cache.length;
    for (let i = 0; i < count; i++) {
      this.read.push(tokens[i]!);
      // What it says next depends on all it has read: a rejected token that stayed would be seen.
      const isRecited = this.read.every((token, at) => token === this.text[at]);
      choices[i] = isRecited ? (this.text[this.read.length] ?? stop) : 255;
    }
    cache.grow(count);
    return Promise.resolve();
  }
}

interface Spoken extends Generated {
  text: string;
  groups: string[];
  rows: number[];
  cached: number;
}

async function say(
  text: string,
  quotable: string[] | undefined,
  {
    maxTokens = 200,
    capacity = 400,
    signal = new AbortController().signal,
    onText = (): void => undefined,
  } = {},
): Promise<Spoken> {
  const recital = new Recital(Buffer.from(text));
  const cache = new NativeKvCache(shape, capacity, new RotaryTable(shape, capacity), new RowsMemory(0));
  const source =
    quotable &&
    new DraftSource(
      quotable.map((one) => [...Buffer.from(one)]),
      maxTokens,
    );
  const groups: string[] = [];
  const generated = await generate(
    recital,
    tokenizer,
    cache,
    recital.first,
    { maxTokens, stopTokens: new Set([stop]), ...(source && { source }) },
    (group) => {
      groups.push(group);
      onText();
    },
    signal,
  );
  return { ...generated, text: groups.join(''), groups, rows: recital.rows, cached: cache.length };
}

const code = 'export function total(price: number, count: number): number {';
const answer = `It is \`${code}\`, as the file says.`;

describe('greedy decoding with drafts', () => {
  test.each<[string, string, string[]]>([
    ['a quotation', answer, [code]],
    ['a quotation that breaks off', answer, ['export function total(cost: string)']],
    ['nothing that is there', answer, ['0123456789']],
    ['no text at all', answer, []],
    ['its own words', 'one two three four. one two three four.', []],
    ['characters of several bytes', 'größer: 木木木 größer', ['größer: 木木木']],
    ['an empty answer', '', [code]],
  ])('says the same as without: %s', async (_, text, quotable) => {
    const plain = await say(text, undefined);
    const drafted = await say(text, quotable);
    expect(plain.rows.every((count) => count === 1)).toBe(true);
    expect(drafted.text).toBe(plain.text);
    expect(drafted.tokens).toEqual(plain.tokens);
    expect(drafted.end).toBe(plain.end);
    // All but the stop token's run stand in the cache.
    expect(drafted.cached).toBe(plain.cached);
    expect(drafted.runs).toBeLessThanOrEqual(plain.runs);
  });

  test('takes fewer runs where the answer quotes', async () => {
    const drafted = await say(answer, [code]);
    expect(drafted.runs).toBeLessThan(answer.length / 2);
    expect(drafted.groups.length).toBeLessThanOrEqual(drafted.runs + 1);
  });

  test.each([1, 7, 20, 33])('ends at a limit of %d tokens in the middle of a draft', async (maxTokens) => {
    const drafted = await say(answer, [code], { maxTokens });
    expect(drafted).toMatchObject({ end: 'length', text: answer.slice(0, maxTokens) });
  });

  test.each([1, 8, 31])('never outgrows a cache of %d tokens', async (capacity) => {
    const drafted = await say(answer, [code], { capacity });
    expect(drafted).toMatchObject({ end: 'length', text: answer.slice(0, capacity) });
    expect(drafted.cached).toBeLessThanOrEqual(capacity);
  });

  test('is cut where it goes in circles, at the same token', async () => {
    const circle = 'and then and then '.repeat(20);
    const plain = await say(circle, undefined);
    const drafted = await say(circle, []);
    expect(plain.end).toBe('loop');
    expect(drafted).toMatchObject({ end: 'loop', text: plain.text });
  });

  test('stops between two runs when it is cancelled', async () => {
    const cancel = new AbortController();
    const onText = (): void => {
      cancel.abort();
    };
    await expect(say(answer, [code], { signal: cancel.signal, onText })).rejects.toThrow(CancelledError);
  });
});
