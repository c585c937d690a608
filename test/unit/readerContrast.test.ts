import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DraftSource } from '../../server/answering/draft';
import { generate, type Generated } from '../../server/answering/generate';
import { contrasted, type Contrast } from '../../server/model/contrast';
import type { KvCache } from '../../server/model/kvCache';
import type { ModelHost } from '../../server/model/modelHost';
import type { Reader } from '../../server/model/reader';
import type { Tokenizer } from '../../server/text/tokenizer';
import { modelWorker } from '../modelWorker';
import { argmax, toyWeights } from './support/toyWeights';

const never = new AbortController().signal;
const cacheTokens = 256;
const toy = toyWeights();

describe.each([
  ['in this thread', () => undefined],
  ['in a worker', modelWorker],
])('beside what would be said without the context, %s', (_, workerPath) => {
  let host: ModelHost;
  let reader: Reader;
  let tokenizer: Tokenizer;
  let prompt: number[];
  beforeAll(async () => {
    host = await toy.openHost(workerPath());
    reader = await host.reader();
    tokenizer = (await host.text()).tokenizer;
    prompt = tokenizer.encodeText(
      'def total(price, count):\n    """Return the total."""\n    return price * count\n',
    );
  });
  afterAll(() => host.dispose());

  const weights = { weight: 1.5, plausible: 0.02 };
  const question = [5, 6, 7];
  const contextTokens = 20;

  /** What follows the context and the question, and what follows the question alone. */
  async function bothSides(): Promise<{ first: number; cache: KvCache; contrast: Contrast }> {
    const [cache, without] = [reader.createCache(cacheTokens), reader.createCache(cacheTokens)];
    const first = await reader.choiceAfter([...prompt.slice(0, contextTokens), ...question], cache, never);
    await reader.choiceAfter(question, without, never);
    return { first, cache, contrast: { without, ...weights } };
  }

  async function oneByOne(count: number): Promise<number[]> {
    const { first, cache, contrast } = await bothSides();
    const choice = new Int32Array(1);
    const choices = [first];
    while (choices.length < count) {
      await reader.judge(Int32Array.of(choices.at(-1)!), 1, cache, choice, never, contrast);
      choices.push(choice[0]!);
    }
    return choices;
  }

  test('chooses by both', async () => {
    const choices = await oneByOne(24);
    let unlikeGreedy = 0;
    for (let at = 1; at < choices.length; at++) {
      const said = [...question, ...choices.slice(0, at)];
      const tokens = [...prompt.slice(0, contextTokens), ...said];
      const logits = await reader.logitsAfter(tokens, reader.createCache(cacheTokens), never);
      const without = await reader.logitsAfter(said, reader.createCache(cacheTokens), never);
      expect(choices[at]).toBe(contrasted(logits, without, weights));
      if (choices[at] !== argmax(logits)) unlikeGreedy++;
    }
    expect(unlikeGreedy).toBeGreaterThan(3);
  });

  test('chooses in one run as one by one, also after a draft that was not accepted', async () => {
    const expected = await oneByOne(24);
    const { first, cache, contrast } = await bothSides();
    const start = cache.length;
    const found = new Int32Array(8);
    await reader.judge(Int32Array.of(first, 1, 2, 3, 1, 2, 3, 1), 8, cache, found, never, contrast);
    expect(found[0]).toBe(expected[1]);
    for (const [from, count] of [
      [0, 5],
      [5, 1],
      [6, 8],
      [14, 8],
    ] as const) {
      cache.truncate(start + from);
      const part = Int32Array.from(expected.slice(from));
      await reader.judge(part, count, cache, found, never, contrast);
      expect([...found.subarray(0, count)]).toEqual(expected.slice(from + 1, from + 1 + count));
    }
  });

  test('chooses the likeliest token where no other is plausible, whatever would be said anyway', async () => {
    const { first, cache, contrast } = await bothSides();
    const choice = new Int32Array(1);
    await reader.judge(Int32Array.of(first), 1, cache, choice, never, { ...contrast, plausible: 1 });
    const tokens = [...prompt.slice(0, contextTokens), ...question, first];
    const logits = await reader.logitsAfter(tokens, reader.createCache(cacheTokens), never);
    expect(choice[0]).toBe(argmax(logits));
  });

  test('says the same with drafts as without, in fewer runs', async () => {
    const decode = async (source?: DraftSource): Promise<Generated> => {
      const { first, cache, contrast } = await bothSides();
      const options = {
        ...{ maxTokens: 80, stopTokens: new Set<number>(), ...(source && { source }) },
        contrast: () => Promise.resolve(contrast),
      };
      return generate(reader, tokenizer, cache, first, options, () => undefined, never);
    };
    const plain = await decode();
    const drafted = await decode(new DraftSource([prompt, [...plain.tokens]], 80));
    expect(drafted.tokens).toEqual(plain.tokens);
    expect(drafted.runs).toBeLessThan(plain.runs);
  });
});
