import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { nodeFolderFiles } from '../../server/workspace/folderFiles';
import { FolderWorkspace } from '../../server/workspace/folderWorkspace';
import { IgnoreRules } from '../../server/workspace/ignoreRules';
import { walkFolder } from '../../server/workspace/walk';

export interface Layout {
  name: string;
  files: number;
  filesPerFolder: number;
}

export interface Step {
  ms: number;
  /** How long the event loop was held at most, and in 99 of 100 of its turns. */
  delayMaxMs: number;
  delayP99Ms: number;
  /** Files that were found. */
  files: number;
}

export interface Listing extends Layout {
  folders: number;
  list: Step;
  firstScan: Step;
  secondScan: Step;
}

const never = new AbortController().signal;
/** How often the event loop is looked at. */
const resolutionMs = 5;
const nanosecondsPerMs = 1e6;
/** A file of a few lines, as most are small. */
const text = 'export const value = 1;\n'.repeat(8);

/** Makes a folder of so many files, lists it, and reads it twice. */
export async function measureListing(layout: Layout): Promise<Listing> {
  const root = mkdtempSync(join(tmpdir(), 'landmark-listing-'));
  try {
    const folders = plant(root, layout);
    const list = await timed(async () => {
      const { paths } = await walkFolder(root, nodeFolderFiles, { rules: IgnoreRules.none }, never);
      return paths.length;
    });
    // Beyond the limit of files, a workspace is listed but not read.
    const workspace = new FolderWorkspace(root);
    const scan = async (): Promise<number> => (await workspace.scan(never)).files.length;
    const firstScan = await timed(scan);
    const secondScan = await timed(scan);
    return { ...layout, folders, list, firstScan, secondScan };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Every tenth folder has rules of its own. @returns how many folders there are */
function plant(root: string, { files, filesPerFolder }: Layout): number {
  const folders = Math.ceil(files / filesPerFolder);
  for (let folder = 0, left = files; folder < folders; folder++, left -= filesPerFolder) {
    const path = join(root, `area${folder % 20}`, `part${folder}`);
    mkdirSync(path, { recursive: true });
    if (folder % 10 === 0) writeFileSync(join(path, '.gitignore'), '*.log\n/made/\n');
    const count = Math.min(filesPerFolder, left) - (folder % 10 === 0 ? 1 : 0);
    for (let file = 0; file < count; file++) writeFileSync(join(path, `file${file}.ts`), text);
  }
  return folders;
}

async function timed(work: () => Promise<number>): Promise<Step> {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  // The monitor needs a turn before it counts.
  await new Promise((resolve) => setTimeout(resolve, 4 * resolutionMs));
  delays.reset();
  const began = performance.now();
  const files = await work();
  const ms = performance.now() - began;
  await new Promise((resolve) => setTimeout(resolve, 4 * resolutionMs));
  delays.disable();
  const inMs = (nanoseconds: number): number => nanoseconds / nanosecondsPerMs;
  return { ms, files, delayMaxMs: inMs(delays.max), delayP99Ms: inMs(delays.percentile(99)) };
}
