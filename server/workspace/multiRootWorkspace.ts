import type { NamedFolder } from '../../protocol/messages';
import { failure } from '../errors';
import type { TextFile } from '../text/windows';
import {
  byPath,
  emptyScan,
  FolderWorkspace,
  skippedInWords,
  type FolderWorkspaceOptions,
} from './folderWorkspace';
import type { UserPatterns } from './ignoreRules';
import { nodePaths, type PathFlavour } from './pathFlavour';
import {
  defaultLimits,
  maxSkippedNamed,
  type FileLook,
  type SkippedFile,
  type Workspace,
  type WorkspaceScan,
} from './workspace';

/** Several folders as one workspace: every path begins with the name of its folder and a slash. */
export class MultiRootWorkspace implements Workspace {
  readonly #folders: readonly { name: string; workspace: FolderWorkspace }[];
  readonly #maxFiles: number;
  readonly #paths: PathFlavour;
  /** A file that did not change stays the same object, which is how the index knows. */
  readonly #named = new WeakMap<TextFile, TextFile>();

  /** @param folders each with what it leaves out beside the patterns of the options */
  constructor(
    folders: readonly (NamedFolder & Pick<UserPatterns, 'exclude' | 'editorExclude'>)[],
    options: FolderWorkspaceOptions = {},
  ) {
    this.#paths = options.paths ?? nodePaths;
    this.#folders = folders.map(({ name, root, exclude = [], editorExclude = [] }) => ({
      name,
      workspace: new FolderWorkspace(root, {
        ...options,
        remembered: (path) => options.remembered?.(`${name}/${path}`),
        exclude: [...(options.exclude ?? []), ...exclude],
        editorExclude: [...(options.editorExclude ?? []), ...editorExclude],
      }),
    }));
    this.#maxFiles = options.limits?.maxFiles ?? defaultLimits.maxFiles;
  }

  get root(): string {
    return this.#folders[0]!.workspace.root;
  }

  async scan(signal: AbortSignal): Promise<WorkspaceScan> {
    const all = emptyScan();
    const looks = new Map<string, FileLook>();
    const realRoots = await Promise.all(this.#folders.map(({ workspace }) => workspace.realRoot()));
    for (const [at, { name, workspace }] of this.#folders.entries()) {
      const scan = await workspace.read(signal, this.#elsewhere(realRoots, at));
      all.files.push(...scan.files.map((file) => this.#inFolder(name, file)));
      all.skippedFiles.push(
        ...scan.skippedFiles.map(({ path, reason }) => ({ path: `${name}/${path}`, reason })),
      );
      for (const [reason, count] of Object.entries(scan.skipped))
        addCount(all, reason as SkippedFile['reason'], count);
      for (const [path, look] of scan.looks) looks.set(`${name}/${path}`, look);
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
    return { ...all, looks };
  }

  /**
   * What a folder leaves to others of the workspace: another folder inside of it, or itself where it was opened
   * before. Each file is read once, however often its folder is open.
   */
  #elsewhere(realRoots: readonly string[], at: number): Set<string> {
    const inner = realRoots.map((other, otherAt) => {
      const path = otherAt === at ? undefined : this.#paths.inside(realRoots[at]!, other);
      return path === '' && otherAt > at ? undefined : path;
    });
    return new Set(inner.flatMap((path) => (path === undefined ? [] : path === '' ? [''] : [`${path}/`])));
  }

  #inFolder(name: string, file: TextFile): TextFile {
    const known = this.#named.get(file);
    if (known) return known;
    const named = new NamedFile(name, file);
    this.#named.set(file, named);
    return named;
  }
}

/** A file of one of several folders. */
class NamedFile implements TextFile {
  readonly path: string;

  constructor(
    folder: string,
    private readonly file: TextFile,
  ) {
    this.path = `${folder}/${file.path}`;
  }

  get pathInFolder(): string {
    return this.file.path;
  }

  get lines(): readonly string[] {
    return this.file.lines;
  }

  get unreadSha256(): string | undefined {
    return this.file.unreadSha256;
  }
}

function addCount(scan: WorkspaceScan, reason: SkippedFile['reason'], count: number): void {
  scan.skipped[reason] = (scan.skipped[reason] ?? 0) + count;
}
