import type { SummarizeParams, SummaryResult } from '../../../protocol/messages';
import { failure } from '../../errors';
import type { BlockPlace, WorkspaceIndex } from '../../indexing/workspaceIndex';
import type { TextFile } from '../../text/windows';
import type { Run } from '../run';
import { partsOf, tell, type Passage } from './passages';
import { runsOf, sectionsOf, type LineRange, type Section } from './sections';

/** Summarizes a file or a selection of it by sections; every block of it is read. */
export async function summarizeFile(
  run: Run,
  file: TextFile,
  params: SummarizeParams,
): Promise<SummaryResult> {
  const { index } = run;
  const range = rangeOf(file, params);
  const places = index.blocksOfLines(file.path, range.startLine, range.endLine);
  const runs = params.outline?.length ? runsOf(range, params.outline) : windowRuns(index, file, range);
  const passages = sectionsOf(runs, tokensOfLines(places, range)).map((section): Passage => ({
    ...section,
    path: file.path,
    instruction: instruction(file.path, section),
    parts: partsOf(index.blocksOfLines(file.path, section.startLine, section.endLine)),
  }));
  const what = params.startLine === undefined ? file.path : `this part of ${file.path}`;
  return tell(run, {
    passages,
    overall: {
      before: `The parts of ${file.path}, in order:`,
      after: `Say in two or three sentences what ${what} is for.`,
      places: passages[0]!.parts[0]!,
    },
    blocksTotal: places.length,
    notes: [],
  });
}

function instruction(path: string, { title, startLine, endLine }: Section): string {
  const named = title === '' ? '' : ` (${title})`;
  return `Summarize lines ${startLine} to ${endLine} of ${path}${named} in one or two sentences. Name only what stands there.`;
}

function rangeOf(
  { path, lines }: TextFile,
  { startLine = 1, endLine = lines.length }: SummarizeParams,
): LineRange {
  if (startLine > lines.length) throw failure.lineOutOfRange(path, startLine, lines.length);
  if (endLine < startLine) throw failure.linesReversed(startLine, endLine);
  return { startLine, endLine: Math.min(endLine, lines.length) };
}

/** Without an outline a section is made of windows. */
function windowRuns(index: WorkspaceIndex, file: TextFile, range: LineRange): Section[] {
  const outline = index.windowsOfFile(file.path).map((windowIndex) => {
    const { startLine, endLine } = index.windows[windowIndex]!;
    return { title: '', startLine, endLine };
  });
  return runsOf(range, outline);
}

/** A block's tokens, spread evenly over its lines. */
function tokensOfLines(places: readonly BlockPlace[], range: LineRange): number[] {
  const tokens = new Array<number>(range.endLine - range.startLine + 1).fill(0);
  for (const { window, blockOfWindow, startLine, endLine } of places) {
    const { startToken, endToken } = window.blocks[blockOfWindow]!;
    const perLine = (endToken - startToken) / (endLine - startLine + 1);
    for (let line = Math.max(startLine, range.startLine); line <= Math.min(endLine, range.endLine); line++) {
      tokens[line - range.startLine]! += perLine;
    }
  }
  return tokens;
}
