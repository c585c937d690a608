import type { BaseShape } from '../../../server/model/manifest';

/** A base of a few numbers, for what is counted by hand. */
export const tinyShape: BaseShape = {
  architecture: 'qwen2',
  layers: 2,
  width: 8,
  heads: 2,
  kvHeads: 2,
  headDim: 4,
  vocabulary: 10,
  ropeTheta: 10_000,
  rotaryPairs: 'halves',
};
