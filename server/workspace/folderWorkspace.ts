import type { SkipReason } from '../../protocol/messages';
import { mapBounded, TimeSlice } from '../concurrency';
import { failure, throwIfCancelled } from '../errors';
import { linesSha256, type TextFile } from '../text/windows';
import { isSameStamp, nodeFolderFiles, type FileStamp, type FolderFiles } from './folderFiles';
import { isGeneratedText } from './generated';
import { IgnoreRules, type UserPatterns } from './ignoreRules';
import { nodePaths, type PathFlavour } from './pathFlavour';
import { decodeText } from './textLines';
import { UnreadFile } from './unreadFile';
import { walkFolder } from './walk';
import {
  defaultLimits,
  maxSkippedNamed,
  type FileLook,
  type RememberedFile,
  type SkippedFile,
  type Workspace,
  type WorkspaceLimits,
  type WorkspaceScan,
} from './workspace';

/** Files read at once: enough to hide a disk's latency, few enough to bound what is in memory twice. */
const maxReadsAtOnce = 16;
/** A stamp that is no older when it is taken may stand for two texts: the coarsest clock of a disk, FAT's, ticks so slowly. */
const settledMs = 2_000;
/** A disk that takes so long for one look is far away; the rest is asked without holding the thread. */
const farStampMs = 5;

export interface FolderWorkspaceOptions extends UserPatterns {
  limits?: Partial<WorkspaceLimits>;
  files?: FolderFiles;
  /** How paths are written where `files` lie. */
  paths?: PathFlavour;
  /** Files that an earlier session read; those whose stamp is as it was are read when their lines are asked for. */
  remembered?: (path: string) => RememberedFile | undefined;
}

/** What became of a file when it was looked at. */
interface Seen {
  look: FileLook;
  outcome: TextFile | SkipReason;
}

interface Read {
  outcome: Seen['outcome'];
  linesCut: number;
  /** Read only because the user named it. */
  isNamed: boolean;
}

/** A folder on disk. Files whose stamp has not changed since the last scan are not read again. */
export class FolderWorkspace implements Workspace {
  readonly #limits: WorkspaceLimits;
  readonly #files: FolderFiles;
  readonly #rules: IgnoreRules;
  readonly #paths: PathFlavour;
  readonly #remembered: (path: string) => RememberedFile | undefined;
  /** Empty before the first scan; then of every file that it looked at. */
  #seen = new Map<string, Seen>();
  /** Files that turned out not to be as they were remembered. */
  readonly #forgotten = new Set<string>();

  constructor(
    readonly root: string,
    { limits, files, paths = nodePaths, remembered, ...patterns }: FolderWorkspaceOptions = {},
  ) {
    this.#remembered = remembered ?? (() => undefined);
    this.#rules = IgnoreRules.ofUser(patterns);
    this.#paths = paths;
    this.#limits = { ...defaultLimits, ...limits };
    this.#files = files ?? nodeFolderFiles;
  }

  async scan(signal: AbortSignal): Promise<WorkspaceScan> {
    const scan = await this.read(signal);
    if (scan.files.length === 0) throw failure.nothingToIndex(this.root, skippedInWords(scan.skipped));
    return scan;
  }

  /** Where the root lies, links followed; the root itself where that cannot be told. */
  async realRoot(): Promise<string> {
    return this.#files.realPath(this.root).catch(() => this.root);
  }

  /**
   * As `scan`, but a folder without text is none of its failures: it may be one of several.
   *
   * @param elsewhere folders that are read as others' roots, relative, ending on a slash; empty for the root itself
   */
  async read(signal: AbortSignal, elsewhere: ReadonlySet<string> = new Set()): Promise<WorkspaceScan> {
    throwIfCancelled(signal);
    const kind = await this.#files.kindOfRoot(this.root);
    if (kind === 'missing') throw failure.rootMissing(this.root);
    if (kind === 'other') throw failure.rootNotFolder(this.root);
    const options = { rules: this.#rules, paths: this.#paths, elsewhere };
    const { paths, skipped } = await walkFolder(this.root, this.#files, options, signal);
    const over = paths.splice(this.#limits.maxFiles).map((path) => leftOut(path, 'overFileLimit'));

    const scan = emptyScan();
    const looks = new Map<string, FileLook>();
    const notRead: SkippedFile[] = [];
    const seen = new Map<string, Seen>();
    const others = await this.#lookAgain(paths, seen, signal);
    await mapBounded(others, maxReadsAtOnce, async (path) => {
      throwIfCancelled(signal);
      const found = await this.#look(path);
      if (found) seen.set(path, found);
    });
    throwIfCancelled(signal);
    for (const path of paths) {
      const found = seen.get(path);
      if (!found) notRead.push(leftOut(path, 'unreadable'));
      else if (typeof found.outcome === 'string') notRead.push(leftOut(path, found.outcome));
      else {
        const { look, outcome } = found;
        scan.files.push(outcome);
        scan.linesCut += look.linesCut;
        scan.bytes += look.stamp.bytes;
        looks.set(path, look);
      }
    }
    this.#seen = seen;
    for (const list of [skipped, notRead, over]) report(list, scan);
    scan.skippedFiles.sort(byPath).splice(maxSkippedNamed);
    return { ...scan, looks };
  }

  /**
   * Keeps what is as it was: in a large folder that is nearly all, and asked one by one without waiting for each it takes
   * a third of the time.
   *
   * @param seen gets the files that did not change
   * @returns the others
   */
  async #lookAgain(
    paths: readonly string[],
    seen: Map<string, Seen>,
    signal: AbortSignal,
  ): Promise<string[]> {
    const others: string[] = [];
    let isNear = true;
    const slice = new TimeSlice();
    for (const path of paths) {
      const before = this.#before(path);
      if (!before || !isNear) {
        others.push(path);
        continue;
      }
      if (slice.isOver) await slice.next(signal);
      const start = performance.now();
      if (this.#isAsBefore(path, before)) seen.set(path, before);
      else others.push(path);
      isNear = performance.now() - start < farStampMs;
    }
    return others;
  }

  #before(path: string): Seen | undefined {
    const seen = this.#seen.get(path);
    if (seen || this.#forgotten.has(path)) return seen;
    const remembered = this.#remembered(path);
    if (!remembered) return undefined;
    const { look, textSha256 } = remembered;
    return { look, outcome: new UnreadFile(path, textSha256, () => this.#readRemembered(path, textSha256)) };
  }

  /** Undefined where the file is not what it was any more; then the next scan reads it. */
  #readRemembered(path: string, textSha256: string): string[] | undefined {
    const lines = this.#readAtOnce(path);
    if (lines && linesSha256(lines) === textSha256) return lines;
    this.#forgotten.add(path);
    this.#seen.delete(path);
    return undefined;
  }

  #readAtOnce(path: string): string[] | undefined {
    try {
      const bytes = this.#files.readAtOnce(this.#paths.join(this.root, path));
      const decoded = decodeText(bytes, this.#limits.maxLineChars);
      return decoded.state === 'text' ? decoded.lines : undefined;
    } catch {
      return undefined;
    }
  }

  #isAsBefore(path: string, { look }: Seen): boolean {
    try {
      return isSameStamp(look.stamp, this.#files.stampAtOnce(this.#paths.join(this.root, path)));
    } catch {
      return false;
    }
  }

  /** Undefined where the file cannot be looked at: it may be gone since it was listed. */
  async #look(path: string): Promise<Seen | undefined> {
    const absolutePath = this.#paths.join(this.root, path);
    try {
      const lookedMs = Date.now();
      const stamp = await this.#files.stamp(absolutePath);
      const before = this.#before(path);
      if (before && isSameStamp(before.look.stamp, stamp)) return before;
      const { outcome, linesCut, isNamed } = await this.#read(path, absolutePath, stamp);
      const look = { stamp, linesCut, isSettled: !isNamed && isSettled(stamp, lookedMs) };
      // Touched, saved as it was, or switched there and back: the index knows a file by its object.
      return { look, outcome: before && holdsSame(before.outcome, outcome) ? before.outcome : outcome };
    } catch {
      return undefined;
    }
  }

  async #read(path: string, absolutePath: string, stamp: FileStamp): Promise<Read> {
    const skipped = (reason: SkipReason): Read => ({ outcome: reason, linesCut: 0, isNamed: false });
    const { maxFileBytes, maxLineChars } = this.#limits;
    if (stamp.bytes > maxFileBytes) return skipped('tooLarge');
    const bytes = await this.#files.read(absolutePath);
    // A file may have grown since its stamp was taken.
    if (bytes.length > maxFileBytes) return skipped('tooLarge');
    const decoded = decodeText(bytes, maxLineChars);
    if (decoded.state === 'skipped') return skipped(decoded.reason);
    const { lines, linesCut } = decoded;
    const isGenerated = isGeneratedText(path, lines);
    if (isGenerated && !this.#rules.includes(path)) return skipped('generated');
    return { outcome: { path, lines }, linesCut, isNamed: isGenerated };
  }
}

export function emptyScan(): WorkspaceScan {
  return { files: [], skipped: {}, skippedFiles: [], linesCut: 0, bytes: 0, looks: new Map() };
}

/** @param skipped in the order of paths */
function report(skipped: readonly SkippedFile[], scan: WorkspaceScan): void {
  for (const { reason } of skipped) scan.skipped[reason] = (scan.skipped[reason] ?? 0) + 1;
  scan.skippedFiles.push(...skipped.slice(0, maxSkippedNamed));
}

function leftOut(path: string, reason: SkipReason): SkippedFile {
  return { path, reason };
}

function isSettled({ mtimeMs, ctimeMs, edit }: FileStamp, lookedMs: number): boolean {
  return edit === undefined && Math.max(mtimeMs, ctimeMs) < lookedMs - settledMs;
}

function holdsSame(left: Seen['outcome'], right: Seen['outcome']): boolean {
  if (typeof left === 'string' || typeof right === 'string') return false;
  const { lines } = right;
  if (left.unreadSha256 !== undefined) return left.unreadSha256 === linesSha256(lines);
  return left.lines.length === lines.length && left.lines.every((line, at) => line === lines[at]);
}

export function byPath(left: { path: string }, right: { path: string }): number {
  return left.path < right.path ? -1 : left.path > right.path ? 1 : 0;
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
  generated: 'generated',
  openedTwice: 'of another folder',
};

/** Reads on after the folder's name: ` (2 ignored, 1 binary)`. */
export function skippedInWords(skipped: WorkspaceScan['skipped']): string {
  const counts = Object.entries(skipped).map(
    ([reason, count]) => `${count} ${reasonInWords[reason as SkipReason]}`,
  );
  return counts.length === 0 ? '' : ` (${counts.join(', ')})`;
}
