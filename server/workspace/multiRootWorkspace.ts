import type { NamedFolder } from '../../protocol/messages';
import { failure } from '../errors';
import type { TextFile } from '../text/windows';
import { FolderWorkspace, skippedInWords, type FolderWorkspaceOptions } from './folderWorkspace';
import {
  defaultLimits,
  maxSkippedNamed,
  type SkippedFile,
  type Workspace,
  type WorkspaceScan,
} from './workspace';

/** Several folders as one workspace: every path begins with the name of its folder and a slash. */
export class MultiRootWorkspace implements Workspace {
  readonly #folders: readonly { name: string; workspace: FolderWorkspace }[];
  readonly #maxFiles: number;
  /** A file that did not change stays the same object, which is how the index knows. */
  readonly #named = new WeakMap<TextFile, TextFile>();

  /** @param folders each with what it leaves out beside the patterns of the options */
  constructor(
    folders: readonly (NamedFolder & { exclude?: readonly string[] })[],
    options: FolderWorkspaceOptions = {},
  ) {
    this.#folders = folders.map(({ name, root, exclude = [] }) => ({
      name,
      workspace: new FolderWorkspace(root, { ...options, exclude: [...(options.exclude ?? []), ...exclude] }),
    }));
    this.#maxFiles = options.limits?.maxFiles ?? defaultLimits.maxFiles;
  }

  get root(): string {
    return this.#folders[0]!.workspace.root;
  }

  async scan(signal: AbortSignal): Promise<WorkspaceScan> {
    const all: WorkspaceScan = { files: [], skipped: {}, skippedFiles: [], linesCut: 0, bytes: 0 };
    for (const { name, workspace } of this.#folders) {
      const scan = await workspace.read(signal);
      all.files.push(...scan.files.map((file) => this.#inFolder(name, file)));
      all.skippedFiles.push(
        ...scan.skippedFiles.map(({ path, reason }) => ({ path: `${name}/${path}`, reason })),
      );
      for (const [reason, count] of Object.entries(scan.skipped))
        addCount(all, reason as SkippedFile['reason'], count);
      all.linesCut += scan.linesCut;
      all.bytes += scan.bytes;
    }
    all.files.sort(byPath);
    for (const { path } of all.files.splice(this.#maxFiles)) {
      all.skippedFiles.push({ path, reason: 'overFileLimit' });
      addCount(all, 'overFileLimit', 1);
    }
    all.skippedFiles.sort(byPath).splice(maxSkippedNamed);
    if (all.files.length === 0) {
      const roots = this.#folders.map(({ workspace }) => workspace.root).join(', ');
      throw failure.nothingToIndex(roots, skippedInWords(all.skipped));
    }
    return all;
  }

  #inFolder(name: string, file: TextFile): TextFile {
    const known = this.#named.get(file);
    if (known) return known;
    const named: TextFile = { path: `${name}/${file.path}`, pathInFolder: file.path, lines: file.lines };
    this.#named.set(file, named);
    return named;
  }
}

function addCount(scan: WorkspaceScan, reason: SkippedFile['reason'], count: number): void {
  scan.skipped[reason] = (scan.skipped[reason] ?? 0) + count;
}

function byPath(left: { path: string }, right: { path: string }): number {
  return left.path < right.path ? -1 : left.path > right.path ? 1 : 0;
}
