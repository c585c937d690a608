/**
 * Drafts for decoding: an answer about code quotes it, so what followed the answer's last tokens where they stood
 * before often follows again. (Prompt look-up decoding; that a draft is kept only as far as it is what would have been
 * chosen is the greedy case of speculative decoding, Leviathan et al. 2023, section 2. Sampled decoding chooses as surely,
 * since its noise is a hash: `model/sampling.ts`.) Pure: knows tokens.
 */

/** Tokens of one draft: a run of nine rows takes twice as long as a run of one; see docs/performance.md. */
export const draftTokensMax = 8;
/** A longer equal tail tells no more about what follows. */
const matchTokensMax = 8;
/**
 * A second row is nearly free, so one token is always drafted. From the third equal token on, each is worth twice as long
 * a draft: one token follows rightly after 1 equal token in 5, after 8 in 9 of 10.
 */
const growth = 2;
const matchTokensForOne = 2;
/** Stands between texts that do not follow each other; is no token, so that nothing is matched or drafted across. */
const gap = -1;

/**
 * The tokens that may be quoted, in order: the blocks that were read, the question, and the answer so far. Looking up
 * is a walk over them, some microseconds beside a run of tens of milliseconds, and allocates nothing.
 */
export class DraftSource {
  private readonly tokens: Int32Array;
  private length = 0;

  /**
   * @param texts token ids of each text that may be quoted
   * @param answerTokensMax room for the answer
   */
  constructor(texts: readonly (readonly number[])[], answerTokensMax: number) {
    const textTokens = texts.reduce((sum, text) => sum + text.length + 1, 0);
    this.tokens = new Int32Array(textTokens + answerTokensMax);
    for (const text of texts) {
      this.tokens.set(text, this.length);
      this.length += text.length;
      this.push(gap);
    }
  }

  /** Appends a token of the answer. */
  push(token: number): void {
    this.tokens[this.length++] = token;
  }

  /**
   * Writes what may come next into target[start …]: what followed the longest equal tail, the latest of several. The
   * more of it is equal, the longer the draft.
   *
   * @param tokensMax most tokens to draft
   * @returns how many were written
   */
  draft(target: Int32Array, start: number, tokensMax: number): number {
    const { tokens, length } = this;
    const last = tokens[length - 1];
    let from = -1;
    let longest = 0;
    for (let at = length - 2; at >= 0 && longest < matchTokensMax; at--) {
      if (tokens[at] !== last || tokens[at + 1] === gap) continue;
      const equal = this.equalTail(at);
      if (equal > longest) {
        longest = equal;
        from = at + 1;
      }
    }
    if (from < 0) return 0;
    const worth = growth ** Math.max(0, longest - matchTokensForOne);
    const wanted = Math.min(tokensMax, draftTokensMax, worth);
    let count = 0;
    while (count < wanted && from + count < length && tokens[from + count] !== gap) {
      target[start + count] = tokens[from + count]!;
      count++;
    }
    return count;
  }

  /** How many tokens up to `at` equal those at the end, where the last one is known to. */
  private equalTail(at: number): number {
    const { tokens, length } = this;
    let equal = 1;
    while (
      equal < matchTokensMax &&
      equal <= at &&
      tokens[at - equal] !== gap &&
      tokens[at - equal] === tokens[length - 1 - equal]
    ) {
      equal++;
    }
    return equal;
  }
}
