/**
 * GGML block types and how their numbers are laid out anew for `MatMulNBits`, without rounding again.
 *
 * Source: the block layouts of ggml-quants (llama.cpp). A block of the source becomes one or more blocks of
 * `quants` (8 bits: one byte a weight, zero point 128; 4 bits: two weights a byte, low half first, zero point
 * 8), a scale for each, and, for the affine types, an offset: weight = scale * (quant - zeroPoint) + offset.
 *
 *     type | weights | bytes | layout of a block
 *     Q8_0 |      32 |    34 | d f16, q i8[32]
 *     Q5_0 |      32 |    22 | d f16, high bits u32, low halves u8[16]
 *     Q4_0 |      32 |    18 | d f16, u8[16]
 *     Q4_1 |      32 |    20 | d f16, m f16, u8[16]
 *     Q4_K |     256 |   144 | d f16, dmin f16, 6-bit scales and minima u8[12], u8[128]
 *     Q6_K |     256 |   210 | low halves u8[128], high bits u8[64], scales i8[16], d f16
 */

/** Where one source block's numbers go; positions are counted from the start of each array. */
export interface FormTarget {
  quants: Uint8Array;
  scales: Float32Array;
  /** Present for affine types only. */
  offsets: Float32Array | undefined;
}

export interface QuantForm {
  /** Weights of one source block. */
  sourceWeights: number;
  sourceBytes: number;
  bits: 4 | 8;
  /** Weights that share a scale in the target. */
  blockWeights: number;
  hasOffsets: boolean;
  /** Writes source block number `index` of `source` to the same place of `target`. */
  write(source: DataView, index: number, target: FormTarget): void;
}

export const quantForms: Readonly<Record<string, QuantForm>> = {
  Q8_0: form(32, 34, 8, 32, false, writeQ8Zero),
  Q5_0: form(32, 22, 8, 32, false, writeQ5Zero),
  Q4_0: form(32, 18, 4, 32, false, writeQ4Zero),
  Q4_1: form(32, 20, 4, 32, true, writeQ4One),
  Q4_K: form(256, 144, 4, 32, true, writeQ4K),
  Q6_K: form(256, 210, 8, 16, false, writeQ6K),
};

function form(
  sourceWeights: number,
  sourceBytes: number,
  bits: 4 | 8,
  blockWeights: number,
  hasOffsets: boolean,
  write: QuantForm['write'],
): QuantForm {
  return { sourceWeights, sourceBytes, bits, blockWeights, hasOffsets, write };
}

function writeQ8Zero(source: DataView, index: number, { quants, scales }: FormTarget): void {
  const from = index * 34;
  const to = index * 32;
  scales[index] = float16At(source, from);
  for (let i = 0; i < 32; i++) quants[to + i] = source.getInt8(from + 2 + i) + 128;
}

function writeQ5Zero(source: DataView, index: number, { quants, scales }: FormTarget): void {
  const from = index * 22;
  const to = index * 32;
  scales[index] = float16At(source, from);
  const high = source.getUint32(from + 2, true);
  for (let i = 0; i < 16; i++) {
    const low = source.getUint8(from + 6 + i);
    // Five bits, centred at 16; the target is centred at 128.
    quants[to + i] = ((low & 15) | (((high >>> i) & 1) << 4)) + 112;
    quants[to + 16 + i] = ((low >>> 4) | (((high >>> (i + 16)) & 1) << 4)) + 112;
  }
}

function writeQ4Zero(source: DataView, index: number, { quants, scales }: FormTarget): void {
  const from = index * 18;
  scales[index] = float16At(source, from);
  repackHalves(source, from + 2, quants, index * 16);
}

function writeQ4One(source: DataView, index: number, { quants, scales, offsets }: FormTarget): void {
  const from = index * 20;
  const scale = float16At(source, from);
  scales[index] = scale;
  offsets![index] = float16At(source, from + 2) + 8 * scale;
  repackHalves(source, from + 4, quants, index * 16);
}

/** 16 bytes that hold weights i (low half) and i + 16 (high half) become 16 bytes that hold 2i and 2i + 1. */
function repackHalves(source: DataView, from: number, quants: Uint8Array, to: number): void {
  for (let i = 0; i < 8; i++) {
    const first = source.getUint8(from + 2 * i);
    const second = source.getUint8(from + 2 * i + 1);
    quants[to + i] = (first & 15) | ((second & 15) << 4);
    quants[to + 8 + i] = (first >>> 4) | (second & 0xf0);
  }
}

function writeQ4K(source: DataView, index: number, { quants, scales, offsets }: FormTarget): void {
  const from = index * 144;
  const scale = float16At(source, from);
  const minimum = float16At(source, from + 2);
  for (let group = 0; group < 8; group++) {
    const [scaleLevel, minimumLevel] = sixBitPair(source, from + 4, group);
    const groupScale = Math.fround(scale * scaleLevel);
    scales[index * 8 + group] = groupScale;
    // weight = scale * quant - minimum = scale * (quant - 8) + (8 * scale - minimum)
    offsets![index * 8 + group] = 8 * groupScale - Math.fround(minimum * minimumLevel);
    // Groups 2j and 2j + 1 share 32 bytes: one in the low halves, the other in the high ones.
    const bytes = from + 16 + (group >> 1) * 32;
    const shift = (group & 1) * 4;
    const to = index * 128 + group * 16;
    for (let i = 0; i < 16; i++) {
      const even = (source.getUint8(bytes + 2 * i) >>> shift) & 15;
      const odd = (source.getUint8(bytes + 2 * i + 1) >>> shift) & 15;
      quants[to + i] = even | (odd << 4);
    }
  }
}

/** [scale, minimum] of a group of Q4_K: twelve bytes hold eight pairs of six bits. */
function sixBitPair(source: DataView, from: number, group: number): [number, number] {
  const byte = (i: number): number => source.getUint8(from + i);
  if (group < 4) return [byte(group) & 63, byte(group + 4) & 63];
  return [
    (byte(group + 4) & 15) | ((byte(group - 4) >>> 6) << 4),
    (byte(group + 4) >>> 4) | ((byte(group) >>> 6) << 4),
  ];
}

function writeQ6K(source: DataView, index: number, { quants, scales }: FormTarget): void {
  const from = index * 210;
  const scale = float16At(source, from + 208);
  for (let i = 0; i < 16; i++) scales[index * 16 + i] = scale * source.getInt8(from + 192 + i);
  for (let half = 0; half < 2; half++) {
    const low = from + half * 64;
    const high = from + 128 + half * 32;
    const to = index * 256 + half * 128;
    for (let i = 0; i < 32; i++) {
      const bits = source.getUint8(high + i);
      const first = source.getUint8(low + i);
      const second = source.getUint8(low + 32 + i);
      // Six bits, centred at 32; the target is centred at 128.
      quants[to + i] = ((first & 15) | ((bits & 3) << 4)) + 96;
      quants[to + 32 + i] = ((second & 15) | (((bits >>> 2) & 3) << 4)) + 96;
      quants[to + 64 + i] = ((first >>> 4) | (((bits >>> 4) & 3) << 4)) + 96;
      quants[to + 96 + i] = ((second >>> 4) | ((bits >>> 6) << 4)) + 96;
    }
  }
}

function float16At(source: DataView, offset: number): number {
  const bits = source.getUint16(offset, true);
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
