import type { SkipReason } from '../../protocol/messages';
import type { TextFile } from '../text/windows';
import type { FileStamp } from './folderFiles';

/** The text of one root, wherever it comes from: a folder, or a folder under an editor's unsaved documents. */
export interface Workspace {
  /** Absolute path of the root. */
  readonly root: string;
  /** Every text file as it is now, in code unit order of paths. */
  scan(signal: AbortSignal): Promise<WorkspaceScan>;
}

export interface WorkspaceScan {
  files: TextFile[];
  /** Number of entries left out, by reason; an ignored folder counts as one. */
  skipped: Partial<Record<SkipReason, number>>;
  /** The entries left out (at most `maxSkippedNamed`), in code unit order; folders end on a slash. */
  skippedFiles: SkippedFile[];
  /** Lines that were cut because they exceed the line limit. */
  linesCut: number;
  /** Size on disk of the files that were read. */
  bytes: number;
  /** What each file was like when it was looked at, by path. */
  looks: ReadonlyMap<string, FileLook>;
}

export interface FileLook {
  stamp: FileStamp;
  /** Lines that were cut because they exceed the line limit. */
  linesCut: number;
  /**
   * Whether another session may take the file by this stamp alone: not where an editor's text stands in, where the file was
   * changed so shortly before that it may be changed again within one tick of its disk's clock, or where it is generated and
   * read only because a setting names it.
   */
  isSettled: boolean;
}

/** A file as an earlier session read it. */
export interface RememberedFile {
  look: FileLook;
  /** `linesSha256` of what was read. */
  textSha256: string;
}

export interface SkippedFile {
  path: string;
  reason: SkipReason;
}

/** How many left-out entries a report names; the counts cover all. */
export const maxSkippedNamed = 1_000;

export interface WorkspaceLimits {
  /** Sources above this are generated or data; reading them would crowd out what was written by hand. */
  maxFileBytes: number;
  /** Keeps a folder opened by mistake, such as a home folder, from filling the memory. */
  maxFiles: number;
  /** Longer lines are minified or data; what remains is enough to be found by. */
  maxLineChars: number;
}

export const defaultLimits: WorkspaceLimits = {
  maxFileBytes: 2 ** 20,
  maxFiles: 50_000,
  maxLineChars: 2_000,
};
