/** A folder of real code of a wanted size, with needles in it. */

import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { buildProject, projectNames, readSources } from '../questions/projects';

export interface Needle {
  id: string;
  extension: string;
  question: string;
  code: string;
}

/** Where a needle was put. 1-based, inclusive. */
export interface PlacedNeedle extends Needle {
  path: string;
  startLine: number;
  endLine: number;
  /** Share of the haystack's tokens that stands before it. */
  depth: number;
}

export interface Haystack {
  root: string;
  files: number;
  tokens: number;
  needles: PlacedNeedle[];
}

interface Straw {
  path: string;
  text: string;
  tokens: number;
}

const extensions = ['.py', '.ts', '.go', '.rs'];
const needleFolder = join('bench', 'retrieval', 'needles');

/** Each file: a question, a line of dashes, code. The name ends on the code's extension and `.txt`. */
export function readNeedles(): Needle[] {
  const names = readdirSync(needleFolder).sort();
  return names.map((name) => {
    const [question, rest] = readFileSync(join(needleFolder, name), 'utf8').split('\n---\n');
    const id = name.replace(/\.txt$/, '');
    return { id, extension: extname(id), question: question!.trim(), code: rest!.trimEnd() };
  });
}

export function buildHaystack(
  wantedTokens: number,
  needles: readonly Needle[],
  countTokens: (text: string) => number,
): Haystack {
  const straws = gather(wantedTokens, countTokens);
  const tokens = straws.reduce((sum, straw) => sum + straw.tokens, 0);
  const root = mkdtempSync(join(tmpdir(), 'landmark-haystack-'));
  const placed = placeNeedles(straws, needles, tokens);
  for (const { path, text } of straws) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return { root, files: straws.length, tokens, needles: placed };
}

/** Files of all projects in turn, each project's in an order that depends on nothing but their names. */
function gather(wantedTokens: number, countTokens: (text: string) => number): Straw[] {
  const sources = [...readSources(join('bench', 'retrieval', 'haystack.tsv')), ...readSources()];
  const queues = projectNames(sources).map((name) => sourceFiles(name, buildProject(name, sources)));
  const straws: Straw[] = [];
  let tokens = 0;
  while (tokens < wantedTokens) {
    const before = straws.length;
    for (const queue of queues) {
      const next = queue.shift();
      if (next === undefined || tokens >= wantedTokens) continue;
      const straw = { ...next, tokens: countTokens(next.text) };
      // A file that would make the haystack much larger than wanted is passed over.
      if (tokens + straw.tokens > wantedTokens * 1.05) continue;
      straws.push(straw);
      tokens += straw.tokens;
    }
    if (straws.length === before && queues.every(({ length }) => length === 0)) break;
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

/** Spread evenly by depth; each into the nearest file of its language that has no needle yet. */
function placeNeedles(straws: Straw[], needles: readonly Needle[], tokens: number): PlacedNeedle[] {
  const starts = straws.map((_, index) =>
    straws.slice(0, index).reduce((sum, straw) => sum + straw.tokens, 0),
  );
  const taken = new Set<number>();
  return needles.map((needle, index) => {
    const target = ((index + 0.5) / needles.length) * tokens;
    const suits = [...straws.keys()].filter((straw) => extname(straws[straw]!.path) === needle.extension);
    const free = suits.filter((straw) => !taken.has(straw));
    const middle = (straw: number): number => starts[straw]! + straws[straw]!.tokens / 2;
    const [chosen] = (free.length > 0 ? free : suits).sort(
      (left, right) => Math.abs(middle(left) - target) - Math.abs(middle(right) - target),
    );
    if (chosen === undefined) throw new Error(`the haystack has no ${needle.extension} file`);
    taken.add(chosen);
    return insert(straws[chosen]!, needle, middle(chosen) / tokens);
  });
}

/** Between two definitions: at an empty line before an unindented one, the nearest to the file's middle. */
function insert(straw: Straw, needle: Needle, depth: number): PlacedNeedle {
  const lines = straw.text.split('\n');
  const gaps = [...lines.keys()].filter((at) => lines[at] === '' && /^\S/.test(lines[at + 1] ?? ''));
  const [gap = lines.length] = gaps.sort(
    (left, right) => Math.abs(left - lines.length / 2) - Math.abs(right - lines.length / 2),
  );
  const code = needle.code.split('\n');
  lines.splice(gap, 0, '', ...code);
  straw.text = lines.join('\n');
  // `gap` counts from 0 and an empty line was put before the code.
  return { ...needle, path: straw.path, startLine: gap + 2, endLine: gap + 1 + code.length, depth };
}
