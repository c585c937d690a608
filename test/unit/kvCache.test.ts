import { describe, expect, it } from 'vitest';
import type { RawKv } from '../../server/model/kvCache';
import type { BaseShape } from '../../server/model/manifest';
import { NativeKvCache } from '../../server/model/native/kvCache';
import { RotaryTable } from '../../server/model/rotary';

const shape: BaseShape = {
  architecture: 'qwen2',
  layers: 2,
  width: 8,
  heads: 2,
  kvHeads: 2,
  headDim: 4,
  vocabulary: 10,
  ropeTheta: 10_000,
  rotaryPairs: 'halves',
};

/** Numbers that tell where they come from. */
function rawKv(tokens: number): RawKv {
  const count = shape.layers * shape.kvHeads * tokens * shape.headDim;
  return {
    tokens,
    keys: Float32Array.from({ length: count }, (_, i) => i),
    values: Float32Array.from({ length: count }, (_, i) => -i),
  };
}

describe('rotary position', () => {
  it.each(['halves', 'adjacent'] as const)('turns pairs as complex numbers (%s)', (rotaryPairs) => {
    const rotary = new RotaryTable({ ...shape, rotaryPairs }, 8);
    const source = Float32Array.of(1, 2, 3, 4);
    const target = new Float32Array(4);
    rotary.rotate(source, 0, target, 0, 5, 1);
    const pairs =
      rotaryPairs === 'halves'
        ? [
            [0, 2],
            [1, 3],
          ]
        : [
            [0, 1],
            [2, 3],
          ];
    pairs.forEach(([a, b], pair) => {
      const angle = 5 * 10_000 ** (-pair / 2);
      expect(target[a!]).toBeCloseTo(source[a!]! * Math.cos(angle) - source[b!]! * Math.sin(angle), 5);
      expect(target[b!]).toBeCloseTo(source[b!]! * Math.cos(angle) + source[a!]! * Math.sin(angle), 5);
    });
  });

  it('at position 0 changes nothing', () => {
    const target = new Float32Array(4);
    new RotaryTable(shape, 1).rotate(Float32Array.of(1, 2, 3, 4), 0, target, 0, 0, 1);
    expect([...target]).toEqual([1, 2, 3, 4]);
  });
});

describe('a context', () => {
  it('holds a range of tokens of every layer and head at the next positions', () => {
    const cache = new NativeKvCache(shape, 6, new RotaryTable(shape, 6));
    cache.append(rawKv(3), 0, 1);
    cache.append(rawKv(5), 2, 4);
    expect(cache.length).toBe(3);
    for (let layer = 0; layer < shape.layers; layer++) {
      for (let head = 0; head < shape.kvHeads; head++) {
        for (const [position, tokens, token] of [
          [0, 3, 0],
          [1, 5, 2],
          [2, 5, 3],
        ] as const) {
          const source = ((layer * shape.kvHeads + head) * tokens + token) * shape.headDim;
          const target = (head * cache.rows + position) * shape.headDim;
          expect(cache.values[layer]![target]).toBe(-source);
        }
      }
    }
  });

  it('gives tokens back as they were before rotary position', () => {
    const cache = new NativeKvCache(shape, 6, new RotaryTable(shape, 6));
    const given = rawKv(4);
    cache.append(given, 0, 1);
    cache.append(given, 0, 4);
    const raw = cache.raw(2, 5);
    expect(raw.tokens).toBe(3);
    const again = new NativeKvCache(shape, 6, new RotaryTable(shape, 6));
    again.append(raw, 0, 3);
    const expected = new NativeKvCache(shape, 6, new RotaryTable(shape, 6));
    expected.append(given, 1, 4);
    for (let layer = 0; layer < shape.layers; layer++) {
      expect([...again.values[layer]!]).toEqual([...expected.values[layer]!]);
      again.keys[layer]!.forEach((key, i) => {
        expect(key).toBeCloseTo(expected.keys[layer]![i]!, 4);
      });
    }
    expect(() => cache.raw(3, 6)).toThrow('tokens 3..6 of 5');
  });

  it('refuses tokens beyond its capacity', () => {
    const cache = new NativeKvCache(shape, 2, new RotaryTable(shape, 8));
    expect(() => {
      cache.append(rawKv(3), 0, 3);
    }).toThrow(/Broken invariant/);
  });

  it('forgets what came after a length', () => {
    const cache = new NativeKvCache(shape, 4, new RotaryTable(shape, 4));
    cache.append(rawKv(3), 0, 3);
    cache.truncate(1);
    expect(cache.length).toBe(1);
    expect(() => {
      cache.truncate(2);
    }).toThrow(/Broken invariant/);
  });
});
