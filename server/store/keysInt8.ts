/**
 * The payload of a record of landmark keys, int8 with a scale per block.
 *
 * | bytes              | field                                    |
 * |-------------------:|------------------------------------------|
 * |         4 * blocks | scales, fp32 [blocks]                    |
 * |  blocks * keyWidth | numbers, int8 [blocks, keyWidth]         |
 */
import { assertInvariant } from '../errors';
import { inverseOf, scaleOf } from './int8';
import type { Dims, WindowKeys } from './shape';

export function keysPayloadBytes([blocks, keyWidth]: Dims): number {
  return blocks * (4 + keyWidth);
}

/** @param keys [blocks, keyWidth] */
export function quantizeKeys(keys: Float32Array, keyWidth: number): WindowKeys {
  const blocks = keys.length / keyWidth;
  const numbers = new Int8Array(keys.length);
  const scales = new Float32Array(blocks);
  for (let block = 0, row = 0; block < blocks; block++, row += keyWidth) {
    let magnitude = 0;
    for (let at = row; at < row + keyWidth; at++) {
      magnitude = Math.max(magnitude, Math.abs(keys[at]!));
    }
    const scale = scaleOf(magnitude);
    const inverse = inverseOf(scale);
    scales[block] = scale;
    for (let at = row; at < row + keyWidth; at++) numbers[at] = Math.round(keys[at]! * inverse);
  }
  return { numbers, scales };
}

/** @returns [blocks, keyWidth] */
export function floatKeys({ numbers, scales }: WindowKeys): Float32Array {
  const keyWidth = scales.length === 0 ? 0 : numbers.length / scales.length;
  const keys = new Float32Array(numbers.length);
  for (let block = 0, row = 0; block < scales.length; block++, row += keyWidth) {
    const scale = scales[block]!;
    for (let at = row; at < row + keyWidth; at++) keys[at] = numbers[at]! * scale;
  }
  return keys;
}

export function encodeKeys({ numbers, scales }: WindowKeys, target: Uint8Array): void {
  assertInvariant(target.length === scales.byteLength + numbers.length, 'landmark keys fill their payload');
  target.set(new Uint8Array(scales.buffer, scales.byteOffset, scales.byteLength));
  target.set(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.length), scales.byteLength);
}

/** Copies, so that a few keys do not hold the whole read in memory. */
export function decodeKeys(payload: Uint8Array, dims: Dims): WindowKeys {
  assertInvariant(payload.length === keysPayloadBytes(dims), 'landmark keys fill their payload');
  const scalesBytes = 4 * dims[0];
  const { buffer, byteOffset, length } = payload;
  return {
    scales: new Float32Array(buffer.slice(byteOffset, byteOffset + scalesBytes)),
    numbers: new Int8Array(buffer.slice(byteOffset + scalesBytes, byteOffset + length)),
  };
}
