import { describe, expect, it } from 'vitest';
import type { RawKv } from '../../server/model/kvCache';
import { NativeKvCache } from '../../server/model/native/kvCache';
import { RowsMemory } from '../../server/model/native/kvRows';
import { RotaryTable } from '../../server/model/rotary';
import type { BaseShape } from '../../server/model/manifest';
import { tinyShape as shape } from './support/tinyShape';

const oneRow = { from: 0, fromStep: 4, to: 0, toStep: 4, count: 1 };

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
    rotary.rotate({ ...oneRow, source, target, position: 5 });
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
    const source = Float32Array.of(1, 2, 3, 4);
    new RotaryTable(shape, 1).rotate({ ...oneRow, source, target, position: 0 });
    expect([...target]).toEqual([1, 2, 3, 4]);
  });
});

/** Rows as the reader gives them for new tokens, [count, kvHeads, headDim] of one layer. */
function newRows(raw: RawKv, layer: number, part: 'keys' | 'values'): Float32Array {
  const { kvHeads, headDim } = shape;
  const rows = new Float32Array(raw.tokens * kvHeads * headDim);
  for (let token = 0; token < raw.tokens; token++) {
    for (let head = 0; head < kvHeads; head++) {
      const source = ((layer * kvHeads + head) * raw.tokens + token) * headDim;
      rows.set(raw[part].subarray(source, source + headDim), (token * kvHeads + head) * headDim);
    }
  }
  return rows;
}

function contextOf(capacity: number): NativeKvCache {
  return new NativeKvCache(shape, capacity, new RotaryTable(shape, capacity), new RowsMemory(0));
}

/** As a run leaves them: keys that stand at positions already. */
function run(cache: NativeKvCache, turned: RawKv): void {
  for (let layer = 0; layer < shape.layers; layer++) {
    cache.partsForRun().run.write(layer, newRows(turned, layer, 'keys'), newRows(turned, layer, 'values'));
  }
  cache.grow(turned.tokens);
}

/** The first numbers of a token's value, for each layer and head. */
function firstValues(raw: RawKv, token: number): number[] {
  return Array.from({ length: shape.layers * shape.kvHeads }, (_, head) => {
    return raw.values[(head * raw.tokens + token) * shape.headDim]!;
  });
}

describe('memory of contexts that were given back', () => {
  it('is used again by what is as large, and never holds more than it may', () => {
    const memory = new RowsMemory(400);
    const [small, large] = [new Float32Array(10), new Float32Array(60)];
    memory.give(small);
    memory.give(large);
    expect(memory.take(11)).not.toBe(small);
    expect(memory.take(60)).toBe(large);
    memory.give(large);
    const other = new Float32Array(50);
    // What was given longest ago makes room.
    memory.give(other);
    expect(memory.take(60)).not.toBe(large);
    expect(memory.take(50)).toBe(other);
    memory.give(new Float32Array(200));
    expect(memory.take(10)).not.toBe(small);
  });

  it('does not show what stood in it', () => {
    const memory = new RowsMemory(2 ** 20);
    const rotary = new RotaryTable(shape, 8);
    const first = new NativeKvCache(shape, 8, rotary, memory, 4);
    first.append(rawKv(4), 0, 4);
    run(first, rawKv(3));
    first.dispose();
    expect(first.isDisposed).toBe(true);
    const again = new NativeKvCache(shape, 8, rotary, memory, 4);
    const fresh = contextOf(8);
    for (const cache of [again, fresh]) {
      cache.append(rawKv(5), 1, 3);
      run(cache, rawKv(2));
    }
    expect(again.length).toBe(4);
    expect(again.raw(0, 4)).toEqual(fresh.raw(0, 4));
  });
});

describe('a context', () => {
  it('holds a range of tokens of every layer and head at the next positions', () => {
    const cache = contextOf(6);
    const [three, five] = [rawKv(3), rawKv(5)];
    cache.append(three, 0, 1);
    cache.append(five, 2, 4);
    expect(cache.length).toBe(3);
    const held = cache.raw(0, 3);
    expect([0, 1, 2].map((token) => firstValues(held, token))).toEqual([
      firstValues(three, 0),
      firstValues(five, 2),
      firstValues(five, 3),
    ]);
  });

  it('gives the rows of a head side by side once it is run over, and new ones behind each other', () => {
    const cache = contextOf(8);
    const given = rawKv(3);
    cache.append(given, 0, 3);
    run(cache, rawKv(2));
    const { given: rows, run: behind } = cache.partsForRun();
    expect([rows.length, behind.length]).toEqual([3, 2]);
    for (let layer = 0; layer < shape.layers; layer++) {
      const numbers = shape.kvHeads * 3 * shape.headDim;
      expect([...rows.values[layer]!.subarray(0, numbers)]).toEqual([
        ...given.values.subarray(layer * numbers, (layer + 1) * numbers),
      ]);
      expect([...behind.values[layer]!.subarray(0, 2 * shape.kvHeads * shape.headDim)]).toEqual([
        ...newRows(rawKv(2), layer, 'values'),
      ]);
    }
  });

  it('keeps values of the given part in slices of sixteen channels', () => {
    const wide: BaseShape = { ...shape, layers: 1, kvHeads: 2, headDim: 32 };
    const numbers = 2 * 3 * 32;
    const raw: RawKv = {
      tokens: 3,
      keys: new Float32Array(numbers),
      values: Float32Array.from({ length: numbers }, (_, i) => i),
    };
    const cache = new NativeKvCache(wide, 5, new RotaryTable(wide, 5), new RowsMemory(0));
    cache.append(raw, 0, 2);
    cache.append(raw, 2, 3);
    const { given } = cache.partsForRun();
    const firstOfRows = Array.from({ length: 2 * 2 * 3 }, (_, row) => given.values[0]![row * 16]!);
    // [kvHeads, headDim / 16, rows]: value 32 * (3 * head + row) + 16 * slice.
    expect(firstOfRows).toEqual([0, 32, 64, 16, 48, 80, 96, 128, 160, 112, 144, 176]);
    expect(cache.raw(0, 3).values).toEqual(raw.values);
  });

  it.each([
    ['given', 0],
    ['run in part', 2],
    ['long enough to settle', 260],
  ])('gives tokens back as they were before rotary position (%s)', (_, count) => {
    const cache = contextOf(count + 8);
    const given = rawKv(4);
    cache.append(given, 0, 1);
    if (count > 0) run(cache, rawKv(count));
    cache.endText();
    cache.settle();
    cache.append(given, 0, 4);
    const [from, to] = [count + 2, count + 5];
    const raw = cache.raw(from, to);
    expect(raw.tokens).toBe(3);
    [1, 2, 3].forEach((token, at) => {
      expect(firstValues(raw, at)).toEqual(firstValues(given, token));
    });
    const expected = contextOf(4);
    expected.append(given, 1, 4);
    expected.raw(0, 3).keys.forEach((key, i) => {
      expect(raw.keys[i]).toBeCloseTo(key, 4);
    });
    expect(() => cache.raw(count + 3, count + 6)).toThrow(
      `tokens ${count + 3}..${count + 6} of ${count + 5}`,
    );
  });

  it('holds the same whether what was run has settled or not', () => {
    const [still, settled] = [contextOf(300), contextOf(300)];
    for (const cache of [still, settled]) {
      cache.append(rawKv(4), 0, 4);
      run(cache, rawKv(270));
    }
    still.settle();
    settled.endText();
    settled.settle();
    expect(settled.partsForRun().given.length).toBe(274);
    expect(still.partsForRun().given.length).toBe(4);
    expect(settled.raw(0, 274)).toEqual(still.raw(0, 274));
  });

  it('refuses tokens beyond its capacity', () => {
    const cache = contextOf(2);
    expect(() => {
      cache.append(rawKv(3), 0, 3);
    }).toThrow(/Broken invariant/);
  });

  it('forgets what came after a length, and goes on from there', () => {
    for (const length of [1, 3, 4]) {
      const cache = contextOf(6);
      cache.append(rawKv(3), 0, 3);
      run(cache, rawKv(2));
      const before = cache.raw(0, length);
      cache.truncate(length);
      expect(cache.length).toBe(length);
      expect(() => {
        cache.truncate(length + 1);
      }).toThrow(/Broken invariant/);
      cache.append(rawKv(5), 4, 5);
      run(cache, rawKv(1));
      expect(cache.length).toBe(length + 2);
      expect(cache.raw(0, length)).toEqual(before);
      expect(firstValues(cache.raw(0, length + 1), length)).toEqual(firstValues(rawKv(5), 4));
    }
  });
});
