import { describe, expect, test } from 'vitest';
import { DraftSource } from '../../server/answering/draft';
import { generate, type Generated } from '../../server/answering/generate';
import { CancelledError } from '../../server/errors';
import { NativeKvCache } from '../../server/model/native/kvCache';
import { RowsMemory } from '../../server/model/native/kvRows';
import { RotaryTable } from '../../server/model/rotary';
import { Sampler, type Sampling } from '../../server/model/sampling';
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

/** A base that mostly goes on with a text it knows, and now and then with another letter of it. */
class Wanderer {
  readonly samplings = new Set<Sampling | undefined>();
  private readonly sampler = new Sampler();
  private readonly read: number[] = [];

  constructor(private readonly known: Uint8Array) {}

  choice(sampling: Sampling): number {
    return this.sampler.choose(this.logits(), this.read.length, sampling);
  }

  judge(
    tokens: Int32Array,
    count: number,
    cache: NativeKvCache,
    choices: Int32Array,
    _signal: AbortSignal,
    sampling?: Sampling,
  ): Promise<void> {
    this.samplings.add(sampling);
    this.read.length = cache.length;
    for (let i = 0; i < count; i++) {
      this.read.push(tokens[i]!);
      choices[i] = this.choice(sampling!);
    }
    cache.grow(count);
    return Promise.resolve();
  }

  /** By the last token and how many there are: a draft that is kept wrongly would be seen. */
  private logits(): Float32Array {
    const logits = new Float32Array(256).fill(-30);
    for (const letter of this.known) logits[letter] = 0;
    const at = this.known.indexOf(this.read.at(-1) ?? -1);
    logits[this.known[(at + 1) % this.known.length]!] = 4;
    logits[this.known[this.read.length % this.known.length]!]! += 2;
    return logits;
  }
}

describe('sampled decoding', () => {
  const known = Buffer.from('export function');
  const sampling = { temperature: 1, topP: 0.9, seed: 5 };

  async function draw(sampled: Sampling, quotable?: string[]): Promise<Generated & { reader: Wanderer }> {
    const reader = new Wanderer(known);
    const cache = new NativeKvCache(shape, 400, new RotaryTable(shape, 400), new RowsMemory(0));
    const source = quotable && {
      source: new DraftSource(
        quotable.map((text) => [...Buffer.from(text)]),
        200,
      ),
    };
    const options = { maxTokens: 200, stopTokens: new Set([stop]), sampling: sampled, ...source };
    const first = reader.choice(sampled);
    const signal = new AbortController().signal;
    const generated = await generate(reader, tokenizer, cache, first, options, () => undefined, signal);
    return { ...generated, reader };
  }

  test('draws the same with drafts as without, in fewer runs', async () => {
    for (const seed of [0, 1, 2 ** 32 - 1]) {
      const plain = await draw({ ...sampling, seed });
      const drafted = await draw({ ...sampling, seed }, ['export function', 'function export']);
      expect(drafted.tokens).toEqual(plain.tokens);
      expect(drafted.end).toBe(plain.end);
      expect(drafted.runs).toBeLessThan(plain.runs * 0.8);
      // Something was drawn that is not the likeliest, or this would say nothing of drawing.
      expect(plain.tokens).not.toEqual((await draw({ ...sampling, temperature: 1e-6 })).tokens);
    }
  });

  test('says the same again with its seed, and something else with another', async () => {
    const { tokens } = await draw(sampling);
    expect((await draw(sampling)).tokens).toEqual(tokens);
    expect((await draw({ ...sampling, seed: 6 })).tokens).not.toEqual(tokens);
  });

  test('tells each run how to draw', async () => {
    expect([...(await draw(sampling, ['export'])).reader.samplings]).toEqual([sampling]);
  });
});
