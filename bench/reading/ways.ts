/** Ways to choose, order and place what is read before a question. */

import { chooseBlocks, defaultReadLimits, type ReadLimits } from '../../server/answering/context';
import type { Run } from '../../server/answering/run';
import type { BlockPlace } from '../../server/indexing/workspaceIndex';
import { saidParts, type RankedAgain, type Said } from './again';
import { allNearest, asInTheFile, gapsOf, type Positions } from './positions';

export interface Way {
  name: string;
  places: (asked: Asked) => BlockPlace[];
  /** Default: one block after the other. */
  positions?: Positions;
}

export interface WayGroup {
  title: string;
  ways: Way[];
}

export interface Asked {
  run: Run;
  /** Best first. */
  ranked: number[];
  gold: BlockPlace[];
  again: Record<Said, RankedAgain>;
}

const { blocks } = defaultReadLimits;
/** Ranks that the question keeps where what was said chooses the others; neighbours come with them. */
const ofQuestion = 16;

/** What every other way is compared with. */
export const shipped: Way = {
  name: `${told(defaultReadLimits)} (shipped)`,
  places: byRank(defaultReadLimits),
};

/** By what was said from the blocks that the question was routed to. */
export const routedAgain: Way[] = saidParts.flatMap((said) => [
  {
    name: `by the question and the ${said} as one text`,
    places: ({ run, again }: Asked) => choose(run, again[said].asOneText),
  },
  {
    name: `by the ranks of the question and of the ${said}`,
    places: ({ run, again }: Asked) => choose(run, again[said].fused),
  },
  {
    name: `by the question's first ${ofQuestion} ranks, then by the ${said}`,
    places: ({ run, ranked, again }: Asked) =>
      choose(run, [...ranked.slice(0, ofQuestion), ...again[said].alone]),
  },
]);

export const wayGroups: WayGroup[] = [
  {
    title: 'How many blocks',
    ways: [
      ...[
        { blocks: 12, windows: 7, withNeighbours: 2 },
        { blocks: 18, windows: 7, withNeighbours: 4 },
        { blocks, windows: Infinity, withNeighbours: 0 },
        { blocks: 36, windows: 14, withNeighbours: 2 },
      ].map((limits) => ({ name: told(limits), places: byRank(limits) })),
      ...[2, 3, 5].map((count) => ({
        name: `the best ${count} windows, whole`,
        places: (asked: Asked) => wholeWindows(asked, count),
      })),
    ],
  },
  {
    title: 'In which order, at which positions',
    ways: [
      { name: 'best file nearest the question', places: bestLast },
      ...[16, 64, 256].map((gap) => ({
        ...{ name: `${gap} positions between blocks`, places: shipped.places },
        positions: gapsOf(gap),
      })),
      { name: 'as far apart as in the file', places: shipped.places, positions: asInTheFile },
      { name: 'every block right before the question', places: shipped.places, positions: allNearest },
    ],
  },
  { title: 'Routed again by what was said', ways: routedAgain },
  {
    title: 'What routing could reach',
    ways: [
      { name: 'gold blocks alone', places: ({ gold }) => gold },
      ...[blocks, 2 * blocks].map((count) => ({
        name: `gold blocks, filled to ${count} by rank`,
        places: (asked: Asked) => filled(asked, count),
      })),
      { name: 'nothing', places: () => [] },
    ],
  },
];

function told(limits: ReadLimits): string {
  const windowCount = limits.windows === Infinity ? 'any' : limits.windows;
  return `${limits.blocks} blocks, ${windowCount} windows, ${limits.withNeighbours} with neighbours`;
}

/** As the product chooses. */
export function choose({ index }: Run, ranked: readonly number[], limits = defaultReadLimits): BlockPlace[] {
  return chooseBlocks(index, ranked, limits).places;
}

function byRank(limits: ReadLimits): Way['places'] {
  return ({ run, ranked }) => choose(run, ranked, limits);
}

function wholeWindows({ run: { index }, ranked }: Asked, count: number): BlockPlace[] {
  const best = new Set<number>();
  for (const blockIndex of ranked) if (best.size < count) best.add(index.place(blockIndex).windowIndex);
  const inOrder = [...best].sort((left, right) => left - right);
  return inOrder
    .flatMap((windowIndex) => index.blocksOfWindow(windowIndex))
    .map((blockIndex) => index.place(blockIndex));
}

function bestLast(asked: Asked): BlockPlace[] {
  const rank = new Map(asked.ranked.map((blockIndex, at) => [blockIndex, at]));
  const places = shipped.places(asked);
  const bestOf = new Map<string, number>();
  for (const { file, blockIndex } of places) {
    const own = rank.get(blockIndex) ?? Infinity;
    bestOf.set(file.path, Math.min(own, bestOf.get(file.path) ?? Infinity));
  }
  return places.sort(
    (left, right) =>
      bestOf.get(right.file.path)! - bestOf.get(left.file.path)! || left.blockIndex - right.blockIndex,
  );
}

function filled({ run, ranked, gold }: Asked, count: number): BlockPlace[] {
  const chosen = new Set(gold.map(({ blockIndex }) => blockIndex));
  for (const blockIndex of ranked) if (chosen.size < count) chosen.add(blockIndex);
  return [...chosen].sort((left, right) => left - right).map((blockIndex) => run.index.place(blockIndex));
}
