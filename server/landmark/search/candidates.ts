const estimateValues = 0x1_0000;

/**
 * Of these blocks the ones with the highest estimates, in the order given; of equal estimates the first. Linear: the
 * estimates are counted, which tells the least that is high enough.
 *
 * @param blocks [n] ascending
 * @param estimates [all blocks]
 * @returns [at most `count`]
 */
export function bestByEstimate(blocks: Uint32Array, estimates: Uint16Array, count: number): Uint32Array {
  if (blocks.length <= count) return blocks;
  const counts = new Uint32Array(estimateValues);
  for (const blockIndex of blocks) counts[estimates[blockIndex]!]!++;
  let least = estimateValues;
  let higher = 0;
  while (least > 0 && higher + counts[least - 1]! <= count) higher += counts[--least]!;
  // Of the blocks one below `least` some fit still.
  let rest = count - higher;
  const best = new Uint32Array(count);
  let found = 0;
  for (const blockIndex of blocks) {
    const estimate = estimates[blockIndex]!;
    if (estimate >= least || (estimate === least - 1 && rest-- > 0)) best[found++] = blockIndex;
  }
  return best;
}
