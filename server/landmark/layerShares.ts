/**
 * Which layers a landmark score comes from. Keys and queries are routing layers side by side, each with its kv heads
 * (see docs/landmarks.md), so a score is the sum of what each layer gives.
 */

import type { LayerShare } from '../../protocol/messages';
import { assertInvariant } from '../errors';
import type { LandmarkKeys } from './keys';

export class LayerShares {
  /** One query a layer, with zeros at the other layers' numbers. */
  private readonly queries: readonly Float32Array[];

  /**
   * @param query [R] landmark query
   * @param layers the package's routing layers, in the order of its keys
   */
  constructor(
    private readonly keys: LandmarkKeys,
    query: Float32Array,
    private readonly layers: readonly number[],
  ) {
    const width = query.length / layers.length;
    assertInvariant(Number.isInteger(width), `${query.length} numbers are ${layers.length} equal parts`);
    this.queries = layers.map((_, at) => {
      const part = new Float32Array(query.length);
      part.set(query.subarray(at * width, (at + 1) * width), at * width);
      return part;
    });
  }

  /** Largest first, in all 1; none where the block has no key, or a score that is not above 0. */
  of(blockIndex: number): LayerShare[] {
    if (!this.keys.has(blockIndex)) return [];
    const given = this.queries.map((query) => this.keys.score(blockIndex, query));
    const score = given.reduce((sum, part) => sum + part, 0);
    if (!(score > 0)) return [];
    return this.layers
      .map((layer, at) => ({ layer, share: given[at]! / score }))
      .sort((left, right) => right.share - left.share);
  }
}
