import { table } from '../support';
import { arms, firstBlocks, type Hunted } from './hunt';
import type { NeedleKind } from './needles';

/** A haystack of one size. */
export interface NeedleRun {
  files: number;
  /** Encoded by the model. */
  tokens: number;
  /** Of the whole workspace: what is beyond `tokens` has made keys. */
  allTokens: number;
  blocks: number;
  needles: Hunted[];
}

const kinds: readonly NeedleKind[] = ['function', 'pass key'];

export function needleLines(runs: readonly NeedleRun[]): string[] {
  return [
    'Functions are asked for in other words than they are written in, pass keys by the name of whose they are; 20 of each,',
    `spread evenly by depth, one at a time. Routed: a block of the needle is among the first ${firstBlocks}. Said: the answer names`,
    'the function or the pass key; said anyway: with those that were refused answered on demand. Refused, named: the refusal',
    'lists the needle among its nearest places. First token: asked again, blocks stored.',
    '',
    ...table(
      [
        ...['tokens', 'of them encoded', 'blocks', 'needles', 'routed by words', 'by landmarks', 'by both'],
        ...['said', 'refused', 'of them named', 'said anyway', 'first token, ms'],
      ],
      runs.flatMap((run) => kinds.map((kind) => rowOf(run, kind))),
    ),
    '',
    'Where both together do not route to a needle:',
    '',
    ...table(
      ['tokens', 'needle', 'words', 'landmarks', 'both'],
      runs.flatMap((run) => missedOf(run)),
    ),
  ];
}

function rowOf({ tokens, allTokens, blocks, needles }: NeedleRun, kind: NeedleKind): string[] {
  const own = needles.filter((needle) => needle.kind === kind);
  const share = (holds: (needle: Hunted) => boolean): string =>
    `${own.filter(holds).length} of ${own.length}`;
  const times = own.map(({ firstTokenMs }) => firstTokenMs).sort((left, right) => left - right);
  return [
    allTokens.toLocaleString('en'),
    tokens.toLocaleString('en'),
    blocks.toLocaleString('en'),
    kind,
    ...arms.map((arm) => share(({ ranks }) => isRouted(ranks[arm]))),
    share(({ saysKey }) => saysKey),
    share(({ refused }) => refused),
    `${own.filter(({ isNamed }) => isNamed).length} of ${own.filter(({ refused }) => refused).length}`,
    share(({ saysKeyAnyway }) => saysKeyAnyway),
    times[Math.floor(times.length / 2)]!.toFixed(0),
  ];
}

function missedOf({ allTokens, needles }: NeedleRun): string[][] {
  return needles
    .filter(({ ranks }) => !isRouted(ranks.hybrid))
    .map(({ id, ranks }) => [
      allTokens.toLocaleString('en'),
      id,
      ...arms.map((arm) => (ranks[arm] === null ? '-' : String(ranks[arm]))),
    ]);
}

function isRouted(rank: number | null): boolean {
  return rank !== null && rank <= firstBlocks;
}
