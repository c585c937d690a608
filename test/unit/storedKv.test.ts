import { describe, expect, test } from 'vitest';
import { finishSteps } from '../../server/concurrency';
import { encodeKv } from '../../server/store/kvForms';
import { StoredKv } from '../../server/store/storedKv';

const [layers, kvHeads, tokens, headDim] = [3, 2, 9, 4];
const dims = [layers, kvHeads, tokens, headDim] as const;
const numbers = layers * kvHeads * tokens * headDim;

/** [layers, kvHeads, tokens, headDim], no two alike. */
function numbersFrom(first: number): Float32Array {
  return Float32Array.from({ length: numbers }, (_, at) => Math.sin(first + at) * (1 + (at % 7)));
}

/** Tokens [from, to) of each head. */
function rowsOf(all: Float32Array, from: number, to: number): number[] {
  return Array.from({ length: layers * kvHeads }, (_, head) => [
    ...all.subarray((head * tokens + from) * headDim, (head * tokens + to) * headDim),
  ]).flat();
}

describe.each(['kvInt8', 'kvFloat16'] as const)('%s', (form) => {
  const kv = { tokens, keys: numbersFrom(1), values: numbersFrom(1_000) };
  const stored = new StoredKv(form, finishSteps(encodeKv(form, kv, dims)), dims);

  test('some tokens decode to what they are in the whole', () => {
    const whole = stored.decode();
    expect(whole.tokens).toBe(tokens);
    for (const [from, to] of [
      [0, 1],
      [2, 7],
      [8, 9],
      [4, 4],
    ] as const) {
      const part = stored.decode(from, to);
      expect(part.tokens).toBe(to - from);
      expect([...part.keys]).toEqual(rowsOf(whole.keys, from, to));
      expect([...part.values]).toEqual(rowsOf(whole.values, from, to));
    }
  });

  test('is near what was encoded, and smaller', () => {
    const whole = stored.decode();
    const largest = Math.max(...kv.keys.map(Math.abs));
    whole.keys.forEach((number, at) => {
      expect(Math.abs(number - kv.keys[at]!)).toBeLessThanOrEqual(largest / 127);
    });
    expect(stored.bytes).toBeLessThan(kv.keys.byteLength + kv.values.byteLength);
  });

  test('tokens that are not there, and another payload, are refused', () => {
    expect(() => stored.decode(3, tokens + 1)).toThrow('Broken invariant');
    expect(() => stored.decode(-1, 2)).toThrow('Broken invariant');
    expect(() => new StoredKv(form, new Uint8Array(8), dims)).toThrow('Broken invariant');
  });
});
