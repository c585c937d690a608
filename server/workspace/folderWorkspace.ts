import { join } from 'node:path';
import type { SkipReason } from '../../protocol/messages';
import { mapBounded } from '../concurrency';
import { failure, throwIfCancelled } from '../errors';
import type { TextFile } from '../text/windows';
import { nodeFolderFiles, type FileStamp, type FolderFiles } from './folderFiles';
import { IgnoreRules } from './ignoreRules';
import { decodeText } from './textLines';
import { walkFolder } from './walk';
import {
  defaultLimits,
  maxSkippedNamed,
  type SkippedFile,
  type Workspace,
  type WorkspaceLimits,
  type WorkspaceScan,
} from './workspace';

/** Files read at once: enough to hide a disk's latency, few enough to bound what is in memory twice. */
const maxReadsAtOnce = 16;

export interface FolderWorkspaceOptions {
  /** Patterns to leave out besides those of the ignore files, in the syntax of .gitignore. */
  exclude?: readonly string[];
  limits?: Partial<WorkspaceLimits>;
  files?: FolderFiles;
}

type Outcome = { state: 'read'; file: TextFile; linesCut: number } | { state: 'skipped'; reason: SkipReason };

/** What became of a file when it had this stamp. */
interface Seen {
  stamp: FileStamp;
  outcome: Outcome;
}

/** A folder on disk. Files whose stamp has not changed since the last scan are not read again. */
export class FolderWorkspace implements Workspace {
  readonly #limits: WorkspaceLimits;
  readonly #files: FolderFiles;
  readonly #rules: IgnoreRules;
  #seen = new Map<string, Seen>();

  constructor(
    readonly root: string,
    { limits, files, exclude }: FolderWorkspaceOptions = {},
  ) {
    this.#rules = exclude ? IgnoreRules.ofUser(exclude) : IgnoreRules.none;
    this.#limits = { ...defaultLimits, ...limits };
    this.#files = files ?? nodeFolderFiles;
  }

  async scan(signal: AbortSignal): Promise<WorkspaceScan> {
    const scan = await this.read(signal);
    if (scan.files.length === 0) throw failure.nothingToIndex(this.root, skippedInWords(scan.skipped));
    return scan;
  }

  /** As `scan`, but a folder without text is none of its failures: it may be one of several. */
  async read(signal: AbortSignal): Promise<WorkspaceScan> {
    throwIfCancelled(signal);
    const kind = await this.#files.kindOfRoot(this.root);
    if (kind === 'missing') throw failure.rootMissing(this.root);
    if (kind === 'other') throw failure.rootNotFolder(this.root);
    const { paths, skipped } = await walkFolder(this.root, this.#files, this.#rules, signal);
    for (const path of paths.splice(this.#limits.maxFiles)) skipped.push({ path, reason: 'overFileLimit' });

    const scan: WorkspaceScan = { files: [], skipped: {}, skippedFiles: [], linesCut: 0, bytes: 0 };
    const seen = new Map<string, Seen>();
    await mapBounded(paths, maxReadsAtOnce, async (path) => {
      throwIfCancelled(signal);
      const found = await this.#look(path);
      if (found) seen.set(path, found);
    });
    throwIfCancelled(signal);
    for (const path of paths) {
      const found = seen.get(path);
      if (found?.outcome.state === 'read') {
        scan.files.push(found.outcome.file);
        scan.linesCut += found.outcome.linesCut;
        scan.bytes += found.stamp.bytes;
      } else {
        skipped.push({ path, reason: found?.outcome.reason ?? 'unreadable' });
      }
    }
    this.#seen = seen;
    report(skipped, scan);
    return scan;
  }

  /** Undefined where the file cannot be looked at: it may be gone since it was listed. */
  async #look(path: string): Promise<Seen | undefined> {
    const absolutePath = join(this.root, path);
    try {
      const stamp = await this.#files.stamp(absolutePath);
      const before = this.#seen.get(path);
      if (before?.stamp.mtimeMs === stamp.mtimeMs && before.stamp.bytes === stamp.bytes) return before;
      return { stamp, outcome: await this.#read(path, absolutePath, stamp) };
    } catch {
      return undefined;
    }
  }

  async #read(path: string, absolutePath: string, stamp: FileStamp): Promise<Outcome> {
    const { maxFileBytes, maxLineChars } = this.#limits;
    if (stamp.bytes > maxFileBytes) return { state: 'skipped', reason: 'tooLarge' };
    const bytes = await this.#files.read(absolutePath);
    // A file may have grown since its stamp was taken.
    if (bytes.length > maxFileBytes) return { state: 'skipped', reason: 'tooLarge' };
    const decoded = decodeText(bytes, maxLineChars);
    if (decoded.state === 'skipped') return decoded;
    return { state: 'read', file: { path, lines: decoded.lines }, linesCut: decoded.linesCut };
  }
}

function report(skipped: SkippedFile[], scan: WorkspaceScan): void {
  skipped.sort((left, right) => (left.path < right.path ? -1 : 1));
  for (const { reason } of skipped) scan.skipped[reason] = (scan.skipped[reason] ?? 0) + 1;
  scan.skippedFiles = skipped.slice(0, maxSkippedNamed);
}

const reasonInWords: Record<SkipReason, string> = {
  ignored: 'ignored',
  binary: 'binary',
  notUtf8: 'not UTF-8',
  tooLarge: 'too large',
  unreadable: 'unreadable',
  symlink: 'symbolic links',
  empty: 'empty',
  overFileLimit: 'over the file limit',
};

/** Reads on after the folder's name: ` (2 ignored, 1 binary)`. */
export function skippedInWords(skipped: WorkspaceScan['skipped']): string {
  const counts = Object.entries(skipped).map(
    ([reason, count]) => `${count} ${reasonInWords[reason as SkipReason]}`,
  );
  return counts.length === 0 ? '' : ` (${counts.join(', ')})`;
}
