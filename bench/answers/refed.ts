/** Blocks as a text that is read again: which ones, and as which tokens. */

import { consideredBlocks, defaultMaxTokens, instructionFor } from '../../server/answering/ask';
import { chooseBlocks, defaultReadLimits } from '../../server/answering/context';
import type { Run } from '../../server/answering/run';
import type { Speech } from '../../server/answering/speak';
import type { BlockPlace, WorkspaceIndex } from '../../server/indexing/workspaceIndex';
import { topBlocks } from '../../server/landmark/fusion';
import type { GoldSpan } from '../questions/questions';

/** Lines before and after a gold span that are read with it, as far as the blocks' number allows. */
export const goldMarginLines = 10;

/** What a question is asked with, the product's own. */
export function speechOf(question: string): Omit<Speech, 'places'> {
  return { instruction: instructionFor(question), maxTokens: defaultMaxTokens };
}

/**
 * The blocks of the gold lines, then those of the margin, in file and line order; no more than the product reads.
 * Where the gold spans are longer than that, each gives its first blocks in turn.
 */
export function goldPlaces(index: WorkspaceIndex, spans: readonly GoldSpan[]): BlockPlace[] {
  const within = (margin: number): BlockPlace[] =>
    inTurn(
      spans.map(({ file, start, end }) =>
        index.blocksOfLines(file, Math.max(1, start - margin), end + margin),
      ),
    );
  const chosen = new Map<number, BlockPlace>();
  for (const place of [...within(0), ...within(goldMarginLines)]) {
    if (chosen.size < defaultReadLimits.blocks) chosen.set(place.blockIndex, place);
  }
  return [...chosen.values()].sort((left, right) => left.blockIndex - right.blockIndex);
}

function inTurn<Item>(groups: readonly (readonly Item[])[]): Item[] {
  const longest = Math.max(0, ...groups.map(({ length }) => length));
  return Array.from({ length: longest }, (_, at) =>
    groups.flatMap((group) => (at < group.length ? [group[at]!] : [])),
  ).flat();
}

/**
 * The best blocks by BM25, chosen as the product chooses from its own ranking: as many, with neighbours of the best.
 * Text that is read again costs the same wherever it lies, so the number of windows has no limit here.
 */
export function wordPlaces(index: WorkspaceIndex, question: string): BlockPlace[] {
  const ranked = topBlocks(index.lexical.scores(question), consideredBlocks);
  return chooseBlocks(index, ranked, { ...defaultReadLimits, windows: Infinity }).places;
}

/** The prefix, and the blocks under the headers of their files: token for token what a context of cached KV holds. */
export async function contextTokens(
  { index, host }: Pick<Run, 'index' | 'host'>,
  places: readonly BlockPlace[],
): Promise<number[]> {
  const text = await host.text();
  const tokens = [...text.layout.prefixTokens];
  let path = '';
  let windowIndex = -1;
  let window: ReturnType<WorkspaceIndex['materialize']> | undefined;
  for (const place of places) {
    if (place.windowIndex !== windowIndex || window === undefined) {
      windowIndex = place.windowIndex;
      window = index.materialize(windowIndex, text);
      const { prefixTokenCount: start, headerTokenCount: count } = window;
      if (window.path !== path) tokens.push(...window.tokens.subarray(start, start + count));
      path = window.path;
    }
    const { startToken, endToken } = window.blocks[place.blockOfWindow]!;
    tokens.push(...window.tokens.subarray(startToken, endToken));
  }
  return tokens;
}
