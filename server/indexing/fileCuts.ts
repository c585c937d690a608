/**
 * How each file was last cut into windows, kept on disk, so that an unchanged file is not tokenized again. The
 * cache may be lost or damaged at any time: cutting the file gives the same windows.
 */

import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { breathe } from '../concurrency';
import type { TextModel } from '../model/modelHost';
import { cutWindows, type TextFile, type Window } from '../text/windows';

/** A window without its tokens, which are made again from the file where they are needed. */
export type WindowCut = Omit<Window, 'tokens'> & { tokenCount: number };

export interface FileCut {
  /** SHA-256 (hex) of the file's lines. */
  textSha256: string;
  windows: WindowCut[];
}

const cutsFormat = 1;
/** The event loop gets a turn after this long, so that a cancel is heard. */
const sliceMs = 30;

export class FileCuts {
  #known = new Map<string, FileCut>();
  #changed = false;

  private constructor(
    private readonly path: string,
    private readonly packageId: string,
  ) {}

  static async open(path: string, packageId: string): Promise<FileCuts> {
    const cuts = new FileCuts(path, packageId);
    try {
      const stored = JSON.parse(await readFile(path, 'utf8')) as StoredCuts;
      if (stored.format === cutsFormat && stored.packageId === packageId) {
        cuts.#known = new Map(Object.entries(stored.files));
      }
    } catch {
      // Missing or damaged: every file is cut again.
    }
    return cuts;
  }

  /** Cuts of all files, in their order; only changed files are tokenized. */
  async update(
    files: readonly TextFile[],
    text: TextModel,
    onProgress: (done: number) => void,
    signal: AbortSignal,
  ): Promise<FileCut[]> {
    const current = new Map<string, FileCut>();
    let sliceStart = performance.now();
    for (const [index, file] of files.entries()) {
      const textSha256 = linesSha256(file.lines);
      let cut = this.#known.get(file.path);
      if (cut?.textSha256 !== textSha256) {
        cut = { textSha256, windows: cutWindows(file, text.tokenizer, text.layout).map(withoutTokens) };
        this.#changed = true;
      }
      current.set(file.path, cut);
      if (performance.now() - sliceStart > sliceMs) {
        onProgress(index + 1);
        await breathe(signal);
        sliceStart = performance.now();
      }
    }
    this.#changed ||= current.size !== this.#known.size;
    this.#known = current;
    return [...current.values()];
  }

  async save(): Promise<void> {
    if (!this.#changed) return;
    const stored: StoredCuts = {
      format: cutsFormat,
      packageId: this.packageId,
      files: Object.fromEntries(this.#known),
    };
    await mkdir(dirname(this.path), { recursive: true });
    const part = `${this.path}.${process.pid}.part`;
    await writeFile(part, JSON.stringify(stored));
    await rename(part, this.path);
    this.#changed = false;
  }
}

interface StoredCuts {
  format: number;
  packageId: string;
  files: Record<string, FileCut>;
}

function withoutTokens({ tokens, ...cut }: Window): WindowCut {
  return { ...cut, tokenCount: tokens.length };
}

export function linesSha256(lines: readonly string[]): string {
  const hash = createHash('sha256');
  for (const line of lines) hash.update(line).update('\n');
  return hash.digest('hex');
}
