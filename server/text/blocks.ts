/**
 * Cuts the lines of one file into blocks. A block is the unit that is routed to, cached and cited: at most
 * `blockTokens` text tokens, ending on a line end where a line fits.
 */

export interface BlockCut {
  /** 1-based, inclusive. */
  startLine: number;
  endLine: number;
  /** At most `blockTokens` token ids. */
  tokens: number[];
}

/**
 * @param lineTokens token ids per line, each line tokenized on its own with its line feed
 * @param blockTokens most text tokens of a block (63: with its landmark a block fills 64 places, paper section 3)
 */
export function cutBlocks(lineTokens: readonly (readonly number[])[], blockTokens: number): BlockCut[] {
  const blocks: BlockCut[] = [];
  let open: BlockCut | undefined;
  const close = (): void => {
    if (open) blocks.push(open);
    open = undefined;
  };
  lineTokens.forEach((tokens, lineIndex) => {
    const line = lineIndex + 1;
    if (open && open.tokens.length + tokens.length > blockTokens) close();
    // A line longer than a block fills whole blocks of its own; its rest may share one with the lines below.
    let from = 0;
    for (; tokens.length - from > blockTokens; from += blockTokens) {
      blocks.push({ startLine: line, endLine: line, tokens: tokens.slice(from, from + blockTokens) });
    }
    open ??= { startLine: line, endLine: line, tokens: [] };
    open.endLine = line;
    open.tokens.push(...tokens.slice(from));
  });
  close();
  return blocks;
}
