import { assertInvariant } from '../errors';
import { familyOf, type RecordHead } from './record';
import type { Dims, StoreShape } from './shape';

export function requireId(windowId: string): string {
  assertInvariant(/^[0-9a-f]{64}$/.test(windowId), `${windowId} is a window id`);
  return windowId;
}

export function requireWhole(dims: Dims): void {
  assertInvariant(
    dims.every((dim) => Number.isInteger(dim) && dim > 0),
    `a record of [${dims.join(', ')}] is whole`,
  );
}

/** Whether a record has the dimensions of its model package. */
export function fits({ form, dims }: RecordHead, shape: StoreShape): boolean {
  const [first, second, third, fourth] = dims;
  if (familyOf(form) === 'keys') return second === shape.keyWidth && third === 1 && fourth === 1;
  return first === shape.layers && second === shape.kvHeads && fourth === shape.headDim;
}
