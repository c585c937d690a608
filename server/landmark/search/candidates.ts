const estimateValues = 0x1_0000;

/** The estimate of a block that is not to be chosen; by itself only a block that the whole query speaks against has it. */
export const leftOut = 0;

/**
 * The blocks with the highest estimates, ascending; of equal estimates the first. Linear: estimates are counted, which
 * tells the least that is high enough.
 *
 * @param estimates [blocks]
 * @returns [at most `count`]
 */
export function bestByEstimate(estimates: Uint16Array, count: number): Uint32Array {
  const counts = new Uint32Array(estimateValues);
  for (let block = 0; block < estimates.length; block++) counts[estimates[block]!]!++;
  let least = estimateValues;
  let higher = 0;
  while (least > leftOut + 1 && higher + counts[least - 1]! <= count) higher += counts[--least]!;
  // Of the blocks one below `least` some fit still.
  let rest = least - 1 > leftOut ? count - higher : 0;
  const best = new Uint32Array(higher + rest);
  let found = 0;
  for (let block = 0; block < estimates.length; block++) {
    const estimate = estimates[block]!;
    if (estimate < least - 1) continue;
    if (estimate >= least || rest-- > 0) best[found++] = block;
  }
  return best;
}
