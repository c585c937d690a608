import type { RawKv } from '../kvCache';
import type { BaseShape } from '../manifest';
import type { RotaryTable } from '../rotary';

type Heads = Pick<BaseShape, 'layers' | 'kvHeads' | 'headDim'>;

/** Rows are counted in steps of it, so that contexts of about the same size can have each other's memory. */
const roomStep = 128;

/** Channels of a value that stand side by side in the given part, as the reader graph multiplies them. */
const sliceChannels = 16;

export function sliceOf({ headDim }: Pick<Heads, 'headDim'>): number {
  return headDim % sliceChannels === 0 ? sliceChannels : headDim;
}

/**
 * Memory of contexts that were given back, for the next ones. Windows are encoded one after the other, and a collector
 * would leave the memory of several behind before it looks.
 */
export class RowsMemory {
  /** By length; what was given last stands last. */
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
    const alike = this.#free.get(array.length) ?? [];
    this.#free.delete(array.length);
    this.#free.set(array.length, alike);
    for (const [length, others] of this.#free) {
      if (length === array.length) break;
      while (others.length > 0 && this.#isBeyond(array.byteLength))
        this.#freeBytes -= others.pop()!.byteLength;
      if (others.length === 0) this.#free.delete(length);
    }
    if (this.#isBeyond(array.byteLength)) return;
    this.#freeBytes += array.byteLength;
    alike.push(array);
  }

  #isBeyond(bytes: number): boolean {
    return this.#freeBytes + bytes > this.freeBytesMax;
  }
}

/** Where a row's numbers begin, and how far it is to the next row's. */
interface Place {
  at: number;
  step: number;
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
      const source = {
        at: ((layer * this.shape.kvHeads + head) * raw.tokens + from) * headDim,
        step: headDim,
      };
      const target = this.keyPlace(head, this.length);
      const places = { from: source.at, fromStep: source.step, to: target.at, toStep: target.step };
      rotary.rotate({ ...places, source: raw.keys, target: this.keys[layer]!, position, count });
      this.eachSlice((channel, channels) => {
        const [first, place] = [after(source, channel), this.valuePlace(head, channel, this.length)];
        copyRows(raw.values, first, this.values[layer]!, place, count, channels);
      });
    });
    this.length += count;
  }

  /** Rows [row, row + count) before rotary position, into tokens [from, from + count) of an encoding. */
  copyRaw(row: number, { raw, from, count, position }: Part, rotary: RotaryTable): void {
    const { headDim } = this.shape;
    this.eachHead((layer, head) => {
      const target = {
        at: ((layer * this.shape.kvHeads + head) * raw.tokens + from) * headDim,
        step: headDim,
      };
      const source = this.keyPlace(head, row);
      const places = { from: source.at, fromStep: source.step, to: target.at, toStep: target.step };
      rotary.rotateBack({ ...places, source: this.keys[layer]!, target: raw.keys, position, count });
      this.eachSlice((channel, channels) => {
        const [first, place] = [this.valuePlace(head, channel, row), after(target, channel)];
        copyRows(this.values[layer]!, first, raw.values, place, count, channels);
      });
    });
  }

  abstract keyPlace(head: number, row: number): Place;

  /** @param channel of a value, the first one of a slice */
  abstract valuePlace(head: number, channel: number, row: number): Place;

  protected eachHead(visit: (layer: number, head: number) => void): void {
    for (let layer = 0; layer < this.shape.layers; layer++)
      for (let head = 0; head < this.shape.kvHeads; head++) visit(layer, head);
  }

  protected eachSlice(visit: (channel: number, channels: number) => void): void {
    const channels = sliceOf(this.shape);
    for (let channel = 0; channel < this.shape.headDim; channel += channels) visit(channel, channels);
  }
}

function after({ at, step }: Place, numbers: number): Place {
  return { at: at + numbers, step };
}

/** Copies `count` rows of `numbers` numbers each. */
function copyRows(
  source: Float32Array,
  from: Place,
  target: Float32Array,
  to: Place,
  count: number,
  numbers: number,
): void {
  if (from.step === numbers && to.step === numbers) {
    target.set(source.subarray(from.at, from.at + count * numbers), to.at);
    return;
  }
  for (let row = 0; row < count; row++) {
    const [first, place] = [from.at + row * from.step, to.at + row * to.step];
    for (let i = 0; i < numbers; i++) target[place + i] = source[first + i]!;
  }
}

/**
 * Read as a whole, for many runs. Of each layer keys are [kvHeads, rows, headDim] and values
 * [kvHeads, headDim / slice, rows, slice].
 */
export class GivenRows extends Rows {
  /** Rows from the first of a head's (of a slice's) to the next one's. */
  #stride = this.room;

  get free(): number {
    return this.#stride - this.length;
  }

  /** Makes rows follow each other without a gap. Nothing can be appended afterwards. */
  close(): void {
    const { kvHeads, headDim } = this.shape;
    if (this.#stride === this.length) return;
    for (const layer of this.keys) this.#compact(layer, kvHeads, headDim);
    const slice = sliceOf(this.shape);
    for (const layer of this.values) this.#compact(layer, (kvHeads * headDim) / slice, slice);
    this.#stride = this.length;
  }

  /** Appends rows of either kind as they are. */
  takeOver(rows: Rows): void {
    const { headDim } = this.shape;
    this.eachHead((layer, head) => {
      const [source, target] = [rows.keyPlace(head, 0), this.keyPlace(head, this.length)];
      copyRows(rows.keys[layer]!, source, this.keys[layer]!, target, rows.length, headDim);
      this.eachSlice((channel, channels) => {
        const places = [
          rows.valuePlace(head, channel, 0),
          this.valuePlace(head, channel, this.length),
        ] as const;
        copyRows(rows.values[layer]!, places[0], this.values[layer]!, places[1], rows.length, channels);
      });
    });
    this.length += rows.length;
  }

  keyPlace(head: number, row: number): Place {
    const { headDim } = this.shape;
    return { at: (head * this.#stride + row) * headDim, step: headDim };
  }

  valuePlace(head: number, channel: number, row: number): Place {
    const slice = sliceOf(this.shape);
    const piece = (head * this.shape.headDim + channel) / slice;
    return { at: (piece * this.#stride + row) * slice, step: slice };
  }

  /** @param pieces of which each has the rows of `width` numbers */
  #compact(layer: Float32Array, pieces: number, width: number): void {
    const numbers = this.length * width;
    for (let piece = 1; piece < pieces; piece++) {
      const from = piece * this.#stride * width;
      layer.copyWithin(piece * numbers, from, from + numbers);
    }
  }
}

/** Rows of all heads side by side, [rows, kvHeads, headDim] of each layer: a new one is written behind the others. */
export class RunRows extends Rows {
  /** Writes new rows of a layer, [count, kvHeads, headDim], which `length` does not count yet. */
  write(layer: number, keys: Float32Array, values: Float32Array): void {
    const { at } = this.keyPlace(0, this.length);
    this.keys[layer]!.set(keys, at);
    this.values[layer]!.set(values, at);
  }

  keyPlace(head: number, row: number): Place {
    const { kvHeads, headDim } = this.shape;
    return { at: (row * kvHeads + head) * headDim, step: kvHeads * headDim };
  }

  valuePlace(head: number, channel: number, row: number): Place {
    return after(this.keyPlace(head, row), channel);
  }
}
