import { describe, expect, it } from 'vitest';
import type { Measured } from '../../../bench/reading/measured';
import { pageOf } from '../../../bench/reading/page';
import { allNearest, asInTheFile, gapsOf, moved, partsOf } from '../../../bench/reading/positions';
import { routedAgain, shipped, wayGroups, type Way } from '../../../bench/reading/ways';
import type { BlockPlace } from '../../../server/indexing/workspaceIndex';
import { RotaryTable } from '../../../server/model/rotary';
import type { WindowCut } from '../../../server/text/windows';
import { tinyShape as shape } from '../support/tinyShape';

describe('keys that are moved', () => {
  const keys = Float32Array.from({ length: shape.layers * shape.kvHeads * 3 * shape.headDim }, (_, at) =>
    Math.cos(at),
  );
  const raw = { tokens: 3, keys, values: keys.map((value) => -value) };

  /** As a context turns the first layer's first head. */
  function turned(rows: Float32Array, position: number): number[] {
    const target = new Float32Array(3 * shape.headDim);
    const step = shape.headDim;
    new RotaryTable(shape, position + 3).rotate({
      ...{ source: rows, from: 0, fromStep: step, target, to: 0, toStep: step, position, count: 3 },
    });
    return [...target];
  }

  it.each([
    [5, 7],
    [-5, 12],
    [0, 3],
  ])('by %i stand there once they are turned to position %i', (by, position) => {
    const there = turned(keys, position + by);
    turned(moved(raw, by, shape).keys, position).forEach((number, at) => {
      expect(number).toBeCloseTo(there[at]!, 5);
    });
  });

  it('are a copy, and values stay as they are', () => {
    const { values, keys: ownKeys } = moved(raw, 0, shape);
    expect([...values]).toEqual([...raw.values]);
    expect(ownKeys.buffer).not.toBe(keys.buffer);
    expect(values.buffer).not.toBe(raw.values.buffer);
  });
});

describe('positions of blocks', () => {
  const windows = [cut('a.ts', 4), cut('a.ts', 4), cut('a.ts', 4), cut('b.ts', 4)];
  // Of blocks of 10 tokens: the first and the third of a window, the second one two windows further, and another file's.
  const places = [place(0, 0), place(0, 2), place(2, 1), place(3, 3)];
  const parts = partsOf(places, 7, windows);

  it('count the header of a file once, and what is not read between two blocks of it', () => {
    expect(parts).toEqual([
      { start: 7, end: 20, leftOut: 0 },
      { start: 20, end: 30, leftOut: 10 },
      { start: 30, end: 40, leftOut: 10 + 40 + 10 },
      { start: 40, end: 53, leftOut: 0 },
    ]);
  });

  it('leave a gap after each block', () => {
    expect(gapsOf(16)(parts)).toEqual({ prefix: -64, parts: [-64, -48, -32, -16] });
  });

  it('are as far apart as in the file', () => {
    const { prefix, parts: moves } = asInTheFile(parts);
    expect(prefix).toBe(-70);
    expect(moves.map((move) => move + 0)).toEqual([-70, -60, 0, 0]);
  });

  it('end where the question begins', () => {
    const { prefix, parts: moves } = allNearest(parts);
    expect(prefix).toBe(0);
    expect(parts.map(({ end }, at) => end + moves[at]!)).toEqual([53, 53, 53, 53]);
  });

  function place(windowIndex: number, blockOfWindow: number): BlockPlace {
    const window = windows[windowIndex]!;
    const file = { path: window.path, lines: [] };
    const blockIndex = windowIndex * 4 + blockOfWindow;
    return { blockIndex, windowIndex, file, window, blockOfWindow, startLine: 1, endLine: 1 };
  }

  /** A window with a prefix of 7 tokens, a header of 3, and blocks of 10. */
  function cut(path: string, blockCount: number): WindowCut {
    const blocks = Array.from({ length: blockCount }, (_, at) => ({
      ...{ startLine: at + 1, endLine: at + 1 },
      ...{ startToken: 10 + 10 * at, endToken: 20 + 10 * at },
    }));
    const tokenCount = 10 + 10 * blockCount;
    const counts = { tokenCount, prefixTokenCount: 7, headerTokenCount: 3 };
    return { id: path, path, startLine: 1, endLine: blockCount, blocks, ...counts };
  }
});

describe('the page', () => {
  const ways = [shipped, ...wayGroups.flatMap((group) => group.ways)];

  /** Whose losses are those of the shipped way and so much more, but for what is routed again. */
  function measuredOf(probability: number, beyond: number, again: number): Measured {
    const lossOf = (way: Way): number => {
      if (way === shipped) return 3;
      return 3 + (routedAgain.includes(way) ? again : beyond);
    };
    const measured = ways.map((way) => [way.name, { loss: lossOf(way), facts: 0.5, spans: 1 }]);
    return { id: 'q', probability, ways: Object.fromEntries(measured) as Measured['ways'] };
  }

  it('compares each way with the shipped one, and the less likely half with the other', () => {
    // The one in the middle belongs to the less likely half.
    const measured = [measuredOf(0.9, 1, 0), measuredOf(0.1, 1, 0.25), measuredOf(0.5, 1, 0.25)];
    const lines = pageOf('small', measured, wayGroups, 'bench/results');
    const rows = lines.filter((line) => line.startsWith('| nothing |'));
    expect(rows).toEqual(['| nothing | .50 | 1.00 | 4.000 (4.000 to 4.000) | 1.000 (1.000 to 1.000) |']);
    const [again] = routedAgain;
    expect(lines.at(-routedAgain.length)).toBe(
      `| ${again!.name} | 0.250 (0.250 to 0.250) | 0.000 (0.000 to 0.000) | 0.250 (0.250 to 0.250) |`,
    );
  });

  it('tells of the ways that were measured alone', () => {
    const order = wayGroups.filter(({ title }) => title.includes('order'));
    const lines = pageOf('small', [measuredOf(0.5, 1, 0)], order, 'bench/results');
    expect(lines.filter((line) => line.startsWith('## '))).toEqual(order.map(({ title }) => `## ${title}`));
  });
});
