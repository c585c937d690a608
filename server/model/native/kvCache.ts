import { assertInvariant } from '../../errors';
import type { KvCache, RawKv } from '../kvCache';
import type { BaseShape } from '../manifest';
import type { RotaryTable } from '../rotary';

/** A context in this thread's memory, in the layout the reader graph appends to ([1, kvHeads, rows, headDim] per layer). */
export class NativeKvCache implements KvCache {
  /** Rotated. */
  readonly keys: Float32Array[];
  readonly values: Float32Array[];
  /** Tokens that fit the memory: the reader's attention needs a spare one after those it is given. */
  readonly rows: number;
  length = 0;

  constructor(
    readonly shape: BaseShape,
    readonly capacity: number,
    private readonly rotary: RotaryTable,
  ) {
    this.rows = capacity + 1;
    const numbers = shape.kvHeads * this.rows * shape.headDim;
    const layers = (): Float32Array[] =>
      Array.from({ length: shape.layers }, () => new Float32Array(numbers));
    this.keys = layers();
    this.values = layers();
  }

  append(raw: RawKv, from: number, to: number): void {
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
        this.rotary.rotate(raw.keys, source, this.keys[layer]!, target, this.length, count);
      }
    }
    this.length += count;
  }

  /** Tokens [from, to) before rotary position. */
  raw(from: number, to: number): RawKv {
    const { layers, kvHeads, headDim } = this.shape;
    assertInvariant(from >= 0 && from <= to && to <= this.length, `tokens ${from}..${to} of ${this.length}`);
    const tokens = to - from;
    const numbers = layers * kvHeads * tokens * headDim;
    const raw = { tokens, keys: new Float32Array(numbers), values: new Float32Array(numbers) };
    for (let layer = 0; layer < layers; layer++) {
      for (let head = 0; head < kvHeads; head++) {
        const source = (head * this.rows + from) * headDim;
        const target = (layer * kvHeads + head) * tokens * headDim;
        raw.values.set(this.values[layer]!.subarray(source, source + tokens * headDim), target);
        this.rotary.rotateBack(this.keys[layer]!, source, raw.keys, target, from, tokens);
      }
    }
    return raw;
  }

  truncate(length: number): void {
    assertInvariant(length <= this.length, `truncating ${this.length} tokens to ${length}`);
    this.length = length;
  }

  /** The memory goes with the object: this thread's collector knows its size. */
  dispose(): void {
    this.length = 0;
  }
}
