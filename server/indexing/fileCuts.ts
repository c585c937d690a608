/**
 * How each file was last cut into windows, kept on disk, so that an unchanged file is neither tokenized nor read again.
 * The cache may be lost or damaged at any time: cutting the file gives the same windows.
 */

import { breathe } from '../concurrency';
import type { TextModel } from '../model/modelHost';
import { recutWindows } from '../text/recut';
import { cutWindows, linesSha256, withoutTokens, type TextFile } from '../text/windows';
import { isSameStamp } from '../workspace/folderFiles';
import type { FileLook, RememberedFile, WorkspaceScan } from '../workspace/workspace';
import { readCuts, writeCuts, type FileCut, type KeptCut } from './storedCuts';

/** The event loop gets a turn after this long, so that a cancel is heard. */
const sliceMs = 30;
/** Edits of this time are written together: what a killed process loses is cut again in a moment. */
const saveDelayMs = 5_000;

/** A file's cut; the file too, once this process has seen it. */
interface Known extends KeptCut {
  file?: TextFile;
}

export class FileCuts {
  #known: ReadonlyMap<string, Known>;
  #changed = false;
  #saveTimer: NodeJS.Timeout | undefined;
  /** Writes follow one another. */
  #saving: Promise<void> = Promise.resolve();

  private constructor(
    private readonly path: string,
    private readonly packageId: string,
    known: ReadonlyMap<string, Known>,
  ) {
    this.#known = known;
  }

  static async open(path: string, packageId: string): Promise<FileCuts> {
    // Missing or damaged: every file is cut again.
    return new FileCuts(path, packageId, (await readCuts(path, packageId)) ?? new Map());
  }

  /** A file as it was when its cuts were made; undefined where that cannot be told from its stamp. */
  remembered(path: string): RememberedFile | undefined {
    const known = this.#known.get(path);
    return known?.look?.isSettled ? { look: known.look, textSha256: known.cut.textSha256 } : undefined;
  }

  /**
   * Cuts of all files, in their order. A file that is the same object as the last time is not looked at; of one that
   * was edited since, only what the edit moved is tokenized.
   */
  async update(
    { files, looks }: Pick<WorkspaceScan, 'files' | 'looks'>,
    text: TextModel,
    onProgress: (done: number) => void,
    signal: AbortSignal,
  ): Promise<FileCut[]> {
    const current = new Map<string, Known>();
    let sliceStart = performance.now();
    for (const [index, file] of files.entries()) {
      const known = this.#known.get(file.path);
      const cut = known?.file === file ? known.cut : this.#cut(file, known, text);
      const look = looks.get(file.path);
      this.#changed ||= !isSameLook(known?.look, look);
      current.set(file.path, { cut, file, look });
      if (performance.now() - sliceStart > sliceMs) {
        onProgress(index + 1);
        await breathe(signal);
        sliceStart = performance.now();
      }
    }
    this.#changed ||= current.size !== this.#known.size;
    this.#known = current;
    return [...current.values()].map(({ cut }) => cut);
  }

  #cut(file: TextFile, known: Known | undefined, { tokenizer, layout }: TextModel): FileCut {
    const textSha256 = file.unreadSha256 ?? linesSha256(file.lines);
    if (known?.cut.textSha256 === textSha256) return known.cut;
    this.#changed = true;
    const old = known?.file;
    const windows =
      old && old.unreadSha256 === undefined
        ? recutWindows({ file: old, windows: known.cut.windows }, file, tokenizer, layout)
        : cutWindows(file, tokenizer, layout).map(withoutTokens);
    return { textSha256, windows };
  }

  /** Saves what changed once edits have had a pause; an unwritable cache is none of an edit's failures. */
  saveLater(): void {
    if (!this.#changed || this.#saveTimer) return;
    this.#saveTimer = setTimeout(() => {
      this.#saveTimer = undefined;
      void this.save().catch(() => undefined);
    }, saveDelayMs);
    this.#saveTimer.unref();
  }

  async save(): Promise<void> {
    this.discard();
    this.#saving = this.#saving.catch(() => undefined).then(() => this.#write());
    await this.#saving;
  }

  /** Gives up a save that was put off. */
  discard(): void {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = undefined;
  }

  async #write(): Promise<void> {
    if (!this.#changed) return;
    this.#changed = false;
    try {
      await writeCuts(this.path, this.packageId, this.#known);
    } catch (error) {
      this.#changed = true;
      throw error;
    }
  }
}

/** Of looks that are kept. */
function isSameLook(left: FileLook | undefined, right: FileLook | undefined): boolean {
  if (!left?.isSettled || !right?.isSettled)
    return (left?.isSettled ?? false) === (right?.isSettled ?? false);
  return isSameStamp(left.stamp, right.stamp);
}
