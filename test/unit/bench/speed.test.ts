import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { plotBars } from '../../../bench/speed/bars';
import { chosenParts, mergePart, partNames, type Results, type Stamp } from '../../../bench/speed/parts';
import type { PrefillRow } from '../../../bench/speed/prefill';
import { oneNodeModel } from '../../../bench/speed/probes/onnxModel';
import { inTurns, rateOf, ratioOf, spreadOf, told } from '../../../bench/speed/statistics';
import { costOf, placeUnder, type RunOfTokens } from '../../../bench/speed/workload';

describe('statistics', () => {
  test('the middle of an odd and of an even number of values', () => {
    expect(spreadOf([5, 1, 3])).toEqual({ median: 3, low: 1, high: 5, count: 3 });
    expect(spreadOf([4, 1, 3, 2])).toEqual({ median: 2.5, low: 1, high: 4, count: 4 });
    expect(spreadOf([100, 20])).toEqual({ median: 60, low: 20, high: 100, count: 2 });
    expect(() => spreadOf([])).toThrow('no values');
  });

  test('a ratio is taken pair by pair', () => {
    // Both became three times slower in the second turn: the ratio did not change.
    expect(ratioOf([10, 30], [5, 15])).toEqual({ median: 2, low: 2, high: 2, count: 2 });
    expect(() => ratioOf([1, 2], [1])).toThrow('2 values have 1 partners');
  });

  test('the least time is the highest rate', () => {
    expect(rateOf(100, { median: 200, low: 100, high: 400, count: 3 })).toEqual({
      median: 500,
      low: 250,
      high: 1000,
      count: 3,
    });
  });

  test('rivals take turns, and their first one is not counted', async () => {
    const order: string[] = [];
    let calls = 0;
    const rival = (name: string) => () => {
      order.push(name);
      return Promise.resolve(calls++);
    };
    const times = await inTurns({ one: rival('one'), other: rival('other') }, 2);
    expect(order).toEqual(['one', 'other', 'one', 'other', 'one', 'other']);
    expect(times).toEqual({ one: [2, 4], other: [3, 5] });
  });

  test('one value has no range', () => {
    expect(told({ median: 2, low: 2, high: 2, count: 1 })).toBe('2.0');
    expect(told({ median: 2, low: 1.25, high: 3, count: 3 }, 2)).toBe('2.00 (1.25–3.00)');
  });
});

describe('parts', () => {
  const stamp = (commit: string): Stamp => ({
    ...{ machine: 'm', threads: 2, node: 'v20', onnxruntime: '1', llama: '3', model: 'toy' },
    ...{ commit, measuredAt: '2026-01-01T00:00:00.000Z', loadBefore: 0 },
  });
  const row = (tokens: number): PrefillRow => {
    const one = spreadOf([1]);
    return { tokens, oursMs: one, llamaMs: one, ratio: one };
  };

  test('all are chosen, or those that are named, in their own order', () => {
    expect(chosenParts(undefined)).toEqual(partNames);
    expect(chosenParts('roofline,prefill')).toEqual(['prefill', 'roofline']);
    expect(() => chosenParts('prefill,speed')).toThrow('There is no part "speed". Parts: prefill, encode');
    expect(() => chosenParts('')).toThrow('There is no part ""');
  });

  test('a part that is measured again leaves the others', () => {
    const growth = { stamp: stamp('old'), measured: [] };
    const before: Results = { growth, prefill: { stamp: stamp('old'), measured: [row(512)] } };
    const merged = mergePart(before, 'prefill', { stamp: stamp('new'), measured: [row(2048)] });
    expect(merged.growth).toBe(growth);
    expect(merged.prefill?.stamp.commit).toBe('new');
    expect(merged.prefill?.measured.map(({ tokens }) => tokens)).toEqual([2048]);
    expect(before.prefill?.stamp.commit).toBe('old');
    expect(Object.keys(merged)).toEqual(['prefill', 'growth']);
  });

  test('a part that was not measured before is added', () => {
    const merged = mergePart({}, 'decode', { stamp: stamp('new'), measured: [] });
    expect(Object.keys(merged)).toEqual(['decode']);
  });
});

describe('the roofline', () => {
  const shape = {
    ...{ architecture: 'qwen2', layers: 2, width: 8, heads: 2, kvHeads: 1, headDim: 4, vocabulary: 100 },
    ...{ ropeTheta: 10_000, rotaryPairs: 'halves' as const },
  };
  const run: RunOfTokens = {
    ...{ layers: 2, layerNumbers: 500, tokens: 1, tokensPerPass: 1, contextTokens: 0, choices: 1 },
    ...{ weightBytes: 4_000, headBytes: 1_000, kvBytes: 4 },
  };

  test('a decoded token reads every weight once, and all keys and values', () => {
    expect(costOf(shape, { ...run, contextTokens: 9 })).toEqual({
      weightOperations: 2 * 2 * 500 + 2 * 8 * 100,
      // Ten tokens are seen: 4 operations for each number of a query, in each layer.
      attentionOperations: 2 * 4 * 2 * 4 * 10,
      bytes: 4_000 + 1_000 + 10 * 2 * 2 * 1 * 4 * 4,
    });
  });

  test('tokens that run together share the weights, and one choice', () => {
    const cost = costOf(shape, { ...run, tokens: 8, tokensPerPass: 4 });
    expect(cost.weightOperations).toBe(2 * 2 * 500 + (2 * 8 * 100) / 8);
    // On average 4.5 tokens are seen.
    expect(cost.attentionOperations).toBe(2 * 4 * 2 * 4 * 4.5);
    // Two passes over the layers, after 4 and after 8 tokens; one over the vocabulary.
    expect(cost.bytes).toBe((2 * 4_000 + 1_000 + (4 + 8) * 2 * 2 * 1 * 4 * 4) / 8);
  });

  test('encoding chooses no token', () => {
    const cost = costOf(shape, { ...run, tokens: 4, tokensPerPass: 4, choices: 0 });
    expect(cost.weightOperations).toBe(2 * 2 * 500);
    expect(cost.bytes).toBe((4_000 + 4 * 2 * 2 * 1 * 4 * 4) / 4);
  });

  test('the larger share of the time is the limit', () => {
    const roof = { int8OperationsPerSecond: 1_000, fp32OperationsPerSecond: 100, bytesPerSecond: 50 };
    const cost = { weightOperations: 10, attentionOperations: 1, bytes: 1 };
    // .02 s of arithmetic and .02 s of memory are enough for a token that took .1 s.
    const placed = placeUnder(roof, cost, 10);
    expect(placed.arithmeticShare).toBeCloseTo(0.2);
    expect(placed.memoryShare).toBeCloseTo(0.2);
    expect(placeUnder(roof, { ...cost, bytes: 2 }, 10)).toMatchObject({ limit: 'memory' });
    expect(placeUnder(roof, { ...cost, weightOperations: 30 }, 10)).toMatchObject({ limit: 'arithmetic' });
  });
});

describe('a model of one node', () => {
  test('multiplies matrices', async () => {
    const dims = [2, 2];
    const model = oneNodeModel({
      operator: 'MatMul',
      operands: ['left', 'right'],
      inputs: [{ name: 'left', type: 'float32', dims }],
      constants: [
        {
          name: 'right',
          type: 'float32',
          dims,
          bytes: new Uint8Array(Float32Array.from([1, 2, 3, 4]).buffer),
        },
      ],
      output: { name: 'product', type: 'float32', dims },
    });
    const session = await InferenceSession.create(model);
    const left = new Tensor('float32', Float32Array.from([1, 1, 0, 2]), dims);
    const { product } = await session.run({ left });
    expect([...(product!.data as Float32Array)]).toEqual([4, 6, 6, 8]);
    await session.release();
  });

  test('multiplies int8, in more bytes than a short length holds', async () => {
    const [rows, columns] = [300, 3];
    const model = oneNodeModel({
      operator: 'MatMulInteger',
      operands: ['left', 'right'],
      inputs: [{ name: 'left', type: 'uint8', dims: [1, rows] }],
      constants: [
        {
          name: 'right',
          type: 'int8',
          dims: [rows, columns],
          bytes: new Uint8Array(Int8Array.from({ length: rows * columns }, (_, at) => (at % 3) - 1).buffer),
        },
      ],
      output: { name: 'product', type: 'int32', dims: [1, columns] },
    });
    const session = await InferenceSession.create(model);
    const left = new Tensor('uint8', new Uint8Array(rows).fill(2), [1, rows]);
    const { product } = await session.run({ left });
    expect([...(product!.data as Int32Array)]).toEqual([-600, 0, 600]);
    await session.release();
  });
});

test('bars are drawn by the scale of their own group', () => {
  const svg = plotBars('Speed', [
    {
      title: 'fast',
      bars: [
        { name: 'one', value: 1_000, colour: '#111' },
        { name: 'other', value: 500, colour: '#222' },
      ],
    },
    { title: 'slow', bars: [{ name: 'one', value: 10, colour: '#111' }] },
  ]);
  const heights = [...svg.matchAll(/width="22" height="([\d.]+)"/g)].map(([, height]) => Number(height));
  expect(heights).toEqual([150, 75, 150]);
  // Each name stands once below.
  expect(svg.match(/>one</g)).toHaveLength(1);
});
