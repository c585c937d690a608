/**
 * The payload of a KV record as int8. A channel of the keys keeps its magnitude over the tokens of a window, and
 * some channels are far larger than others, so keys have a scale per channel; values have one per token.
 *
 * | bytes                       | field                                                |
 * |----------------------------:|------------------------------------------------------|
 * |   4 * layers*kvHeads*headDim | scales of keys, fp32 [layers, kvHeads, headDim]      |
 * |    4 * layers*kvHeads*tokens | scales of values, fp32 [layers, kvHeads, tokens]     |
 * | layers*kvHeads*tokens*headDim | keys before rotary, int8 [layers, kvHeads, tokens, headDim] |
 * | layers*kvHeads*tokens*headDim | values, int8 [layers, kvHeads, tokens, headDim]     |
 */
import type { Steps } from '../concurrency';
import { assertInvariant } from '../errors';
import { inverseOf, scaleOf } from './int8';
import { emptyKv, type Dims, type WindowKv } from './shape';

export function kvInt8PayloadBytes([layers, kvHeads, tokens, headDim]: Dims): number {
  return layers * kvHeads * (4 * headDim + 4 * tokens + 2 * tokens * headDim);
}

export function* encodeKvInt8(kv: WindowKv, dims: Dims, target: Uint8Array): Steps<void> {
  const { keyScales, valueScales, keys, values } = partsOf(target, dims);
  const [layers, kvHeads, tokens, headDim] = dims;
  const headNumbers = tokens * headDim;
  for (let head = 0; head < layers * kvHeads; head++) {
    yield;
    const from = head * headNumbers;
    quantizeByChannel(
      kv.keys.subarray(from, from + headNumbers),
      keyScales.subarray(head * headDim, (head + 1) * headDim),
      keys.subarray(from, from + headNumbers),
    );
    quantizeByToken(
      kv.values.subarray(from, from + headNumbers),
      valueScales.subarray(head * tokens, (head + 1) * tokens),
      values.subarray(from, from + headNumbers),
    );
  }
}

/** Tokens [from, to). */
export function decodeKvInt8(payload: Uint8Array, dims: Dims, from: number, to: number): WindowKv {
  const { keyScales, valueScales, keys, values } = partsOf(payload, dims);
  const [layers, kvHeads, tokens, headDim] = dims;
  const decoded = emptyKv(dims, to - from);
  const headNumbers = (to - from) * headDim;
  for (let head = 0; head < layers * kvHeads; head++) {
    const firstToken = head * tokens + from;
    const source = [firstToken * headDim, firstToken * headDim + headNumbers] as const;
    const target = [head * headNumbers, (head + 1) * headNumbers] as const;
    scaleByChannel(
      keys.subarray(...source),
      keyScales.subarray(head * headDim, (head + 1) * headDim),
      decoded.keys.subarray(...target),
    );
    scaleByToken(
      values.subarray(...source),
      valueScales.subarray(firstToken, firstToken + to - from),
      decoded.values.subarray(...target),
    );
  }
  return decoded;
}

/** @param payload at an address that fp32 numbers may have */
function partsOf(payload: Uint8Array, dims: Dims) {
  const [layers, kvHeads, tokens, headDim] = dims;
  const heads = layers * kvHeads;
  assertInvariant(payload.length === kvInt8PayloadBytes(dims), 'keys and values fill their payload');
  const { buffer, byteOffset } = payload;
  const valueScalesAt = byteOffset + 4 * heads * headDim;
  const keysAt = valueScalesAt + 4 * heads * tokens;
  const numbers = heads * tokens * headDim;
  return {
    keyScales: new Float32Array(buffer, byteOffset, heads * headDim),
    valueScales: new Float32Array(buffer, valueScalesAt, heads * tokens),
    keys: new Int8Array(buffer, keysAt, numbers),
    values: new Int8Array(buffer, keysAt + numbers, numbers),
  };
}

/** @param source [tokens, headDim] of one head; scales [headDim] and target [tokens, headDim] are written */
function quantizeByChannel(source: Float32Array, scales: Float32Array, target: Int8Array): void {
  const headDim = scales.length;
  scales.fill(0);
  for (let row = 0; row < source.length; row += headDim) {
    for (let channel = 0; channel < headDim; channel++) {
      scales[channel] = Math.max(scales[channel]!, Math.abs(source[row + channel]!));
    }
  }
  const inverses = new Float64Array(headDim);
  for (let channel = 0; channel < headDim; channel++) {
    scales[channel] = scaleOf(scales[channel]!);
    inverses[channel] = inverseOf(scales[channel]!);
  }
  for (let row = 0; row < source.length; row += headDim) {
    for (let channel = 0; channel < headDim; channel++) {
      target[row + channel] = Math.round(source[row + channel]! * inverses[channel]!);
    }
  }
}

/** @param source [tokens, headDim] of one head; scales [tokens] and target [tokens, headDim] are written */
function quantizeByToken(source: Float32Array, scales: Float32Array, target: Int8Array): void {
  const headDim = source.length / scales.length;
  for (let token = 0, row = 0; token < scales.length; token++, row += headDim) {
    let magnitude = 0;
    for (let at = row; at < row + headDim; at++) {
      magnitude = Math.max(magnitude, Math.abs(source[at]!));
    }
    const scale = scaleOf(magnitude);
    const inverse = inverseOf(scale);
    scales[token] = scale;
    for (let at = row; at < row + headDim; at++) target[at] = Math.round(source[at]! * inverse);
  }
}

/** @param source [tokens, headDim] of one head; scales [headDim]; target like source, written */
function scaleByChannel(source: Int8Array, scales: Float32Array, target: Float32Array): void {
  const headDim = scales.length;
  for (let row = 0; row < source.length; row += headDim) {
    for (let channel = 0; channel < headDim; channel++) {
      target[row + channel] = source[row + channel]! * scales[channel]!;
    }
  }
}

/** @param source [tokens, headDim] of one head; scales [tokens]; target like source, written */
function scaleByToken(source: Int8Array, scales: Float32Array, target: Float32Array): void {
  const headDim = source.length / scales.length;
  let at = 0;
  for (let row = 0; row < scales.length; row++) {
    const scale = scales[row]!;
    for (let end = at + headDim; at < end; at++) target[at] = source[at]! * scale;
  }
}
