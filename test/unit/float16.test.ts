import { expect, test } from 'vitest';
import { decodeFloat16, encodeFloat16 } from '../../server/float16';

function encode(value: number): number {
  const target = new Uint16Array(1);
  encodeFloat16(Float32Array.of(value), target);
  return target[0]!;
}

function decode(half: number): number {
  const target = new Float32Array(1);
  decodeFloat16(Uint16Array.of(half), target);
  return target[0]!;
}

const exact: [number, number][] = [
  [0, 0x0000],
  [-0, 0x8000],
  [1, 0x3c00],
  [-2, 0xc000],
  [0.5, 0x3800],
  [65_504, 0x7bff],
  [2 ** -14, 0x0400],
  [2 ** -14 - 2 ** -24, 0x03ff],
  [2 ** -24, 0x0001],
  [Infinity, 0x7c00],
  [-Infinity, 0xfc00],
];

test.each(exact)('%s is 0x%s both ways', (value, half) => {
  expect(encode(value)).toBe(half);
  expect(decode(half)).toBe(value);
});

test.each<[string, number, number]>([
  ['a tie to the even neighbour below', 1 + 2 ** -11, 0x3c00],
  ['a tie to the even neighbour above', 1 + 3 * 2 ** -11, 0x3c02],
  ['just above a tie upwards', 1 + 2 ** -11 + 2 ** -20, 0x3c01],
  ['across a power of two', 2 - 2 ** -12, 0x4000],
  ['below the overflow tie to the largest half', 65_519, 0x7bff],
  ['the overflow tie to infinity', 65_520, 0x7c00],
  ['a large number to infinity', -1e30, 0xfc00],
  ['into the subnormals', 1e-5, 0x00a8],
  ['the largest subnormals up to the smallest normal', 2 ** -14 - 2 ** -26, 0x0400],
  ['the underflow tie to zero', 2 ** -25, 0x0000],
  ['just above the underflow tie to the smallest', 2 ** -25 + 2 ** -40, 0x0001],
  ['a subnormal tie to even', 3 * 2 ** -25, 0x0002],
  ['a subnormal float to zero', -1e-40, 0x8000],
])('rounds %s', (_, value, half) => {
  expect(encode(value)).toBe(half);
});

test('keeps NaN a NaN', () => {
  expect(encode(NaN) & 0x7fff).toBeGreaterThan(0x7c00);
  const faintNaN = new Float32Array(Uint32Array.of(0x7f80_0001).buffer);
  const half = new Uint16Array(1);
  encodeFloat16(faintNaN, half);
  expect(half[0]! & 0x7fff).toBeGreaterThan(0x7c00);
});

test('every half survives the round trip', () => {
  const halves = Uint16Array.from({ length: 0x1_0000 }, (_, half) => half);
  const floats = new Float32Array(halves.length);
  decodeFloat16(halves, floats);
  const again = new Uint16Array(halves.length);
  encodeFloat16(floats, again);
  expect(Buffer.from(again.buffer).equals(Buffer.from(halves.buffer))).toBe(true);
});

test('works on views and refuses unequal lengths', () => {
  const floats = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
  const halves = new Uint16Array(4).subarray(1, 3);
  encodeFloat16(floats, halves);
  expect([...halves]).toEqual([0x3c00, 0x4000]);
  expect(() => {
    encodeFloat16(floats, new Uint16Array(3));
  }).toThrow(RangeError);
});
