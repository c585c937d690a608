import type { RawKv } from '../kvCache';
import type { BaseShape } from '../manifest';
import type { RotaryTable } from '../rotary';

export type Heads = Pick<BaseShape, 'layers' | 'kvHeads' | 'headDim'>;

/** Rows are counted in steps of it, so that contexts of about the same size can have each other's memory. */
const roomStep = 128;

/**
 * Memory of contexts that were given back, for the next ones. Windows are encoded one after the other, and a collector
 * would leave the memory of several behind before it looks.
 */
export class RowsMemory {
  readonly #free = new Map<number, Float32Array[]>();
  #freeBytes = 0;

  constructor(private readonly freeBytesMax: number) {}

  /** What is in it means nothing. */
  take(numbers: number): Float32Array {
    const array = this.#free.get(numbers)?.pop();
    if (!array) return new Float32Array(numbers);
    this.#freeBytes -= array.byteLength;
    return array;
  }

  give(array: Float32Array): void {
    if (this.#freeBytes + array.byteLength > this.freeBytesMax) return;
    this.#freeBytes += array.byteLength;
    const alike = this.#free.get(array.length);
    if (alike) alike.push(array);
    else this.#free.set(array.length, [array]);
  }
}

/** Tokens [from, from + count) of an encoding, and the position of the first of them in a context. */
interface Part {
  raw: RawKv;
  from: number;
  count: number;
  position: number;
}

/** Keys (rotated) and values of some rows, layer by layer. */
abstract class Rows {
  /** Tokens that fit. */
  readonly room: number;
  readonly keys: Float32Array[];
  readonly values: Float32Array[];
  length = 0;

  constructor(
    protected readonly shape: Heads,
    tokens: number,
    protected readonly memory: RowsMemory,
  ) {
    this.room = Math.ceil(tokens / roomStep) * roomStep;
    const numbers = shape.kvHeads * this.room * shape.headDim;
    const layers = (): Float32Array[] => Array.from({ length: shape.layers }, () => memory.take(numbers));
    this.keys = layers();
    this.values = layers();
  }

  /** Gives the memory back; nothing may be read or written afterwards. */
  release(): void {
    for (const layers of [this.keys, this.values]) for (const one of layers.splice(0)) this.memory.give(one);
  }

  append({ raw, from, count, position }: Part, rotary: RotaryTable): void {
    const { headDim } = this.shape;
    this.eachHead((layer, head) => {
      const source = ((layer * this.shape.kvHeads + head) * raw.tokens + from) * headDim;
      const { at, step } = this.placeOf(head, this.length);
      const places = { from: source, fromStep: headDim, to: at, toStep: step, count };
      copyRows({ ...places, source: raw.values, target: this.values[layer]! }, headDim);
      rotary.rotate({ ...places, source: raw.keys, target: this.keys[layer]!, position });
    });
    this.length += count;
  }

  /** Rows [row, row + count) before rotary position, into tokens [from, from + count) of an encoding. */
  copyRaw(row: number, { raw, from, count, position }: Part, rotary: RotaryTable): void {
    const { headDim } = this.shape;
    this.eachHead((layer, head) => {
      const target = ((layer * this.shape.kvHeads + head) * raw.tokens + from) * headDim;
      const { at, step } = this.placeOf(head, row);
      const places = { from: at, fromStep: step, to: target, toStep: headDim, count };
      copyRows({ ...places, source: this.values[layer]!, target: raw.values }, headDim);
      rotary.rotateBack({ ...places, source: this.keys[layer]!, target: raw.keys, position });
    });
  }

  /** Where a head's row begins, and how far it is to its next. */
  abstract placeOf(head: number, row: number): { at: number; step: number };

  protected eachHead(visit: (layer: number, head: number) => void): void {
    for (let layer = 0; layer < this.shape.layers; layer++)
      for (let head = 0; head < this.shape.kvHeads; head++) visit(layer, head);
  }
}

interface CopiedRows {
  source: Float32Array;
  from: number;
  fromStep: number;
  target: Float32Array;
  to: number;
  toStep: number;
  count: number;
}

function copyRows({ source, from, fromStep, target, to, toStep, count }: CopiedRows, headDim: number): void {
  if (fromStep === headDim && toStep === headDim) {
    target.set(source.subarray(from, from + count * headDim), to);
    return;
  }
  for (let row = 0; row < count; row++) {
    const [first, place] = [from + row * fromStep, to + row * toStep];
    for (let i = 0; i < headDim; i++) target[place + i] = source[first + i]!;
  }
}

/** Rows of a head side by side, [kvHeads, rows, headDim] of each layer: read as a whole, for many runs. */
export class GivenRows extends Rows {
  /** Rows from one head's first to the next one's. */
  #stride = this.room;

  get free(): number {
    return this.#stride - this.length;
  }

  /** Makes the heads' rows follow each other without a gap. Nothing can be appended afterwards. */
  close(): void {
    if (this.#stride === this.length) return;
    const { kvHeads, headDim } = this.shape;
    const numbers = this.length * headDim;
    for (const layer of [...this.keys, ...this.values]) {
      for (let head = 1; head < kvHeads; head++) {
        const from = head * this.#stride * headDim;
        layer.copyWithin(head * numbers, from, from + numbers);
      }
    }
    this.#stride = this.length;
  }

  /** Appends rows of either kind as they are. */
  takeOver(rows: GivenRows | RunRows): void {
    const { headDim } = this.shape;
    for (const part of ['keys', 'values'] as const) {
      this.eachHead((layer, head) => {
        const source = rows.placeOf(head, 0);
        const target = this.placeOf(head, this.length);
        const places = { from: source.at, fromStep: source.step, to: target.at, toStep: target.step };
        const arrays = { source: rows[part][layer]!, target: this[part][layer]! };
        copyRows({ ...places, ...arrays, count: rows.length }, headDim);
      });
    }
    this.length += rows.length;
  }

  placeOf(head: number, row: number): { at: number; step: number } {
    const { headDim } = this.shape;
    return { at: (head * this.#stride + row) * headDim, step: headDim };
  }
}

/** Rows of all heads side by side, [rows, kvHeads, headDim] of each layer: a new one is written behind the others. */
export class RunRows extends Rows {
  /** Writes new rows of a layer, [count, kvHeads, headDim], which `length` does not count yet. */
  write(layer: number, keys: Float32Array, values: Float32Array): void {
    const { at } = this.placeOf(0, this.length);
    this.keys[layer]!.set(keys, at);
    this.values[layer]!.set(values, at);
  }

  placeOf(head: number, row: number): { at: number; step: number } {
    const { kvHeads, headDim } = this.shape;
    return { at: (row * kvHeads + head) * headDim, step: kvHeads * headDim };
  }
}
