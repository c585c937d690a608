/** What the store keeps, as its callers see it. */

/** What a model package fixes about records; a record of other dimensions is not read. */
export interface StoreShape {
  /** R: numbers of a landmark key. */
  keyWidth: number;
  layers: number;
  kvHeads: number;
  headDim: number;
}

/** The landmark keys of a window's blocks: `numbers[b, r] * scales[b]`. */
export interface WindowKeys {
  /** [blocks, keyWidth] */
  numbers: Int8Array;
  /** [blocks] */
  scales: Float32Array;
}

/** Keys and values of consecutive tokens of a window. */
export interface WindowKv {
  tokens: number;
  /** [layers, kvHeads, tokens, headDim] before rotary position. */
  keys: Float32Array;
  /** [layers, kvHeads, tokens, headDim] */
  values: Float32Array;
}

export type KvPrecision = 'int8' | 'fp16';

/** Records of one family lie in the same segments: landmark keys are kept, KV goes when the quota needs room. */
export type Family = 'keys' | 'kv';

/** Keys [blocks, keyWidth, 1, 1]; KV [layers, kvHeads, tokens, headDim]. */
export type Dims = readonly [number, number, number, number];

/** Memory for some tokens of a window. */
export function emptyKv([layers, kvHeads, , headDim]: Dims, tokens: number): WindowKv {
  const numbers = layers * kvHeads * tokens * headDim;
  return { tokens, keys: new Float32Array(numbers), values: new Float32Array(numbers) };
}
