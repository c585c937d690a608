import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { kernelModule } from '../../kernel.mjs';
import { bestByEstimate } from '../../server/landmark/search/candidates';
import { ChunkedRows } from '../../server/landmark/search/chunkedRows';
import { bestScanKind, createRows } from '../../server/landmark/search/createRows';
import { PlainRows } from '../../server/landmark/search/plainRows';
import { PlainSketches } from '../../server/landmark/search/plainSketches';
import { scanQuery } from '../../server/landmark/search/query';
import type { RowMemory } from '../../server/landmark/search/rowMemory';
import { SimdRows } from '../../server/landmark/search/simdRows';
import { SimdSketches } from '../../server/landmark/search/simdSketches';
import { signTables } from '../../server/landmark/search/sketches';
import { randomBelow } from '../store/support/random';

const widths = [1, 6, 15, 16, 17, 64, 768, 1536];

function randomRows(rows: number, width: number, seed: number): Int8Array {
  const below = randomBelow(seed);
  return Int8Array.from({ length: rows * width }, () => below(256) - 128);
}

function randomQuery(width: number, seed: number): Float32Array {
  const below = randomBelow(seed);
  return Float32Array.from({ length: width }, () => (below(20_001) - 10_000) / 1e4);
}

function dotsOf(rows: RowMemory, query: Float32Array, firstRow: number, count: number): Int32Array {
  const out = new Int32Array(count);
  rows.dots(scanQuery(query), firstRow, count, out, 0);
  return out;
}

/** In floating point, whose 53 bits hold every sum. */
function expectedDots(numbers: Int8Array, width: number, query: Float32Array): number[] {
  const scan = scanQuery(query).numbers;
  return Array.from({ length: numbers.length / width }, (_, row) =>
    scan.reduce((sum, number, r) => sum + number * numbers[row * width + r]!, 0),
  );
}

test('the compiled loops are what their text gives', async () => {
  expect(readFileSync('server/landmark/search/kernel.ts', 'utf8')).toBe(await kernelModule());
});

test('this machine scans with vectors', () => {
  expect(bestScanKind()).toBe('simd');
});

test.each(widths)('with vectors and without, rows of %i numbers give exact inner products', (width) => {
  const numbers = randomRows(40, width, width);
  const query = randomQuery(width, width + 1);
  const expected = expectedDots(numbers, width, query);
  for (const rows of [new SimdRows(width), new PlainRows(width)]) {
    rows.reserve(40);
    rows.set(0, numbers);
    expect([...dotsOf(rows, query, 0, 40)]).toEqual(expected);
    expect([...dotsOf(rows, query, 7, 5)]).toEqual(expected.slice(7, 12));
    expect([...rows.row(39)]).toEqual([...numbers.subarray(39 * width)]);
  }
});

test.each(widths)('no sum over %i numbers leaves int32', (width) => {
  const least = new Int8Array(width).fill(-128);
  const queries = [
    new Float32Array(width).fill(-1),
    new Float32Array(width).fill(1e-12),
    randomQuery(width, 3).map((number) => -Math.abs(number)),
    new Float32Array(width).fill(0, 1).fill(-7, 0, 1),
  ];
  for (const query of queries) {
    const [sum] = expectedDots(least, width, query);
    expect(Math.abs(sum!)).toBeLessThan(2 ** 31);
    for (const rows of [new SimdRows(width), new PlainRows(width)]) {
      rows.reserve(1);
      rows.set(0, least);
      expect(dotsOf(rows, query, 0, 1)[0]).toBe(sum);
    }
  }
});

test('a query of nothing finds nothing, one that is not finite is refused', () => {
  expect(scanQuery(new Float32Array(3))).toEqual({ numbers: new Int16Array(3), scale: 0 });
  expect(() => scanQuery(Float32Array.of(1, NaN))).toThrow('Broken invariant');
  expect(() => scanQuery(Float32Array.of(1, Infinity))).toThrow('Broken invariant');
});

test('a scan of more rows than one call takes', () => {
  const numbers = randomRows(9_000, 16, 5);
  const query = randomQuery(16, 6);
  const rows = createRows(16);
  rows.reserve(9_000);
  rows.set(0, numbers);
  expect([...dotsOf(rows, query, 0, 9_000)]).toEqual(expectedDots(numbers, 16, query));
});

test.each(['simd', 'plain'] as const)('%s rows keep what they held when room is added', (kind) => {
  const rows = createRows(24, kind);
  const numbers = randomRows(5_000, 24, 9);
  for (let row = 0; row < 5_000; row++) {
    rows.reserve(row + 1);
    rows.set(row, numbers.subarray(row * 24, (row + 1) * 24));
  }
  const query = randomQuery(24, 10);
  expect([...dotsOf(rows, query, 0, 5_000)]).toEqual(expectedDots(numbers, 24, query));
});

test('rows of several memories are set, read and scanned across their ends', () => {
  const numbers = randomRows(25, 16, 11);
  const query = randomQuery(16, 12);
  const expected = expectedDots(numbers, 16, query);
  const rows = new ChunkedRows(16, () => new SimdRows(16), 10);
  rows.reserve(8);
  rows.set(0, numbers.subarray(0, 8 * 16));
  rows.reserve(25);
  rows.set(8, numbers.subarray(8 * 16));
  expect([...dotsOf(rows, query, 0, 25)]).toEqual(expected);
  expect([...dotsOf(rows, query, 9, 12)]).toEqual(expected.slice(9, 21));
  expect([...rows.row(20)]).toEqual([...numbers.subarray(20 * 16, 21 * 16)]);
});

test('rows beyond the room are refused', () => {
  const rows = new SimdRows(16);
  rows.reserve(2);
  expect(() => {
    rows.set(2, new Int8Array(16));
  }).toThrow('Broken invariant');
  expect(() => dotsOf(rows, new Float32Array(16).fill(1), 1, 2)).toThrow('Broken invariant');
});

test.each(widths)('with vectors and without, sketches of %i numbers give equal estimates', (width) => {
  const numbers = randomRows(50, width, width + 20);
  const query = randomQuery(width, width + 21);
  const made = [new SimdSketches(width), new PlainSketches(width)].map((sketches) => {
    for (let row = 0; row < 50; row++) {
      sketches.reserve(row + 1);
      sketches.set(row, numbers.subarray(row * width, (row + 1) * width));
    }
    // Once more, the same: what was set before leaves nothing.
    sketches.set(3, numbers.subarray(0, width));
    sketches.set(3, numbers.subarray(3 * width, 4 * width));
    return sketches.estimates(query, 50);
  });
  expect(made[0]).toEqual(made[1]);
  // The inner product of signs and query, but for the rounding of the tables.
  const products = Array.from({ length: 50 }, (_, row) =>
    query.reduce((sum, number, r) => sum + (numbers[row * width + r]! < 0 ? -number : number), 0),
  );
  const tables = signTables(query);
  const largest = products.reduce((most, product) => Math.max(most, product), -Infinity);
  const unitOf = (2 * largestGroup(query)) / Math.max(...tables);
  const highest = made[0]![products.indexOf(largest)]!;
  products.forEach((product, row) => {
    const off = (highest - made[0]![row]!) * unitOf - (largest - product);
    expect(Math.abs(off)).toBeLessThanOrEqual((tables.length / 16) * unitOf);
  });
});

/** The most that four numbers of a query add up to. */
function largestGroup(query: Float32Array): number {
  let most = 0;
  for (let at = 0; at < query.length; at += 4) {
    const group = query.subarray(at, at + 4);
    most = Math.max(
      most,
      group.reduce((sum, number) => sum + Math.abs(number), 0),
    );
  }
  return most;
}

test.each([1, 768, 1536, 8_000])('sums of %i signs fit 16 bits', (width) => {
  const tables = signTables(new Float32Array(width).fill(1));
  let sum = 0;
  for (let at = 0; at < tables.length; at += 16) sum += Math.max(...tables.subarray(at, at + 16));
  expect(sum).toBeGreaterThan(0);
  expect(sum).toBeLessThanOrEqual(0xffff);
});

test('a scan of more sketches than one call takes', () => {
  const numbers = randomRows(9_001, 32, 31);
  const query = randomQuery(32, 32);
  const [simd, plain] = [new SimdSketches(32), new PlainSketches(32)];
  for (const sketches of [simd, plain]) {
    sketches.reserve(9_001);
    for (let row = 0; row < 9_001; row++) sketches.set(row, numbers.subarray(row * 32, row * 32 + 32));
  }
  expect(simd.estimates(query, 9_001)).toEqual(plain.estimates(query, 9_001));
});

test.each<[number, number[]]>([
  [0, []],
  [1, [4]],
  [2, [1, 4]],
  [3, [1, 4, 6]],
  [4, [1, 4, 6, 9]],
  [5, [1, 2, 4, 6, 9]],
  [6, [1, 2, 4, 6, 7, 9]],
  [7, [1, 2, 4, 6, 7, 9]],
])('the best %i by estimate, without those that are left out', (count, expected) => {
  const estimates = Uint16Array.of(0, 99, 7, 0, 65_535, 0, 99, 7, 0, 8);
  expect([...bestByEstimate(estimates, count)]).toEqual(expected);
});
