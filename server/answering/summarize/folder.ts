import type { SummaryResult } from '../../../protocol/messages';
import { note, noteTexts } from '../../../protocol/notes';
import { failure } from '../../errors';
import type { TextFile } from '../../text/windows';
import { isIntroduction } from '../route';
import type { Run } from '../run';
import { tell, type Passage } from './passages';

/** Files of one map: at some seconds each what a user waits for, and what a reader looks through. */
export const folderFilesMax = 40;

/** A map of a folder: what each file is for, told from its first window, and what the whole is for. */
export async function summarizeFolder(run: Run, path: string): Promise<SummaryResult> {
  const { index } = run;
  const files = index.scan.files.filter((file) => file.path.startsWith(path));
  const name = path === '' ? 'the workspace' : path;
  if (files.length === 0) {
    throw failure.nothingToSummarize(name, 'Name a folder that holds text files and is not ignored.');
  }
  const chosen = chooseFiles(files);
  const passages = chosen.map((file) => passageOf(run, file));
  const introduction = passages.find((passage) => isIntroduction(passage.path)) ?? passages[0]!;
  const isOfFolder = new Set(files.map((file) => file.path));
  return tell(run, {
    passages,
    overall: {
      before: `Files of ${name}:`,
      after: `Say in two or three sentences what ${name} is for and how its files work together.`,
      places: introduction.parts[0] ?? [],
    },
    blocksTotal: index.windows.reduce(
      (sum, window) => sum + (isOfFolder.has(window.path) ? window.blocks.length : 0),
      0,
    ),
    notes: notesOf(chosen.length, files.length),
  });
}

/** Introductions first, then what lies nearest to the top; told in the order of paths. */
export function chooseFiles<File extends Pick<TextFile, 'path'>>(files: readonly File[]): File[] {
  const depthOf = (path: string): number => path.split('/').length;
  return [...files]
    .sort(
      (left, right) =>
        depthOf(left.path) - depthOf(right.path) ||
        Number(isIntroduction(right.path)) - Number(isIntroduction(left.path)),
    )
    .slice(0, folderFilesMax)
    .sort((left, right) => (left.path < right.path ? -1 : 1));
}

function passageOf({ index }: Run, file: TextFile): Passage {
  const [first] = index.windowsOfFile(file.path);
  const places = first === undefined ? [] : index.blocksOfWindow(first).map((at) => index.place(at));
  return {
    title: file.path,
    path: file.path,
    startLine: places[0]?.startLine ?? 1,
    endLine: places.at(-1)?.endLine ?? 1,
    instruction: `Say in one or two sentences what ${file.path} is for. Name only what stands there.`,
    parts: [places],
  };
}

function notesOf(toldCount: number, fileCount: number): string[] {
  const notes: string[] = [noteTexts.beginningsOfFiles];
  if (toldCount < fileCount) notes.push(note(noteTexts.nearestToTop, toldCount, fileCount));
  return notes;
}
