/**
 * The payload of a KV record as fp16: twice the room, within rounding of what the model computed.
 *
 * | bytes                             | field                                                       |
 * |----------------------------------:|-------------------------------------------------------------|
 * | 2 * layers*kvHeads*tokens*headDim | keys before rotary, fp16 [layers, kvHeads, tokens, headDim] |
 * | 2 * layers*kvHeads*tokens*headDim | values, fp16 [layers, kvHeads, tokens, headDim]             |
 */
import type { Steps } from '../concurrency';
import { assertInvariant } from '../errors';
import { decodeFloat16, encodeFloat16 } from '../float16';
import { emptyKv, type Dims, type WindowKv } from './shape';

export function kvFloat16PayloadBytes([layers, kvHeads, tokens, headDim]: Dims): number {
  return 4 * layers * kvHeads * tokens * headDim;
}

export function* encodeKvFloat16(kv: WindowKv, dims: Dims, target: Uint8Array): Steps<void> {
  const { keys, values } = partsOf(target, dims);
  encodeFloat16(kv.keys, keys);
  yield;
  encodeFloat16(kv.values, values);
}

/** Tokens [from, to). */
export function decodeKvFloat16(payload: Uint8Array, dims: Dims, from: number, to: number): WindowKv {
  const { keys, values } = partsOf(payload, dims);
  const [layers, kvHeads, tokens, headDim] = dims;
  const decoded = emptyKv(dims, to - from);
  const headNumbers = (to - from) * headDim;
  for (let head = 0; head < layers * kvHeads; head++) {
    const first = (head * tokens + from) * headDim;
    const target = [head * headNumbers, (head + 1) * headNumbers] as const;
    decodeFloat16(keys.subarray(first, first + headNumbers), decoded.keys.subarray(...target));
    decodeFloat16(values.subarray(first, first + headNumbers), decoded.values.subarray(...target));
  }
  return decoded;
}

/** @param payload at an address that fp16 numbers may have */
function partsOf(payload: Uint8Array, dims: Dims): { keys: Uint16Array; values: Uint16Array } {
  assertInvariant(payload.length === kvFloat16PayloadBytes(dims), 'keys and values fill their payload');
  const numbers = payload.length / 4;
  return {
    keys: new Uint16Array(payload.buffer, payload.byteOffset, numbers),
    values: new Uint16Array(payload.buffer, payload.byteOffset + 2 * numbers, numbers),
  };
}
