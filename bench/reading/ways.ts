/** Ways to choose, order and place what is read before a question. */

import {
  chooseBlocks,
  defaultReadLimits,
  type Reading,
  type ReadLimits,
} from '../../server/answering/context';
import type { Run } from '../../server/answering/run';
import type { BlockPlace } from '../../server/indexing/workspaceIndex';
import { saidParts, type RankedAgain, type Said } from './again';
import { allNearest, asInTheFile, gapsOf, type Positions } from './positions';

export interface Way {
  name: string;
  reading: (asked: Asked) => Reading;
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
  /** Where a way routes again. */
  again: Record<Said, RankedAgain> | undefined;
}

const { blocks } = defaultReadLimits;
/** Best blocks that are run anew, with the neighbours that they brought along, beside the shipped number. */
const moreAnew = 4;
/** Ranks that the question keeps where what was said chooses the others; neighbours come with them. */
const ofQuestion = 16;

/** What every other way is compared with. */
export const shipped: Way = {
  name: `${told(defaultReadLimits)} (shipped)`,
  reading: byRank(defaultReadLimits),
};

/** By what was said from the blocks that the question was routed to. */
export const routedAgain: Way[] = saidParts.flatMap((said) => [
  {
    name: `by the question and the ${said} as one text`,
    reading: ({ run, again }: Asked) => choose(run, again![said].asOneText),
  },
  {
    name: `by the ranks of the question and of the ${said}`,
    reading: ({ run, again }: Asked) => choose(run, again![said].fused),
  },
  {
    name: `by the question's first ${ofQuestion} ranks, then by the ${said}`,
    reading: ({ run, ranked, again }: Asked) =>
      choose(run, [...ranked.slice(0, ofQuestion), ...again![said].alone]),
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
      ].map((limits) => ({ name: told(limits), reading: byRank(limits) })),
      ...[2, 3, 5].map((count) => ({
        name: `the best ${count} windows, whole`,
        reading: (asked: Asked) => wholeWindows(asked, count),
      })),
    ],
  },
  {
    title: 'In which order, and what of it is run anew',
    ways: [
      { name: 'nothing run anew', reading: asStored },
      { name: 'in file and line order, nothing run anew', reading: inFileOrder },
      {
        name: `the best ${moreAnew} run anew, with neighbours`,
        reading: ({ run, ranked }) => anew(run, ranked, moreAnew),
      },
      { name: 'everything run anew', reading: ({ run, ranked }) => anew(run, ranked, Infinity) },
    ],
  },
  {
    title: 'At which positions, with nothing run anew',
    ways: [
      ...[16, 64, 256].map((gap) => ({
        ...{ name: `${gap} positions between blocks`, reading: asStored },
        positions: gapsOf(gap),
      })),
      { name: 'as far apart as in the file', reading: inFileOrder, positions: asInTheFile },
      { name: 'every block right before the question', reading: asStored, positions: allNearest },
    ],
  },
  { title: 'Routed again by what was said', ways: routedAgain },
  {
    title: 'What routing could reach',
    ways: [
      { name: 'gold blocks alone', reading: ({ gold }) => ({ places: gold }) },
      ...[blocks, 2 * blocks].map((count) => ({
        name: `gold blocks, filled to ${count} by rank`,
        reading: (asked: Asked) => filled(asked, count),
      })),
      { name: 'nothing', reading: () => ({ places: [] }) },
    ],
  },
];

function told(limits: ReadLimits): string {
  const windowCount = limits.windows === Infinity ? 'any' : limits.windows;
  return `${limits.blocks} blocks, ${windowCount} windows, ${limits.withNeighbours} with neighbours`;
}

/** As the product chooses. */
export function choose({ index }: Run, ranked: readonly number[], limits = defaultReadLimits): Reading {
  return chooseBlocks(index, ranked, limits);
}

function byRank(limits: ReadLimits): Way['reading'] {
  return ({ run, ranked }) => choose(run, ranked, limits);
}

function asStored({ run, ranked }: Asked): Reading {
  return { places: choose(run, ranked).places };
}

function inFileOrder({ run, ranked }: Asked): Reading {
  const { places } = choose(run, ranked);
  return { places: [...places].sort((left, right) => left.blockIndex - right.blockIndex) };
}

/** The shipped blocks, of which those within one of the best `count` are run anew. */
function anew(run: Run, ranked: readonly number[], count: number): Reading {
  const { places } = choose(run, ranked);
  const best = ranked.slice(0, count);
  const isNear = ({ blockIndex }: BlockPlace): boolean =>
    count === Infinity || best.some((other) => Math.abs(other - blockIndex) <= 1);
  return { places, recomputed: new Set(places.filter(isNear).map(({ blockIndex }) => blockIndex)) };
}

function wholeWindows({ run: { index }, ranked }: Asked, count: number): Reading {
  const best = new Set<number>();
  for (const blockIndex of ranked) if (best.size < count) best.add(index.place(blockIndex).windowIndex);
  const inOrder = [...best].reverse();
  const blocks = inOrder.flatMap((windowIndex) => [...index.blocksOfWindow(windowIndex)]);
  return { places: blocks.map((blockIndex) => index.place(blockIndex)) };
}

function filled({ run, ranked, gold }: Asked, count: number): Reading {
  const chosen = new Set(gold.map(({ blockIndex }) => blockIndex));
  for (const blockIndex of ranked) if (chosen.size < count) chosen.add(blockIndex);
  const inOrder = [...chosen].sort((left, right) => left - right);
  return { places: inOrder.map((blockIndex) => run.index.place(blockIndex)) };
}
