/**
 * The TypeScript against the Python oracle (training/landmark_training/oracle), for both packages and every
 * graph. The oracle computes in fp32 from the dequantized GGUF. Three kinds of graph are compared with it:
 *
 * - `exact`: the graphs of blocks with inputs of matrix products kept in fp32. What differs is the order of
 *   sums, so tolerances are those of fp32.
 * - `blocks` (shipped for CUDA): inputs of matrix products are rounded to 8 bits in blocks of 32, as llama.cpp does.
 * - `int8` (shipped for CPUs): weights are rounded to 8 bits by row, inputs by token.
 *
 * The tolerances of the last two are what their rounding costs, measured here and stated below.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeFloat16, encodeFloat16 } from '../../server/float16';
import type { KvCache, RawKv } from '../../server/model/kvCache';
import { innerProduct, gather, relativeError } from './compare';
import { unpack, type OracleFixtures } from './fixtures';
import { Subject, type Variant } from './subject';

interface Tolerances {
  /** Least cosine of a landmark key or query with the oracle's. */
  cosine: number;
  /** Most a routing score may differ. */
  score: number;
  /** Most keys and values may differ, relative to the oracle's root mean square per layer. */
  kv: number;
  /** Most a logit of the 256 best may differ. */
  logit: number;
  /** A greedy token may differ from the oracle's only where the oracle's own margin is below this. */
  margin: number;
  /** Least cosine of a key from a padded batch with the key from its window alone. */
  batch: number;
}

// Worst met, exact: cosine 1 - 1e-11, score 9e-7, kv 3e-6, logit 6e-5, no token turned.
const exact: Tolerances = {
  cosine: 0.9999999,
  score: 1e-5,
  kv: 1e-5,
  logit: 5e-4,
  margin: 1e-3,
  batch: 0.9999999,
};
const int8: Tolerances = { cosine: 0.993, score: 0.03, kv: 0.12, logit: 1, margin: 0.5, batch: 0.9995 };
/**
 * Packages whose base is too large to be fetched for every run: named by hand, with fixtures that
 * `python -m landmark_training.oracle.write` has made, and the base's file in the cache of the tests.
 */
const named = (process.env['LANDMARK_PARITY'] ?? '').split(',').filter((name) => name !== '');
interface Case {
  name: string;
  variant: Variant;
  tolerances: Tolerances;
}
const cases: Case[] = [
  { name: 'toy-landmark', variant: 'exact', tolerances: exact },
  {
    name: 'toy-landmark',
    variant: 'blocks',
    // Worst met: .9893, .02, .010, .06, a margin of .007. Heads of 16 numbers feel rounding more.
    tolerances: { cosine: 0.98, score: 0.1, kv: 0.02, logit: 0.15, margin: 0.05, batch: 0.99 },
  },
  {
    name: 'toy-landmark',
    variant: 'int8',
    // Worst met: .9956, .021, .011, .14, a margin of .007.
    tolerances: { cosine: 0.98, score: 0.1, kv: 0.02, logit: 0.15, margin: 0.05, batch: 0.9999999 },
  },
  { name: 'qwen2.5-coder-0.5b-landmark', variant: 'exact', tolerances: exact },
  {
    name: 'qwen2.5-coder-0.5b-landmark',
    variant: 'int8',
    // Worst met: .9975, .010, .068, .52, no token turned; in a batch .99995.
    tolerances: int8,
  },
  ...named.flatMap((name): Case[] => [
    { name, variant: 'exact', tolerances: exact },
    { name, variant: 'int8', tolerances: int8 },
  ]),
];
const signal = new AbortController().signal;

describe.each(cases)('$name, $variant graphs', ({ name, variant, tolerances }) => {
  let subject: Subject;
  /** The worst that was met, printed so that a tolerance can be compared with it. */
  const worst: Tolerances = { cosine: 1, score: 0, kv: 0, logit: 0, margin: 0, batch: 1 };
  const note = (measure: keyof Tolerances, value: number): number => {
    worst[measure] =
      measure === 'cosine' || measure === 'batch'
        ? Math.min(worst[measure], value)
        : Math.max(worst[measure], value);
    return value;
  };
  afterAll(async () => {
    await subject.close();
    console.info(`${name}, ${variant}: worst met`, worst);
  });
  beforeAll(async () => {
    subject = await Subject.open(name, variant);
  });

  it('tokenizes 500 strings as the oracle', () => {
    expect(subject.fixtures.tokenizer).toHaveLength(500);
    for (const { text, ids } of subject.fixtures.tokenizer)
      expect(subject.tokenizer.encodeMarkup(text)).toEqual(ids);
  });

  it('cuts 20 files into the same windows and blocks', () => {
    expect(subject.fixtures.blocks).toHaveLength(20);
    subject.fixtures.blocks.forEach(({ windows }, fileIndex) => {
      const cut = subject.windows(fileIndex).map((window) => ({
        tokens: [...window.tokens],
        blocks: window.blocks.map((block, index) => [
          block.startLine,
          block.endLine,
          index === 0 ? window.prefixTokenCount : block.startToken,
          block.endToken,
        ]),
      }));
      expect(cut).toEqual(windows);
    });
  });

  it('gives the same landmark keys, queries and routing scores', async () => {
    const { keys, questions, scores } = subject.fixtures.encoder;
    const { keyNumbers } = subject.model.manifest.routing;
    // Each window alone, so that padding does not enter; padded batches are compared below.
    const found: Float32Array[] = [];
    for (const window of subject.encodedWindows())
      found.push(...(await subject.encoder.encodeKeys([window])));
    keys.forEach((packed, i) => {
      expect(note('cosine', leastCosine(found[i]!, unpack(packed), keyNumbers))).toBeGreaterThan(
        tolerances.cosine,
      );
    });
    const expectedScores = unpack(scores);
    let at = 0;
    for (const { text, query } of questions) {
      const ours = await subject.query(text);
      expect(note('cosine', leastCosine(ours, unpack(query), keyNumbers))).toBeGreaterThan(tolerances.cosine);
      for (const windowKeys of found) {
        for (let row = 0; row < windowKeys.length; row += keyNumbers) {
          const score = innerProduct(ours, windowKeys.subarray(row, row + keyNumbers));
          expect(note('score', Math.abs(score - expectedScores[at++]!))).toBeLessThan(tolerances.score);
        }
      }
    }
    expect(at).toBe(expectedScores.length);
  });

  it('gives the same landmark keys in a padded batch', async () => {
    const windows = subject.encodedWindows();
    const { keyNumbers } = subject.model.manifest.routing;
    const together = await subject.encoder.encodeKeys(windows);
    for (const [i, window] of windows.entries()) {
      const [alone] = await subject.encoder.encodeKeys([window]);
      const cosine = note('batch', leastCosine(together[i]!, alone!, keyNumbers));
      expect(cosine).toBeGreaterThan(tolerances.batch);
    }
  });

  it('lets no landmark change what another block, or text, is encoded to', async () => {
    const [window] = subject.encodedWindows();
    const { keyNumbers } = subject.model.manifest.routing;
    const [all] = await subject.encoder.encodeKeys([window!]);
    const [fewer] = await subject.encoder.encodeKeys([{ ...window!, blocks: window!.blocks.slice(0, 2) }]);
    expect(leastCosine(fewer!, all!.subarray(0, 2 * keyNumbers), keyNumbers)).toBeGreaterThan(
      tolerances.batch,
    );
    // The logits below are the frozen base's own: the graph that reads and answers has no landmark weight.
    expect(subject.graphBytes('encoder').includes('landmarks.layers.0.q.a')).toBe(true);
    expect(subject.graphBytes('reader').includes('landmarks.')).toBe(false);
  });

  it('gives the same keys and values of text', async () => {
    const { kvPositions, keys, values } = subject.fixtures.reader;
    const { raws } = await subject.encodings(subject.layout.windowTokens);
    const { layers, kvHeads, headDim } = subject.model.manifest.shape;
    for (const [ours, oracle] of [
      [raws[0]!.keys, unpack(keys)],
      [raws[0]!.values, unpack(values)],
    ] as const) {
      const width = kvPositions.length * kvHeads * headDim;
      for (let layer = 0; layer < layers; layer++) {
        const expected = oracle.subarray(layer * width, (layer + 1) * width);
        const found = gather(ours, raws[0]!.tokens, layer, kvPositions, kvHeads, headDim);
        expect(note('kv', relativeError(found, expected))).toBeLessThan(tolerances.kv);
      }
    }
  });

  it('gives the same logits after reading, and the same 64 greedy tokens', async () => {
    const { reader } = subject.fixtures;
    await expectDecoding(await readAll(reader.prompt.length), reader, reader.neverTokens);
  });

  it('gives the same logits and tokens of an answer with deltas', async () => {
    const { answer } = subject.fixtures;
    expect(answer !== undefined).toBe(subject.model.manifest.files.answers !== undefined);
    if (!answer) return;
    const cache = await readAll(answer.prompt.length);
    cache.answersFrom = cache.length + answer.prompt.length - answer.openingTokens;
    await expectDecoding(cache, answer, []);
    expect(subject.graphBytes('reader').includes('answers.layers.0.q.a')).toBe(true);
    expect(subject.graphBytes('encoder').includes('answers.')).toBe(false);
  });

  /** All encoded windows, placed before a prompt. */
  async function readAll(promptTokens: number): Promise<KvCache> {
    const room = subject.encodedWindows().reduce((sum, { tokens }) => sum + tokens.length, promptTokens + 80);
    const { cache, raws } = await subject.encodings(room);
    for (const raw of raws) cache.append(asStored(raw), 0, raw.tokens);
    return cache;
  }

  async function expectDecoding(
    cache: KvCache,
    {
      prompt,
      logitTokens,
      logits,
      greedyTokens,
      greedyMargins,
    }: Omit<NonNullable<OracleFixtures['answer']>, 'openingTokens'>,
    neverTokens: readonly number[],
  ): Promise<void> {
    let next = await subject.reader.logitsAfter(prompt, cache, signal);
    const expected = unpack(logits);
    logitTokens.forEach((token, i) => {
      expect(note('logit', Math.abs(next[token]! - expected[i]!))).toBeLessThan(tolerances.logit);
    });
    for (const [i, token] of greedyTokens.entries()) {
      for (const never of neverTokens) next[never] = -Infinity;
      // Where the choice was close, rounding may turn it; the oracle's own token goes on.
      if (argmax(next) !== token) note('margin', greedyMargins[i]!);
      if (greedyMargins[i]! >= tolerances.margin) expect([i, argmax(next)]).toEqual([i, token]);
      next = await subject.reader.logitsAfter([token], cache, signal);
    }
  }
});

function argmax(values: Float32Array): number {
  return values.reduce((best, value, i) => (value > values[best]! ? i : best), 0);
}

function leastCosine(found: Float32Array, expected: Float32Array, width: number): number {
  expect(found.length).toBe(expected.length);
  let least = 1;
  for (let row = 0; row < found.length; row += width) {
    const [a, b] = [found.subarray(row, row + width), expected.subarray(row, row + width)];
    least = Math.min(least, innerProduct(a, b) / Math.sqrt(innerProduct(a, a) * innerProduct(b, b)));
  }
  return least;
}

/** Rounded as the store keeps it. */
function asStored(raw: RawKv): RawKv {
  const round = (values: Float32Array): Float32Array => {
    const halves = new Uint16Array(values.length);
    encodeFloat16(values, halves);
    const back = new Float32Array(values.length);
    decodeFloat16(halves, back);
    return back;
  };
  return { tokens: raw.tokens, keys: round(raw.keys), values: round(raw.values) };
}
