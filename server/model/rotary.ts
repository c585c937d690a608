import type { BaseShape } from './manifest';

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

  /** Rotates rows of headDim numbers to consecutive positions. */
  rotate(rows: RowMove): void {
    this.turn(rows, 1);
  }

  /** Undoes `rotate` of rows that stand at these positions. */
  rotateBack(rows: RowMove): void {
    this.turn(rows, -1);
  }

  private turn({ source, target, position, count, ...places }: RowMove, direction: 1 | -1): void {
    const { pairs, cos, sin } = this;
    const halves = this.shape.rotaryPairs === 'halves';
    const step = halves ? 1 : 2;
    const reach = halves ? pairs : 1;
    for (let row = 0; row < count; row++) {
      const table = (position + row) * pairs;
      const from = places.from + row * places.fromStep;
      const to = places.to + row * places.toStep;
      for (let pair = 0; pair < pairs; pair++) {
        const first = source[from + pair * step]!;
        const second = source[from + pair * step + reach]!;
        const c = cos[table + pair]!;
        const s = direction * sin[table + pair]!;
        target[to + pair * step] = first * c - second * s;
        target[to + pair * step + reach] = second * c + first * s;
      }
    }
  }
}

/** `count` rows of a head: where the first one is and goes to, how far it is to the next, and the first one's position. */
export interface RowMove {
  source: Float32Array;
  from: number;
  fromStep: number;
  target: Float32Array;
  to: number;
  toStep: number;
  position: number;
  count: number;
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
