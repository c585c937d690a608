import { assertInvariant } from '../../errors';
import type { NativeKvCache } from './kvCache';

/** A cache that what is decoded in another one goes through as well, when it is asked for. */
export class Follower {
  /** What was run in the other one since. */
  private readonly tokens: number[] = [];
  private readonly start: number;

  /** @param from length of the one that is followed */
  constructor(
    readonly cache: NativeKvCache,
    private readonly from: number,
  ) {
    this.start = cache.length;
  }

  /**
   * Tokens [start, start + count) are run in the other cache; what was run there after its first `at` tokens is forgotten.
   */
  follow(at: number, tokens: ArrayLike<number>, start: number, count: number): void {
    const kept = at - this.from;
    assertInvariant(
      kept >= 0 && kept <= this.tokens.length,
      `${this.tokens.length} tokens were followed, not ${kept}`,
    );
    this.tokens.length = kept;
    if (this.cache.length > this.start + kept) this.cache.truncate(this.start + kept);
    for (let i = 0; i < count; i++) this.tokens.push(tokens[start + i]!);
  }

  /** What the cache does not hold yet. */
  get pending(): number[] {
    return this.tokens.slice(this.cache.length - this.start);
  }
}
