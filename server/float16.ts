/**
 * IEEE 754 half precision for typed arrays: KV blocks are stored and fed as fp16, computed as fp32.
 *
 * Both directions work on bit patterns, so that NaN payloads and signed zeros survive a round trip.
 */

const signMask = 0x8000;
const infinityBits = 0x7c00;
const mantissaMask = 0x3ff;
/** Bit patterns of fp32 magnitudes that part the cases of `halfOf`. */
const float32Infinity = 0x7f80_0000;
/** 65,520: half a step above the largest half, where rounding reaches infinity. */
const smallestOverflow = 0x477f_f000;
/** 2^-14, the smallest normal half. */
const smallestNormal = 0x3880_0000;
/** 2^-25, half of the smallest subnormal half: a tie that goes to the even neighbour, zero. */
const largestUnderflow = 0x3300_0000;

/** Rounds to nearest, ties to even; what exceeds the range becomes infinity. Lengths must be equal. */
export function encodeFloat16(source: Float32Array, target: Uint16Array): void {
  requireEqualLengths(source, target);
  const sourceBits = new Uint32Array(source.buffer, source.byteOffset, source.length);
  for (let index = 0; index < sourceBits.length; index++) target[index] = halfOf(sourceBits[index]!);
}

/** Exact: every half is a float. Lengths must be equal. */
export function decodeFloat16(source: Uint16Array, target: Float32Array): void {
  requireEqualLengths(source, target);
  float32BitsOfHalf ??= buildDecodingTable();
  const table = float32BitsOfHalf;
  const targetBits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  for (let index = 0; index < source.length; index++) targetBits[index] = table[source[index]!]!;
}

function requireEqualLengths(source: ArrayLike<number>, target: ArrayLike<number>): void {
  if (source.length !== target.length) {
    throw new RangeError(`${source.length} numbers do not convert into ${target.length} places.`);
  }
}

function halfOf(bits: number): number {
  const sign = (bits >>> 16) & signMask;
  const magnitude = bits & 0x7fff_ffff;
  if (magnitude > float32Infinity) {
    // A NaN whose payload would vanish must not become infinity.
    return sign | infinityBits | ((magnitude >>> 13) & mantissaMask || 0x200);
  }
  if (magnitude >= smallestOverflow) return sign | infinityBits;
  if (magnitude >= smallestNormal) {
    // A carry out of the mantissa raises the exponent, which is what rounding up means.
    return sign | ((magnitude - 0x3800_0000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  }
  if (magnitude <= largestUnderflow) return sign;
  const shift = 126 - (magnitude >>> 23);
  const mantissa = (magnitude & 0x7f_ffff) | 0x80_0000;
  return sign | ((mantissa + (1 << (shift - 1)) - 1 + ((mantissa >>> shift) & 1)) >>> shift);
}

/** [65,536] fp32 bit pattern of each half; 256 KiB, built at the first use. */
let float32BitsOfHalf: Uint32Array | undefined;

function buildDecodingTable(): Uint32Array {
  const table = new Uint32Array(0x1_0000);
  for (let half = 0; half < table.length; half++) table[half] = float32BitsOf(half);
  return table;
}

function float32BitsOf(half: number): number {
  const sign = (half & signMask) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const mantissa = half & mantissaMask;
  if (exponent === 0x1f) return sign | float32Infinity | (mantissa << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (mantissa << 13);
  if (mantissa === 0) return sign;
  // A subnormal half is a normal float: move its leading one to the hidden place.
  const shift = Math.clz32(mantissa) - 21;
  return sign | ((113 - shift) << 23) | (((mantissa << shift) & mantissaMask) << 13);
}
