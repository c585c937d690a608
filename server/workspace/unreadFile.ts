import { errorCode } from '../../protocol/errors';
import { ExpectedError, failure } from '../errors';
import type { TextFile } from '../text/windows';

/**
 * A file that is as an earlier session read it. Most files of a large workspace are never quoted, so it is read when
 * its lines are asked for.
 */
export class UnreadFile implements TextFile {
  #lines: readonly string[] | undefined;

  /** @param read undefined where the file is not what it was any more */
  constructor(
    readonly path: string,
    private readonly sha256: string,
    private readonly read: () => readonly string[] | undefined,
  ) {}

  get unreadSha256(): string | undefined {
    return this.#lines ? undefined : this.sha256;
  }

  /** @throws `fileChanged` where the file was changed since it was looked at; the next scan reads it */
  get lines(): readonly string[] {
    this.#lines ??= this.read();
    if (!this.#lines) throw failure.fileChanged(this.path);
    return this.#lines;
  }
}

/** What `read` makes of a file's lines; undefined where the file was changed since it was looked at. */
export function ifUnchanged<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ExpectedError && error.code === errorCode.fileChanged) return undefined;
    throw error;
  }
}
