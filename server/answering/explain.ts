import type { AnswerResult, ExplainParams } from '../../protocol/messages';
import { failure } from '../errors';
import type { WorkspaceIndex } from '../indexing/workspaceIndex';
import { topBlocks } from '../landmark/fusion';
import { announceRead, resultOf, speak, type Run } from './answer';
import { chooseBlocks } from './context';
import { requireFile } from './files';
import { prepareKeys, route } from './route';

const explanationTokens = 200;
/** Blocks that use the symbol elsewhere and are read beside its own. */
const usageBlocks = 6;
const limits = { blocks: 14, windows: 5, withNeighbours: 1 };

/** Explains the symbol at a place of a file from its own block, the ones around it, and where it is used. */
export async function explain(run: Run, params: ExplainParams): Promise<AnswerResult> {
  const { index, host, emit, signal, clock } = run;
  const file = requireFile(index, params.path);
  const line = file.lines[params.line - 1];
  if (line === undefined) throw failure.lineOutOfRange(file.path, params.line, file.lines.length);
  const symbol = symbolAt(line, params.column);
  const own = blockAt(index, file.path, params.line);
  const question = symbol === undefined ? line.trim() : `What does ${symbol} do and where is it used?`;
  await prepareKeys(index, host, question, false, emit, signal);
  clock.indexMs = clock.now();
  const routed = await route(index, host, question, 'hybrid');
  const elsewhere = topBlocks(routed.scores, usageBlocks).filter((blockIndex) => blockIndex !== own);
  const places = chooseBlocks(index, [own, ...elsewhere], limits);
  const read = await announceRead(run, routed, places);
  const spoken = await speak(
    run,
    places,
    instruction(file.path, params.line, line, symbol),
    explanationTokens,
  );
  return resultOf(run, spoken, { read, nearest: [], coverage: routed.coverage, notes: [] });
}

function instruction(path: string, lineNumber: number, line: string, symbol: string | undefined): string {
  const subject = symbol === undefined ? `line ${lineNumber} of ${path}` : `\`${symbol}\` in ${path}`;
  return `Explain ${subject} in at most three sentences: what it does, its parameters, and where it is used.\n${line.trim()}`;
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

/** The block that holds a line; of a line that fills several, the first. */
function blockAt(index: WorkspaceIndex, path: string, line: number): number {
  for (let windowIndex = 0; windowIndex < index.windows.length; windowIndex++) {
    const window = index.windows[windowIndex]!;
    if (window.path !== path || window.startLine > line || window.endLine < line) continue;
    const at = window.blocks.findIndex(({ startLine, endLine }) => startLine <= line && line <= endLine);
    return index.blocksOfWindow(windowIndex)[at]!;
  }
  throw failure.lineOutOfRange(path, line, line - 1);
}
