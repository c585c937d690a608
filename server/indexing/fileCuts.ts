/**
 * How each file was last cut into windows, kept on disk, so that an unchanged file is not tokenized again. The
 * cache may be lost or damaged at any time: cutting the file gives the same windows.
 */

import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { breathe } from '../concurrency';
import type { TextModel } from '../model/modelHost';
import { cutRule } from '../text/cuts';
import { recutWindows } from '../text/recut';
import { cutWindows, withoutTokens, type TextFile, type WindowCut } from '../text/windows';

export interface FileCut {
  /** SHA-256 (hex) of the file's lines. */
  textSha256: string;
  windows: WindowCut[];
}

const cutsFormat = 1;
/** The event loop gets a turn after this long, so that a cancel is heard. */
const sliceMs = 30;
/** Edits of this time are written together: what a killed process loses is cut again in a moment. */
const saveDelayMs = 5_000;

/** A file's cut; the file too, once this process has seen it. */
interface Known {
  cut: FileCut;
  file?: TextFile;
}

export class FileCuts {
  #known = new Map<string, Known>();
  #changed = false;
  #saveTimer: NodeJS.Timeout | undefined;
  /** Writes follow one another. */
  #saving: Promise<void> = Promise.resolve();

  private constructor(
    private readonly path: string,
    private readonly packageId: string,
  ) {}

  static async open(path: string, packageId: string): Promise<FileCuts> {
    const cuts = new FileCuts(path, packageId);
    try {
      const stored = JSON.parse(await readFile(path, 'utf8')) as StoredCuts;
      const { format, cutRule: rule, packageId: storedPackageId, files } = stored;
      if (format === cutsFormat && rule === cutRule && storedPackageId === packageId) {
        cuts.#known = new Map(Object.entries(files).map(([path, cut]) => [path, { cut }]));
      }
    } catch {
      // Missing or damaged: every file is cut again.
    }
    return cuts;
  }

  /**
   * Cuts of all files, in their order. A file that is the same object as the last time is not looked at; of one that
   * was edited since, only what the edit moved is tokenized.
   */
  async update(
    files: readonly TextFile[],
    text: TextModel,
    onProgress: (done: number) => void,
    signal: AbortSignal,
  ): Promise<FileCut[]> {
    const current = new Map<string, Known>();
    let sliceStart = performance.now();
    for (const [index, file] of files.entries()) {
      const known = this.#known.get(file.path);
      const cut = known?.file === file ? known.cut : this.#cut(file, known, text);
      current.set(file.path, { cut, file });
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
    const textSha256 = linesSha256(file.lines);
    if (known?.cut.textSha256 === textSha256) return known.cut;
    this.#changed = true;
    const windows = known?.file
      ? recutWindows({ file: known.file, windows: known.cut.windows }, file, tokenizer, layout)
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
    const stored: StoredCuts = {
      format: cutsFormat,
      cutRule,
      packageId: this.packageId,
      files: Object.fromEntries([...this.#known].map(([path, { cut }]) => [path, cut])),
    };
    this.#changed = false;
    const part = `${this.path}.${process.pid}.part`;
    try {
      await mkdir(dirname(this.path), { recursive: true });
      await writeFile(part, JSON.stringify(stored));
      await rename(part, this.path);
    } catch (error) {
      this.#changed = true;
      throw error;
    }
  }
}

interface StoredCuts {
  format: number;
  cutRule: number;
  packageId: string;
  files: Record<string, FileCut>;
}

export function linesSha256(lines: readonly string[]): string {
  return createHash('sha256')
    .update(lines.map((line) => `${line}\n`).join(''))
    .digest('hex');
}
