/**
 * Which layers and heads a landmark score comes from. Keys and queries are `[layers, kvHeads, headDim]` (see
 * docs/landmarks.md), so a score is the sum of what each kv head of each routing layer gives.
 */

import type { LayerShare } from '../../protocol/messages';
import { assertInvariant } from '../errors';
import type { LandmarkKeys } from './keys';

/** What the numbers of a key belong to, in their order. */
export interface KeyLayout {
  /** The package's routing layers. */
  layers: readonly number[];
  /** Of each layer. */
  kvHeads: number;
}

export class LayerShares {
  /** [layers][kvHeads] queries, each with zeros at the other heads' numbers. */
  private readonly queries: readonly (readonly Float32Array[])[];

  /** @param query [R] landmark query */
  constructor(
    private readonly keys: LandmarkKeys,
    query: Float32Array,
    private readonly layout: KeyLayout,
  ) {
    const { layers, kvHeads } = layout;
    const headDim = query.length / (layers.length * kvHeads);
    assertInvariant(
      Number.isInteger(headDim),
      `${query.length} numbers are ${layers.length} layers of ${kvHeads} equal heads`,
    );
    this.queries = layers.map((_, at) =>
      Array.from({ length: kvHeads }, (_, head) => onlyPart(query, at * kvHeads + head, headDim)),
    );
  }

  /** Largest first, in all 1; none where the block has no key, or a score that is not above 0. */
  of(blockIndex: number): LayerShare[] {
    if (!this.keys.has(blockIndex)) return [];
    const given = this.queries.map((heads) => heads.map((query) => this.keys.score(blockIndex, query)));
    const score = sum(given.flat());
    if (!(score > 0)) return [];
    return this.layout.layers
      .map((layer, at) => shareOf(layer, given[at]!, score))
      .sort((left, right) => right.share - left.share);
  }
}

/** The query with zeros everywhere but at one part of `width` numbers. */
function onlyPart(query: Float32Array, part: number, width: number): Float32Array {
  const only = new Float32Array(query.length);
  only.set(query.subarray(part * width, (part + 1) * width), part * width);
  return only;
}

function shareOf(layer: number, given: readonly number[], score: number): LayerShare {
  return { layer, share: sum(given) / score, heads: given.map((part) => part / score) };
}

function sum(parts: readonly number[]): number {
  return parts.reduce((all, part) => all + part, 0);
}
