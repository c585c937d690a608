/** A folder of real code of a wanted size, and where needles go in it, one at a time. */

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { buildProject, projectNames, readSources } from '../questions/projects';
import { extensions, type Needle } from './needles';

/** Where a needle goes. 1-based, inclusive. */
export interface PlacedNeedle extends Needle {
  path: string;
  startLine: number;
  endLine: number;
  /** Share of the haystack's tokens that stands before it. */
  depth: number;
  /** Text of the file without it, and with it. */
  before: string;
  after: string;
}

export interface Haystack {
  files: number;
  tokens: number;
  needles: PlacedNeedle[];
}

/** A file of the haystack. */
export interface Straw {
  path: string;
  lines: string[];
  tokens: number;
}

/**
 * Files of all projects in turn. The needles of each kind are spread evenly by depth; none is put in yet.
 *
 * @param root an empty folder
 */
export function buildHaystack(
  root: string,
  wantedTokens: number,
  needles: readonly Needle[],
  countTokens: (text: string) => number,
): Haystack {
  const straws = gather(wantedTokens, countTokens);
  const placed = placeNeedles(straws, needles);
  for (const { path, lines } of straws) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), lines.join('\n'));
  }
  return { files: straws.length, tokens: tokensOf(straws), needles: placed };
}

/** Those of each kind spread evenly by depth, in the needles' order. */
export function placeNeedles(straws: readonly Straw[], needles: readonly Needle[]): PlacedNeedle[] {
  const gaps = gapsByExtension(straws);
  const kinds = [...new Set(needles.map(({ kind }) => kind))];
  return kinds.flatMap((kind) =>
    chooseSpots(
      gaps,
      needles.filter((needle) => needle.kind === kind),
    ).map(placedAt),
  );
}

function tokensOf(straws: readonly Straw[]): number {
  return straws.reduce((sum, straw) => sum + straw.tokens, 0);
}

/** Each project's files come in an order that depends on nothing but their names. */
function gather(wantedTokens: number, countTokens: (text: string) => number): Straw[] {
  const sources = [...readSources(join('bench', 'needles', 'haystack.tsv')), ...readSources()];
  const queues = projectNames(sources).map((name) => sourceFiles(name, buildProject(name, sources)));
  const straws: Straw[] = [];
  let tokens = 0;
  while (tokens < wantedTokens) {
    for (const queue of queues) {
      const next = queue.shift();
      if (next === undefined || tokens >= wantedTokens) continue;
      const count = countTokens(next.text);
      // A file that would make the haystack much larger than wanted is passed over.
      if (tokens + count > wantedTokens * 1.05) continue;
      straws.push({ path: next.path, lines: next.text.split('\n'), tokens: count });
      tokens += count;
    }
    if (queues.every(({ length }) => length === 0)) break;
  }
  return straws;
}

function sourceFiles(project: string, root: string): { path: string; text: string }[] {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  const keyed = names
    .filter((name) => extensions.includes(extname(name)))
    .map((name) => ({ name, key: createHash('sha256').update(name).digest('hex') }));
  keyed.sort((left, right) => (left.key < right.key ? -1 : 1));
  return keyed.map(({ name }) => ({
    path: `${project}/${name}`,
    text: readFileSync(join(root, name), 'utf8'),
  }));
}

/** A needle, and the line (from 0) of a file before which it goes. */
interface Spot {
  needle: Needle;
  straw: Straw;
  line: number;
  depth: number;
}

type Gap = Omit<Spot, 'needle'>;

/** Where needles may go: between two definitions of a file of their language. */
function gapsByExtension(straws: readonly Straw[]): Map<string, Gap[]> {
  const gaps = new Map<string, Gap[]>();
  const tokens = tokensOf(straws);
  let before = 0;
  for (const straw of straws) {
    const extension = extname(straw.path);
    const known = gaps.get(extension) ?? [];
    for (const line of gapLines(straw.lines)) {
      const depth = (before + (line / straw.lines.length) * straw.tokens) / tokens;
      known.push({ straw, line, depth });
    }
    gaps.set(extension, known);
    before += straw.tokens;
  }
  return gaps;
}

/** The gap that is nearest to each needle's depth; none is used twice. */
function chooseSpots(gaps: Map<string, Gap[]>, needles: readonly Needle[]): Spot[] {
  return needles.map((needle, at) => {
    const target = (at + 0.5) / needles.length;
    const suits = gaps.get(needle.extension) ?? [];
    const distance = ({ depth }: { depth: number }): number => Math.abs(depth - target);
    const nearest = suits.reduce((best, gap, index) => {
      return distance(gap) < distance(suits[best]!) ? index : best;
    }, 0);
    const [spot] = suits.splice(nearest, 1);
    if (spot === undefined) throw new Error(`the haystack has no room in a ${needle.extension} file`);
    return { needle, ...spot };
  });
}

/** Empty lines above an unindented one; the file's end where there is none. */
function gapLines(lines: readonly string[]): number[] {
  const found = [...lines.keys()].filter((at) => lines[at] === '' && /^\S/.test(lines[at + 1] ?? ''));
  return found.length > 0 ? found : [lines.length];
}

/** After an empty line of its own. */
function placedAt({ needle, straw, line, depth }: Spot): PlacedNeedle {
  const code = needle.code.split('\n');
  // `line` counts from 0.
  return {
    ...needle,
    path: straw.path,
    startLine: line + 2,
    endLine: line + 1 + code.length,
    depth: Math.round(depth * 1000) / 1000,
    before: straw.lines.join('\n'),
    after: straw.lines.toSpliced(line, 0, '', ...code).join('\n'),
  };
}
