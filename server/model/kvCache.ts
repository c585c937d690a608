import { assertInvariant } from '../errors';
import type { BaseShape } from './manifest';

/**
 * Keys and values of consecutive tokens before rotary position, as a window's encoding gives them and the
 * store keeps them: [layers, kvHeads, tokens, headDim] each.
 */
export interface RawKv {
  tokens: number;
  keys: Float32Array;
  values: Float32Array;
}

/**
 * The context of one conversation: rotated keys, and values, of the tokens at positions 0..length-1, in the
 * layout the reader graph appends to ([1, kvHeads, rows, headDim] per layer).
 */
export class KvCache {
  readonly keys: Float32Array[];
  readonly values: Float32Array[];
  /** Tokens that fit the memory: the reader's attention needs a spare one after those it is given. */
  readonly rows: number;
  length = 0;

  constructor(
    readonly shape: BaseShape,
    readonly capacity: number,
  ) {
    this.rows = capacity + 1;
    const numbers = shape.kvHeads * this.rows * shape.headDim;
    const layers = (): Float32Array[] =>
      Array.from({ length: shape.layers }, () => new Float32Array(numbers));
    this.keys = layers();
    this.values = layers();
  }

  /**
   * Appends tokens [from, to) of a stored encoding: keys are rotated to the next consecutive positions. Within
   * 1 % (likelihood of true answers) of reading the same text again, and no layer is run.
   */
  append(raw: RawKv, from: number, to: number, rotary: RotaryTable): void {
    const { layers, kvHeads, headDim } = this.shape;
    const count = to - from;
    assertInvariant(from >= 0 && to <= raw.tokens, `tokens ${from}..${to} of ${raw.tokens}`);
    assertInvariant(
      this.length + count <= this.capacity,
      `${this.length} + ${count} tokens in ${this.capacity}`,
    );
    for (let layer = 0; layer < layers; layer++) {
      for (let head = 0; head < kvHeads; head++) {
        const source = ((layer * kvHeads + head) * raw.tokens + from) * headDim;
        const target = (head * this.rows + this.length) * headDim;
        this.values[layer]!.set(raw.values.subarray(source, source + count * headDim), target);
        rotary.rotate(raw.keys, source, this.keys[layer]!, target, this.length, count);
      }
    }
    this.length += count;
  }

  /** Forgets everything after the first `length` tokens. */
  truncate(length: number): void {
    assertInvariant(length <= this.length, `truncating ${this.length} tokens to ${length}`);
    this.length = length;
  }
}

/** cos and sin per position and pair of components (RoFormer, section 3.2). */
export class RotaryTable {
  private readonly cos: Float32Array;
  private readonly sin: Float32Array;
  private readonly pairs: number;

  constructor(
    private readonly shape: Pick<BaseShape, 'headDim' | 'ropeTheta' | 'rotaryPairs'>,
    positions: number,
  ) {
    this.pairs = shape.headDim / 2;
    this.cos = rotaryValues(shape, positions, Math.cos);
    this.sin = rotaryValues(shape, positions, Math.sin);
  }

  /** Rotates `count` heads of headDim numbers, lying one after the other, to positions `position`, +1, … */
  rotate(
    source: Float32Array,
    sourceStart: number,
    target: Float32Array,
    targetStart: number,
    position: number,
    count: number,
  ): void {
    const { pairs, cos, sin } = this;
    const halves = this.shape.rotaryPairs === 'halves';
    const step = halves ? 1 : 2;
    const reach = halves ? pairs : 1;
    for (let token = 0; token < count; token++) {
      const table = (position + token) * pairs;
      const from = sourceStart + token * 2 * pairs;
      const to = targetStart + token * 2 * pairs;
      for (let pair = 0; pair < pairs; pair++) {
        const first = source[from + pair * step]!;
        const second = source[from + pair * step + reach]!;
        const c = cos[table + pair]!;
        const s = sin[table + pair]!;
        target[to + pair * step] = first * c - second * s;
        target[to + pair * step + reach] = second * c + first * s;
      }
    }
  }
}

/**
 * turn(position * theta^(-2i / headDim)) as [positions, headDim / 2]; also written into the weights file, so
 * that graph and cache turn by the same numbers. fp32 at each step, as when the base was trained.
 */
export function rotaryValues(
  shape: Pick<BaseShape, 'headDim' | 'ropeTheta'>,
  positions: number,
  turn: (angle: number) => number,
): Float32Array {
  const pairs = shape.headDim / 2;
  const values = new Float32Array(positions * pairs);
  for (let pair = 0; pair < pairs; pair++) {
    const frequency = Math.fround(Math.fround(shape.ropeTheta) ** Math.fround((-2 * pair) / shape.headDim));
    for (let position = 0; position < positions; position++) {
      values[position * pairs + pair] = turn(Math.fround(position * frequency));
    }
  }
  return values;
}
