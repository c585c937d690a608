/** What one routing layer, and each of its heads, gives to a landmark score. */
export interface LayerShare {
  /** Counted in the base from 0. */
  layer: number;
  /** Of the score, in all 1; below 0 where the layer spoke against the block. */
  share: number;
  /**
   * The shares of the layer's kv heads, of the score as well, in the order of the base; together they are `share`. A kv
   * head stands for the query heads that share its keys: a landmark query holds their sum.
   */
  heads: number[];
}
