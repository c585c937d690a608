import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DraftSource, draftTokensMax } from '../../server/answering/draft';
import { generate, type Generated } from '../../server/answering/generate';
import { lossOf } from '../../server/model/native/reader';
import type { KvCache } from '../../server/model/kvCache';
import type { ModelHost } from '../../server/model/modelHost';
import { judgedRowsMax, type Reader } from '../../server/model/reader';
import { Sampler, type Sampling } from '../../server/model/sampling';
import type { Tokenizer } from '../../server/text/tokenizer';
import { modelWorker } from '../modelWorker';
import { argmax, toyWeights } from './support/toyWeights';

const never = new AbortController().signal;
const code = 'def total(price, count):\n    """Return the total."""\n    return price * count\n';
const cacheTokens = 256;

const weights = toyWeights();
let host: ModelHost;
let reader: Reader;
let tokenizer: Tokenizer;
let prompt: number[];
async function open(workerPath?: string): Promise<void> {
  host = await weights.openHost(workerPath);
  reader = await host.reader();
  tokenizer = (await host.text()).tokenizer;
  prompt = tokenizer.encodeText(code);
}

/** The greedy choices after a prompt, one run a token. */
async function choicesOneByOne(cache: KvCache, count: number): Promise<number[]> {
  const choices = [await reader.choiceAfter(prompt, cache, never)];
  const choice = new Int32Array(1);
  while (choices.length < count) {
    await reader.judge(Int32Array.of(choices.at(-1)!), 1, cache, choice, never);
    choices.push(choice[0]!);
  }
  return choices;
}

describe.each([
  ['in this thread', () => undefined],
  ['in a worker', modelWorker],
])('the reader %s', (_, workerPath) => {
  beforeAll(() => open(workerPath()));
  afterAll(() => host.dispose());

  test('chooses the token of the highest logit', async () => {
    const choice = await reader.choiceAfter(prompt, reader.createCache(cacheTokens), never);
    const logits = await reader.logitsAfter(prompt, reader.createCache(cacheTokens), never);
    expect(logits).toHaveLength(reader.shape.vocabulary);
    expect(choice).toBe(argmax(logits));
  });

  test.each([
    ['the base says', Infinity],
    ['an answer holds', 5],
  ])(
    'judges several tokens that %s in one run as one by one, to the last bit',
    async (_what, answersFrom) => {
      const cache = reader.createCache(cacheTokens);
      cache.answersFrom = answersFrom;
      const expected = await choicesOneByOne(cache, 12);
      expect(cache.length).toBe(prompt.length + 11);
      const bits = await reader.rawKv(0, cache.length, cache, never);
      cache.truncate(prompt.length);
      const found = new Int32Array(11);
      await reader.judge(Int32Array.from(expected), found.length, cache, found, never);
      expect([...found]).toEqual(expected.slice(1));
      expect(cache.length).toBe(prompt.length + found.length);
      expect(await reader.rawKv(0, cache.length, cache, never)).toEqual(bits);
    },
  );

  test('runs an answer with deltas, and what stands before it without', async () => {
    const [plain, answered] = [reader.createCache(cacheTokens), reader.createCache(cacheTokens)];
    const opening = 3;
    answered.answersFrom = prompt.length - opening;
    const logits = await reader.logitsAfter(prompt, plain, never);
    const answer = await reader.logitsAfter(prompt, answered, never);
    expect(Math.max(...answer.map((logit, token) => Math.abs(logit - logits[token]!)))).toBeGreaterThan(0.1);
    const read = async (cache: KvCache) => reader.rawKv(0, prompt.length - opening, cache, never);
    expect(await read(answered)).toEqual(await read(plain));
    // The first layer has not been through any delta but its own.
    const [last] = (await reader.rawKv(prompt.length - 1, prompt.length, answered, never)).values;
    expect(last).not.toBe((await reader.rawKv(prompt.length - 1, prompt.length, plain, never)).values[0]);
    // A text that is read after an answer was truncated is the base's again.
    answered.truncate(0);
    answered.answersFrom = Infinity;
    expect(await reader.logitsAfter(prompt, answered, never)).toEqual(logits);
  });

  test('tells how unlikely each token is, by what stands before it', async () => {
    const tokens = [...prompt, ...Array.from({ length: 70 }, (_, at) => (at * 7) % reader.shape.vocabulary)];
    const cache = reader.createCache(tokens.length);
    const losses = await reader.losses(tokens, prompt.length, cache, never);
    expect(losses).toHaveLength(70);
    expect(cache.length).toBe(tokens.length - 1);
    for (const at of [0, 1, 63, 64, 69]) {
      const before = tokens.slice(0, prompt.length + at);
      const logits = await reader.logitsAfter(before, reader.createCache(before.length), never);
      expect(losses[at]).toBeCloseTo(lossOf(logits, tokens[prompt.length + at]!), 3);
    }
    const whole = await reader.losses(tokens, 1, reader.createCache(tokens.length), never);
    expect(whole[prompt.length - 1]).toBeCloseTo(losses[0]!, 3);
  });

  test('gives tokens back that go on elsewhere as they did', async () => {
    const cache = reader.createCache(cacheTokens);
    const choice = await reader.choiceAfter(prompt, cache, never);
    const raw = await reader.rawKv(0, prompt.length, cache, never);
    expect(cache.length).toBe(prompt.length);
    const encoded = await reader.encodeKv(prompt, reader.createCache(cacheTokens), never);
    const farthest = raw.keys.reduce((most, key, i) => Math.max(most, Math.abs(key - encoded.keys[i]!)), 0);
    expect(farthest).toBeLessThan(1e-3);
    const part = await reader.rawKv(3, 5, cache, never);
    const { headDim } = reader.shape;
    expect([...part.values.subarray(0, 2 * headDim)]).toEqual([
      ...raw.values.subarray(3 * headDim, 5 * headDim),
    ]);
    const other = reader.createCache(cacheTokens);
    other.append(raw, 0, raw.tokens);
    const found = new Int32Array(1);
    await reader.judge(Int32Array.of(choice), 1, other, found, never);
    const expected = new Int32Array(1);
    await reader.judge(Int32Array.of(choice), 1, cache, expected, never);
    expect([...found]).toEqual([...expected]);
  });

  test('forgets what is truncated', async () => {
    const cache = reader.createCache(cacheTokens);
    const expected = await choicesOneByOne(cache, 4);
    cache.truncate(prompt.length);
    const found = new Int32Array(3);
    await reader.judge(Int32Array.of(1, 2, 3), 3, cache, found, never);
    cache.truncate(prompt.length);
    await reader.judge(Int32Array.from(expected), 3, cache, found, never);
    expect([...found]).toEqual(expected.slice(1));
  });

  test('goes on from a long text to the last bit the same, however many tokens are run at once', async () => {
    const long = Array.from({ length: 300 }, (_, at) => prompt[at % prompt.length]! + (at % 11));
    const [cache, drafted] = [reader.createCache(400), reader.createCache(400)];
    const expected = [await reader.choiceAfter(long, cache, never)];
    expect(await reader.choiceAfter(long, drafted, never)).toBe(expected[0]);
    const choice = new Int32Array(1);
    while (expected.length < 20) {
      await reader.judge(Int32Array.of(expected.at(-1)!), 1, cache, choice, never);
      expected.push(choice[0]!);
    }
    const found = new Int32Array(9);
    for (const [start, count] of [
      [0, 9],
      [9, 2],
      [11, 8],
    ] as const) {
      await reader.judge(Int32Array.from(expected.slice(start)), count, drafted, found, never);
      expect([...found.subarray(0, count)]).toEqual(expected.slice(start + 1, start + 1 + count));
    }
    const of = (one: KvCache) => reader.rawKv(0, one.length, one, never);
    expect(await of(drafted)).toEqual(await of(cache));
    // Run as one text, not as a long one and what follows it.
    const whole = await reader.logitsAfter(
      [...long, ...expected.slice(0, 19)],
      reader.createCache(400),
      never,
    );
    expect(argmax(whole)).toBe(expected[19]);
  });

  test('refuses to judge more tokens than are sure to be judged alike', async () => {
    const cache = reader.createCache(cacheTokens);
    const many = new Int32Array(judgedRowsMax + 1).fill(3);
    await expect(reader.judge(many, many.length, cache, many.slice(), never)).rejects.toThrow(
      'Broken invariant',
    );
    expect(1 + draftTokensMax).toBeLessThanOrEqual(judgedRowsMax);
  });

  test('reads in memory that another context has used as in its own', async () => {
    const first = reader.createCache(cacheTokens);
    const expected = await choicesOneByOne(first, 6);
    const raw = await reader.rawKv(0, first.length, first, never);
    first.dispose();
    const again = reader.createCache(cacheTokens);
    expect(await choicesOneByOne(again, 6)).toEqual(expected);
    expect(await reader.rawKv(0, again.length, again, never)).toEqual(raw);
    again.dispose();
  });

  test('runs two caches by turns without mixing them', async () => {
    const [one, two] = [reader.createCache(cacheTokens), reader.createCache(cacheTokens)];
    const first = await reader.choiceAfter(prompt, one, never);
    const other = await reader.choiceAfter(prompt.slice(0, 5), two, never);
    const alone = reader.createCache(cacheTokens);
    await reader.choiceAfter(prompt.slice(0, 5), alone, never);
    expect(await reader.choiceAfter([first], one, never)).toBeTypeOf('number');
    expect(await reader.choiceAfter([other], two, never)).toBe(
      await reader.choiceAfter([other], alone, never),
    );
  });

  test('says the same with drafts as without, in fewer runs', async () => {
    const cache = reader.createCache(cacheTokens);
    const first = await reader.choiceAfter(prompt, cache, never);
    const decode = (source?: DraftSource): Promise<Generated> => {
      cache.truncate(prompt.length);
      const options = { maxTokens: 80, stopTokens: new Set<number>(), ...(source && { source }) };
      return generate(reader, tokenizer, cache, first, options, () => undefined, never);
    };
    const plain = await decode();
    const drafted = await decode(new DraftSource([prompt, [...plain.tokens]], 80));
    expect(drafted.tokens).toEqual(plain.tokens);
    expect(drafted.runs).toBeLessThan(plain.runs / 2);
  });

  test('draws from the logits, by how many tokens stand before', async () => {
    const sampler = new Sampler();
    const long = Array.from({ length: 300 }, (_, at) => prompt[at % prompt.length]!);
    const drawn = new Set<number>();
    for (const tokens of [prompt, long]) {
      const logits = await reader.logitsAfter(tokens, reader.createCache(400), never);
      for (let seed = 0; seed < 12; seed++) {
        const sampling = { temperature: 2, topP: 0.9, seed };
        const choice = await reader.choiceAfter(tokens, reader.createCache(400), never, sampling);
        expect(choice).toBe(sampler.choose(logits, tokens.length, sampling));
        drawn.add(choice);
      }
    }
    expect(drawn.size).toBeGreaterThan(6);
  });

  test('draws the same in one run as one by one', async () => {
    const cache = reader.createCache(cacheTokens);
    const sampling = { temperature: 2, topP: 0.9, seed: 4 };
    const expected = [await reader.choiceAfter(prompt, cache, never, sampling)];
    const choice = new Int32Array(1);
    while (expected.length < 12) {
      await reader.judge(Int32Array.of(expected.at(-1)!), 1, cache, choice, never, sampling);
      expected.push(choice[0]!);
    }
    cache.truncate(prompt.length);
    const found = new Int32Array(11);
    await reader.judge(Int32Array.from(expected), found.length, cache, found, never, sampling);
    expect([...found]).toEqual(expected.slice(1));
    // What is drawn turns nothing of what is chosen greedily after it.
    const greedy = await choicesOneByOne(reader.createCache(cacheTokens), 4);
    cache.truncate(0);
    expect(await choicesOneByOne(cache, 4)).toEqual(greedy);
    expect(greedy).not.toEqual(expected.slice(0, 4));
  });

  test('says the same drawn text with drafts as without, and another with another seed', async () => {
    const decode = async (sampling: Sampling, source?: DraftSource): Promise<Generated> => {
      const cache = reader.createCache(cacheTokens);
      const first = await reader.choiceAfter(prompt, cache, never, sampling);
      const options = { maxTokens: 60, stopTokens: new Set<number>(), sampling, ...(source && { source }) };
      return generate(reader, tokenizer, cache, first, options, () => undefined, never);
    };
    const sampling = { temperature: 1, topP: 0.9, seed: 1 };
    const plain = await decode(sampling);
    const drafted = await decode(sampling, new DraftSource([prompt, [...plain.tokens]], 60));
    expect(drafted.tokens).toEqual(plain.tokens);
    expect(drafted.runs).toBeLessThan(plain.runs);
    expect((await decode({ ...sampling, seed: 2 })).tokens).not.toEqual(plain.tokens);
  });
});
