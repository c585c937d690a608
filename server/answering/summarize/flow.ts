/**
 * How the parts of a folder use each other, told from what their files import. A base that reads a few beginnings of files makes such
 * things up; the imports are there, and can be cited.
 */

import type { AnswerSentence, Citation } from '../../../protocol/messages';
import { breathe } from '../../concurrency';
import type { BlockPlace } from '../../indexing/workspaceIndex';
import { isAside } from '../../landmark/blockEvidence';
import { canImport, FileTree, type Import } from '../../text/imports';
import { blockText, type TextFile } from '../../text/windows';
import { citationOf } from '../citer';
import type { Run } from '../run';
import type { Spoken } from '../speak';

/** Of a folder: those nearest to its top, as many as are looked through in a second. */
export const flowFilesMax = 2_000;
/** A folder that holds more of the files than this is no part beside others, but where the parts are. */
const shareOfWhole = 0.6;
/** Where there are fewer between parts, these are too large to tell anything. */
const usesWanted = 4;
const usersTold = 3;
const usedTold = 4;
/** What so many parts use is what they are built on. */
const usersOfBasis = 3;
const filesBetweenBreaths = 50;
/** The score of a citation that is no guess. */
const certain = 1;

/** One part uses another: an import that shows it, of so many. */
export interface Use {
  from: string;
  to: string;
  imports: number;
  path: string;
  /** 1-based. */
  line: number;
}

/** A sentence, and the imports that it rests on. */
export interface FlowSentence {
  text: string;
  uses: Use[];
}

/** Sentences with citations, as if they had been spoken. Nothing where no import leads from one part to another. */
export async function tellFlow(run: Run, files: readonly TextFile[]): Promise<Spoken | undefined> {
  const sentences = flowSentences(await usesOf(files, run.signal));
  if (sentences.length === 0) return undefined;
  const citations = new Map<number, Citation>();
  const read: BlockPlace[] = [];
  const numberOf = ({ path, line }: Use): number[] => {
    const [place] = run.index.blocksOfLines(path, line, line);
    if (!place) return [];
    if (!citations.has(place.blockIndex)) {
      const source = { place, text: blockText(place.file, place) };
      citations.set(place.blockIndex, citationOf(source, citations.size + 1, certain));
      read.push(place);
    }
    return [citations.get(place.blockIndex)!.n];
  };
  const told = sentences.map(({ text, uses }): AnswerSentence => {
    const numbers = new Set(uses.flatMap(numberOf));
    return { text, citations: [...numbers].sort((left, right) => left - right) };
  });
  return {
    answer: told.map(({ text }) => text).join(' '),
    ...{ sentences: told, citations: [...citations.values()], read, notes: [] },
    ...{ promptTokens: 0, cachedTokens: 0, generatedTokens: 0 },
  };
}

/** Tests and examples use everything, and tell nothing of how the rest hangs together. */
export async function usesOf(files: readonly TextFile[], signal: AbortSignal): Promise<Use[]> {
  const tree = new FileTree(files);
  const sources = files
    .filter(({ path }) => canImport(path) && !isAside(path))
    .sort((left, right) => depthOf(left) - depthOf(right))
    .slice(0, flowFilesMax);
  const imports: (Import & { path: string })[] = [];
  for (const [at, file] of sources.entries()) {
    if (at % filesBetweenBreaths === 0) await breathe(signal);
    for (const one of tree.importsOf(file)) imports.push({ ...one, path: file.path });
  }
  const parts = new Parts(sources.map(({ path }) => path));
  for (;;) {
    const uses = usesBetween(parts, imports);
    if (uses.length >= usesWanted || !parts.openLargest()) return uses;
  }
}

function usesBetween(parts: Parts, imports: readonly (Import & { path: string })[]): Use[] {
  const uses = new Map<string, Use>();
  for (const { path, line, target } of imports) {
    const [from, to] = [parts.of(path)!, parts.of(target)];
    if (to === undefined || to === from) continue;
    const known = uses.get(`${from}\0${to}`);
    if (known) known.imports++;
    else uses.set(`${from}\0${to}`, { from, to, imports: 1, path, line });
  }
  return [...uses.values()];
}

function depthOf({ path }: { path: string }): number {
  return path.split('/').length;
}

/** Files, each in the part it belongs to: a folder, or itself. A folder that holds most of them is opened, again and again. */
export class Parts {
  private readonly parts: Map<string, string>;

  constructor(paths: readonly string[]) {
    this.parts = new Map(paths.map((path) => [path, stepOf(path, '')]));
    while (this.largest().size > shareOfWhole * paths.length && this.openLargest());
  }

  of(path: string): string | undefined {
    return this.parts.get(path);
  }

  /** @returns false where every file stands for itself */
  openLargest(): boolean {
    const { part: opened, size } = this.largest();
    if (size <= 1) return false;
    for (const [path, part] of this.parts)
      if (part === opened) this.parts.set(path, stepOf(path, `${opened}/`));
    return true;
  }

  private largest(): { part: string; size: number } {
    const sizes = new Map<string, number>();
    for (const part of this.parts.values()) sizes.set(part, (sizes.get(part) ?? 0) + 1);
    const [part, size] = [...sizes].sort((left, right) => right[1] - left[1])[0] ?? ['', 0];
    return { part, size };
  }
}

/** The path up to the folder or file below a folder. */
function stepOf(path: string, folder: string): string {
  const end = path.indexOf('/', folder.length);
  return end < 0 ? path : path.slice(0, end);
}

/** What uses most of the others first, then what most of them use. A folder that all of it lies in is named once. */
export function flowSentences(uses: readonly Use[]): FlowSentence[] {
  const byUser = grouped(uses, ({ from }) => from);
  const byUsed = grouped(uses, ({ to }) => to);
  const fanIn = ({ to }: Use): number => byUsed.get(to)!.length;
  const folder = sharedFolder(uses.flatMap(({ from, to }) => [from, to]));
  const name = (part: string): string => `\`${part.slice(folder.length)}\``;
  const users = [...byUser.values()]
    .sort((left, right) => right.length - left.length || importsOf(right) - importsOf(left))
    .slice(0, usersTold);
  const told = users.map((of): FlowSentence => {
    const ranked = [...of].sort((left, right) => right.imports - left.imports || fanIn(right) - fanIn(left));
    const named = ranked.slice(0, usedTold);
    const used = listed(
      named.map(({ to }) => name(to)),
      of.length,
    );
    return { text: `${name(of[0]!.from)} uses ${used}.`, uses: named };
  });
  const [basis] = [...byUsed.values()].sort((left, right) => right.length - left.length);
  if (basis && basis.length >= usersOfBasis) {
    const others = new Set(uses.flatMap(({ from, to }) => [from, to])).size - 1;
    const users =
      basis.length === others ? `all ${others} others` : `${basis.length} of the ${others} others`;
    told.push({ text: `${name(basis[0]!.to)} is used by ${users}.`, uses: basis.slice(0, usedTold) });
  }
  const where = folder === '' ? 'By' : `Within \`${folder.slice(0, -1)}\`, by`;
  return told.map((one, at) => (at === 0 ? { ...one, text: `${where} what is imported, ${one.text}` } : one));
}

/** Of all paths, with a slash at its end; empty where there is none. */
function sharedFolder(paths: readonly string[]): string {
  const [first = '', ...others] = paths;
  let end = first.lastIndexOf('/') + 1;
  while (end > 0 && !others.every((path) => path.startsWith(first.slice(0, end)))) {
    end = first.lastIndexOf('/', end - 2) + 1;
  }
  return first.slice(0, end);
}

function grouped(uses: readonly Use[], by: (use: Use) => string): Map<string, Use[]> {
  const groups = new Map<string, Use[]>();
  for (const use of uses) groups.set(by(use), [...(groups.get(by(use)) ?? []), use]);
  return groups;
}

function importsOf(uses: readonly Use[]): number {
  return uses.reduce((sum, { imports }) => sum + imports, 0);
}

function listed(names: readonly string[], count: number): string {
  const more = count - names.length;
  const all = more > 0 ? [...names, more === 1 ? 'another one' : `${more} others`] : names;
  return all.length === 1 ? all[0]! : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}
