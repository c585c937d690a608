/** How near numbers are to what the oracle made of the same input. */

export function innerProduct(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

/** Root mean square of the difference over root mean square of what is expected. */
export function relativeError(found: Float32Array, expected: Float32Array): number {
  const difference = found.map((value, i) => value - expected[i]!);
  return Math.sqrt(innerProduct(difference, difference) / innerProduct(expected, expected));
}

/** [positions, kvHeads, headDim] of one layer out of [layers, kvHeads, tokens, headDim]. */
export function gather(
  values: Float32Array,
  tokens: number,
  layer: number,
  positions: readonly number[],
  kvHeads: number,
  headDim: number,
): Float32Array {
  const rows = positions.flatMap((position) =>
    Array.from({ length: kvHeads }, (_, head) => {
      const start = ((layer * kvHeads + head) * tokens + position) * headDim;
      return [...values.subarray(start, start + headDim)];
    }).flat(),
  );
  return Float32Array.from(rows);
}
