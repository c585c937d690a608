import type { SummaryResult } from '../../../protocol/messages';
import { note, noteTexts } from '../../../protocol/notes';
import { failure } from '../../errors';
import type { BlockPlace } from '../../indexing/workspaceIndex';
import type { TextFile } from '../../text/windows';
import { isIntroduction } from '../route';
import type { Run } from '../run';
import { tellFlow } from './flow';
import { distinctInOrder, tell, type Passage, type Summary } from './passages';

type Asked = Omit<Summary['overall'], 'before'>;

/** Files of one map: at some seconds each what a user waits for, and what a reader looks through. */
export const folderFilesMax = 40;

/** Of a workspace, files whose beginnings say where it is entered: as many as are read with its introduction. */
const entriesRead = 4;
const overviewTokens = 240;
/** What builds or runs a project, and files that are named for being run first. */
const entryName =
  /^(package\.json|pyproject\.toml|setup\.(py|cfg)|cargo\.toml|go\.mod|makefile|cmakelists\.txt|pom\.xml|build\.gradle(\.kts)?|(main|index|cli|app|server|lib|mod|__main__|__init__)\.[a-z]+)$/i;

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
  const isOfFolder = new Set(files.map((file) => file.path));
  return tell(run, {
    passages,
    alsoKnown: await tellFlow(run, files),
    overall: {
      before: `Files of ${name}:`,
      ...(path === '' ? overviewOf(passages) : purposeOf(passages, name)),
    },
    blocksTotal: index.windows.reduce(
      (sum, window) => sum + (isOfFolder.has(window.path) ? window.blocks.length : 0),
      0,
    ),
    notes: notesOf(chosen.length, files.length),
  });
}

function purposeOf(passages: readonly Passage[], name: string): Asked {
  return {
    after: `Say in two or three sentences what ${name} is for and how its files work together.`,
    places: introductionOf(passages),
  };
}

/** Of a workspace one wants to know more: it is read with where it is entered. */
function overviewOf(passages: readonly Passage[]): Asked {
  const introduction = introductionOf(passages);
  const entries = passages.filter(({ path }) => isEntry(path)).sort((a, b) => depthOf(a) - depthOf(b));
  const places = [...introduction, ...entries.slice(0, entriesRead).flatMap(({ parts }) => parts[0] ?? [])];
  return {
    after:
      'Say in three short sentences, without lists, what the workspace is for, where it is entered, and what its main ' +
      'parts are.',
    places: distinctInOrder(places),
    maxTokens: overviewTokens,
  };
}

function introductionOf(passages: readonly Passage[]): BlockPlace[] {
  const introduction = passages.find(({ path }) => isIntroduction(path)) ?? passages[0]!;
  return introduction.parts[0] ?? [];
}

export function isEntry(path: string): boolean {
  return entryName.test(path.split('/').at(-1)!);
}

function depthOf({ path }: { path: string }): number {
  return path.split('/').length;
}

/** What lies nearest to the top, of it introductions and entries first; told in the order of paths. */
export function chooseFiles<File extends Pick<TextFile, 'path'>>(files: readonly File[]): File[] {
  return [...files]
    .sort(
      (left, right) =>
        depthOf(left) - depthOf(right) ||
        Number(isIntroduction(right.path)) - Number(isIntroduction(left.path)) ||
        Number(isEntry(right.path)) - Number(isEntry(left.path)),
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
