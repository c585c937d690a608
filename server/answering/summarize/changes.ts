import type { ChangedFile, SummarizeChangesParams, SummaryResult } from '../../../protocol/messages';
import { note, noteTexts } from '../../../protocol/notes';
import { failure } from '../../errors';
import type { BlockPlace } from '../../indexing/workspaceIndex';
import type { Tokenizer } from '../../text/tokenizer';
import type { TextFile } from '../../text/windows';
import { defaultLimits } from '../../workspace/workspace';
import { workspacePath } from '../roots';
import { withoutControls } from '../route';
import type { Run } from '../run';
import { tell, type Passage } from './passages';
import type { LineRange } from './sections';

/** Files of one summary of changes; see the limit of a folder's map. */
export const changedFilesTold = 40;
/** Of one file's difference: what leaves room for the question in the instruction. */
const diffTokensMax = 1_200;
/** Of one file: what surrounds its changes. */
const blocksPerFile = 12;
/** Blocks beside the overall question, one a file. */
const blocksOfWhole = 12;
const titleCharsMax = 200;
/** Longer lines may have been cut where they were read: between characters, hence one less. */
const wholeLineChars = defaultLimits.maxLineChars - 1;

/** Tells what changed between two revisions, file by file, from the difference and from the files as they are now. */
export async function summarizeChanges(run: Run, params: SummarizeChangesParams): Promise<SummaryResult> {
  const title = withoutControls(params.title).replace(/\s+/g, ' ').trim().slice(0, titleCharsMax);
  const files = params.files.slice(0, changedFilesTold);
  if (files.length === 0) {
    throw failure.nothingToSummarize(title || 'this difference', 'Choose two revisions that differ.');
  }
  const { tokenizer } = await run.host.text();
  const told = files.map((file) => changeOf(run, file, tokenizer));
  const notes = notesOf(told.filter(({ isCut }) => isCut).length, files.length, params.files.length);
  return tell(run, {
    passages: told.map(({ passage }) => passage),
    overall: {
      before: `What changed${title === '' ? '' : ` (${title})`}, file by file:`,
      after: 'Say in two or three sentences what these changes are for.',
      places: told.flatMap(({ touched }) => touched.slice(0, 1)).slice(0, blocksOfWhole),
    },
    blocksTotal: told.reduce((sum, { touched }) => sum + touched.length, 0),
    notes,
  });
}

interface Change {
  passage: Passage;
  /** Blocks of the file as it is now that the new side of the difference touches. */
  touched: BlockPlace[];
  isCut: boolean;
}

function changeOf(run: Run, { path: given, diff }: ChangedFile, tokenizer: Tokenizer): Change {
  // A repository may reach beyond the workspace: what lies there is told from its difference alone.
  const path = given.startsWith('../') ? given : workspacePath(run.roots, given);
  const file = run.index.scan.files.find((candidate) => candidate.path === path);
  const ranges = newSides(diff).filter((hunk) => file !== undefined && stands(hunk, file));
  const places = ranges.flatMap(({ startLine, endLine }) =>
    run.index.blocksOfLines(path, startLine, endLine),
  );
  const touched = [...new Map(places.map((place) => [place.blockIndex, place])).values()];
  const shown = beginningOf(withoutControls(diff), tokenizer);
  const instruction =
    `A change of ${path} (lines with + are new, lines with - are gone):\n${shown.text}\n` +
    `Say in one or two sentences what changed in ${path}. Name only what stands there.`;
  const startLine = Math.min(...ranges.map((range) => range.startLine));
  const endLine = Math.max(...ranges.map((range) => range.endLine));
  return {
    passage: {
      title: path,
      path,
      startLine: ranges.length === 0 ? 1 : startLine,
      endLine: ranges.length === 0 ? 1 : endLine,
      instruction,
      parts: touched.length === 0 ? [] : [touched.slice(0, blocksPerFile)],
    },
    touched,
    isCut: shown.isCut,
  };
}

/** The new side of a hunk. */
export interface NewSide extends LineRange {
  /** Unchanged and new ones, as far as the difference holds them. */
  lines: string[];
}

/** Where the hunks of a unified difference lie in the new file; a hunk without new lines, where it was taken out. */
export function newSides(diff: string): NewSide[] {
  const hunks: NewSide[] = [];
  for (const line of diff.split(/\r?\n/)) {
    const head = /^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (head) {
      const startLine = Math.max(1, Number(head[1]));
      hunks.push({ startLine, endLine: startLine + Math.max(1, Number(head[2] ?? 1)) - 1, lines: [] });
    } else if (/^[ +]/.test(line)) hunks.at(-1)?.lines.push(line.slice(1));
  }
  return hunks;
}

/**
 * Whether a file holds what a hunk left there. It need not: of two revisions neither may be checked out, and then other
 * lines stand where the hunk's numbers point. Of a line that was too long to be read whole its beginning is compared.
 */
export function stands({ startLine, lines }: NewSide, file: Pick<TextFile, 'lines'>): boolean {
  return lines.every((line, at) => {
    const now = file.lines[startLine - 1 + at];
    return now !== undefined && now === line.slice(0, Math.max(now.length, wholeLineChars));
  });
}

/** The first lines that fit. */
function beginningOf(diff: string, tokenizer: Tokenizer): { text: string; isCut: boolean } {
  const lines: string[] = [];
  let room = diffTokensMax;
  for (const line of diff.split('\n')) {
    // A line this long is minified: it would not fit, and need not be tokenized to know that.
    room -= line.length > 4 * diffTokensMax ? Infinity : tokenizer.encodeText(`${line}\n`).length;
    if (room < 0) return { text: lines.join('\n'), isCut: true };
    lines.push(line);
  }
  return { text: lines.join('\n'), isCut: false };
}

function notesOf(cutCount: number, toldCount: number, fileCount: number): string[] {
  const notes: string[] = [];
  if (cutCount > 0) notes.push(note(noteTexts.beginningsOfChanges, cutCount));
  if (toldCount < fileCount) notes.push(note(noteTexts.firstChanges, toldCount, fileCount));
  return notes;
}
