import { breathe } from '../../concurrency';
import { assertInvariant } from '../../errors';
import { contrasted, onlyPlausible, type Contrast } from '../contrast';
import { judgedRowsMax } from '../reader';
import { NativeKvCache } from './kvCache';
import type { TokenRun } from './readerBinding';

/** Runs tokens in a cache; the logits after each judged one, [vocabulary]. */
type LogitRows = (run: TokenRun, cache: NativeKvCache) => Promise<Float32Array[]>;

/** Chooses beside what would be said without the context (`../contrast.ts`). */
export class ContrastChooser {
  /** By the cache that follows. */
  private readonly followers = new WeakMap<NativeKvCache, Follower>();

  constructor(private readonly logitRows: LogitRows) {}

  /** Runs tokens and writes the choice after each judged one into `choices`, up to the first that is not the next token. */
  async choose(run: TokenRun, cache: NativeKvCache, choices: Int32Array, contrast: Contrast): Promise<void> {
    const follower = this.followerOf(contrast, cache);
    follower.follow(cache.length, run);
    const rows = await this.logitRows(run, cache);
    const firstJudged = run.start + run.count - run.judged;
    let others: Float32Array[] | undefined;
    for (const [row, logits] of rows.entries()) {
      const only = onlyPlausible(logits, contrast.plausible);
      if (only === undefined) others ??= await this.catchUp(follower, run);
      choices[row] = only ?? contrasted(logits, others![row]!, contrast);
      // What stands after a token that is not the choice is never said: nothing is run for it.
      if (choices[row] !== run.tokens[firstJudged + row + 1]) return;
    }
  }

  /** Runs what a follower lacks, in runs of rows that do not depend on each other; logits of what `run` judges. */
  private async catchUp(follower: Follower, { judged, signal }: TokenRun): Promise<Float32Array[]> {
    const tokens = follower.pending;
    const rows: Float32Array[] = [];
    for (let start = 0; start < tokens.length; start += judgedRowsMax) {
      await breathe(signal);
      const count = Math.min(judgedRowsMax, tokens.length - start);
      rows.push(...(await this.logitRows({ tokens, start, count, judged: count, signal }, follower.cache)));
    }
    return rows.slice(-judged);
  }

  private followerOf({ without }: Contrast, leader: NativeKvCache): Follower {
    assertInvariant(without instanceof NativeKvCache, 'a cache of another reader');
    let follower = this.followers.get(without);
    if (!follower) this.followers.set(without, (follower = new Follower(without, leader.length)));
    return follower;
  }
}

/** A cache that what is decoded in another one goes through as well, when it is asked for. */
class Follower {
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
  follow(at: number, { tokens, start, count }: TokenRun): void {
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
