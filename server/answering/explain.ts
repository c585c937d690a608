import type { AnswerResult, ExplainParams, Place } from '../../protocol/messages';
import { ExpectedError, failure } from '../errors';
import { identifiersOf } from '../landmark/cite';
import { topBlocks } from '../landmark/fusion';
import type { TextFile } from '../text/windows';
import { announceRead, resultOf } from './answer';
import { chooseBlocks } from './context';
import { requireFile } from './files';
import { workspacePath, type Roots } from './roots';
import { route } from './route';
import type { Run } from './run';
import { scopedBlocks } from './scope';
import { speak } from './speak';

const explanationTokens = 200;
/** A hover is read at a glance; a small base goes on beyond what it was asked for. */
const explanationSentences = 3;
/** Blocks that use the symbol elsewhere and are read beside its own. */
const usageBlocks = 6;
/** A hover waits for these windows. */
const limits = { blocks: 14, windows: 5, withNeighbours: 1 };
/** Of a selection: what fills half of the blocks that are read. */
const selectedBlocks = 7;
/** Of the places an editor names: where a symbol is used more often, the first say enough. */
const relatedPlaces = 32;
/** Of one such place: a definition's first lines say what it is. */
const blocksPerPlace = 2;
/** Of a selection that is repeated in the instruction, so that the model knows what is meant. */
const quotedChars = 1_500;

interface Subject {
  /** What is explained, in words. */
  name: string;
  quoted: string;
  /** What is routed to find it elsewhere. */
  question: string;
  blocks: number[];
}

/**
 * Explains a symbol or a selection from its own blocks, from the places where the editor finds it defined and
 * used, and from where routing finds it. Nothing is encoded but the windows that are read: a hover waits for it.
 */
export async function explain(run: Run, params: ExplainParams): Promise<AnswerResult> {
  const { index, host, clock } = run;
  const file = requireFile(index, workspacePath(run.roots, params.path));
  const subject = params.endLine === undefined ? symbolOf(run, file, params) : selectionOf(run, file, params);
  clock.indexMs = clock.now();
  const routed = await route(
    index,
    host,
    subject.question,
    'hybrid',
    scopedBlocks(index, undefined, run.roots),
  );
  const related = blocksOfPlaces(run, params.related ?? []);
  const elsewhere = topBlocks(routed.scores, usageBlocks);
  const order = [...new Set([...subject.blocks, ...related, ...elsewhere])];
  const { places } = chooseBlocks(index, order, limits);
  const read = await announceRead(run, routed, places);
  const spoken = await speak(run, {
    places,
    instruction: instruction(subject),
    maxTokens: explanationTokens,
    keeps: { sentencesMax: explanationSentences, endsWhole: true },
  });
  return resultOf(run, spoken, { read, nearest: [], coverage: routed.coverage, notes: [] });
}

function instruction({ name, quoted }: Subject): string {
  return `Explain ${name} in at most three sentences: what it does, its parameters, and where it is used.\n${quoted}`;
}

function symbolOf(run: Run, file: TextFile, { line: lineNumber, column }: ExplainParams): Subject {
  const line = requireLine(file, lineNumber);
  const symbol = symbolAt(line, column);
  const [own] = run.index.blocksOfLines(file.path, lineNumber, lineNumber);
  return {
    name: symbol === undefined ? `line ${lineNumber} of ${file.path}` : `\`${symbol}\` in ${file.path}`,
    quoted: line.trim(),
    question: symbol === undefined ? line.trim() : `What does ${symbol} do and where is it used?`,
    blocks: own ? [own.blockIndex] : [],
  };
}

function selectionOf(run: Run, file: TextFile, { line: startLine, endLine: end }: ExplainParams): Subject {
  const endLine = Math.min(end!, file.lines.length);
  requireLine(file, startLine);
  if (end! < startLine) throw failure.linesReversed(startLine, end!);
  const text = file.lines.slice(startLine - 1, endLine).join('\n');
  const names = identifiersOf(text).join(' ');
  return {
    name: `lines ${startLine} to ${endLine} of ${file.path}`,
    quoted: text.slice(0, quotedChars),
    question: `What does this do and where is it used? ${names === '' ? text.slice(0, quotedChars) : names}`,
    blocks: run.index
      .blocksOfLines(file.path, startLine, endLine)
      .slice(0, selectedBlocks)
      .map(({ blockIndex }) => blockIndex),
  };
}

function requireLine(file: TextFile, lineNumber: number): string {
  const line = file.lines[lineNumber - 1];
  if (line === undefined) throw failure.lineOutOfRange(file.path, lineNumber, file.lines.length);
  return line;
}

/** Places outside of the workspace, such as in a dependency, are left out: their text was never read. */
function blocksOfPlaces({ index, roots }: Run, places: readonly Place[]): number[] {
  return places.slice(0, relatedPlaces).flatMap((place) => {
    const path = pathInside(roots, place.path);
    const blocks = path === undefined ? [] : index.blocksOfLines(path, place.startLine, place.endLine);
    return blocks.slice(0, blocksPerPlace).map(({ blockIndex }) => blockIndex);
  });
}

function pathInside(roots: Roots, path: string): string | undefined {
  try {
    return workspacePath(roots, path);
  } catch (error) {
    if (error instanceof ExpectedError) return undefined;
    throw error;
  }
}

/** The identifier at a 1-based column, or the first one that is no keyword of a definition. */
export function symbolAt(line: string, column: number | undefined): string | undefined {
  const names = [...line.matchAll(/[\p{L}_$][\p{L}\p{N}_$]*/gu)];
  if (column !== undefined) {
    const at = column - 1;
    return names.find(({ index, 0: name }) => at >= index && at <= index + name.length)?.[0];
  }
  return names.find(({ 0: name }) => !definitionWords.has(name))?.[0];
}

const definitionWords = new Set(
  (
    'abstract async await class const constexpr declare def default enum export extends fn final for from func ' +
    'function if impl import inline interface let mod module mut namespace new operator override package private ' +
    'protected pub public readonly return static struct trait type typedef union unsafe use using var virtual void ' +
    'while'
  ).split(' '),
);
