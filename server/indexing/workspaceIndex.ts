import { breathe, takeSteps, type Steps } from '../concurrency';
import { assertInvariant } from '../errors';
import { blockFilesOf, type BlockFiles } from '../landmark/blockEvidence';
import { LandmarkKeys } from '../landmark/keys';
import { LexicalIndex } from '../landmark/lexical';
import { emptyPostings } from '../landmark/postings';
import { maxBatchTokens, type Encoder } from '../model/encoder';
import type { TextModel } from '../model/modelHost';
import type { WindowKeys } from '../store/shape';
import type { WindowStore } from '../store/windowStore';
import { blockText, windowOfCut, type TextFile, type Window, type WindowCut } from '../text/windows';
import { ifUnchanged } from '../workspace/unreadFile';
import type { WorkspaceScan } from '../workspace/workspace';
import type { FileCuts } from './fileCuts';
import { keptBlocks } from './keptBlocks';
import type { FileCut } from './storedCuts';
import type { CountedWords } from './storedWords';

/** Where a block of the workspace lies. Blocks, windows and files are numbered in file and line order. */
export interface BlockPlace {
  blockIndex: number;
  windowIndex: number;
  file: TextFile;
  window: WindowCut;
  /** Position inside its window. */
  blockOfWindow: number;
  startLine: number;
  endLine: number;
}

export interface EncodeReport {
  encodedWindows: number;
  encodedTokens: number;
  /** Windows whose landmark keys came from the team store. */
  fetchedWindows: number;
  /** Time spent encoding; what went by while the work waited is left out. */
  elapsedMs: number;
}

export interface EncodeOptions {
  /** Ends after the run during which this much time has passed. */
  budgetMs?: number;
  /** Awaited before every run: work in the background lets what a user waits for go first. */
  beforeRun?: (signal: AbortSignal) => Promise<void>;
  onProgress?: (doneWindows: number, totalWindows: number) => void;
}

export interface BuildOptions {
  cuts: FileCuts;
  text: TextModel;
  store: WindowStore;
  keyNumbers: number;
  /** An earlier state of the same workspace. */
  before?: WorkspaceIndex | undefined;
  /** What an earlier session counted, where there is no earlier state. */
  counted?: CountedWords | undefined;
  onProgress: (doneFiles: number, totalFiles: number) => void;
}

/** Windows that the team store is asked for at once, ahead of their turn: enough to keep a slow line busy. */
export const fetchWindowsMax = 256;
/** Whose keys are copied at once. */
const blocksPerStep = 2_048;

/**
 * One state of a workspace's files, searchable by words at once and by landmarks as far as keys exist. A
 * changed workspace gets a new index, which takes over words and keys of what is as before; keys of windows that it
 * has not seen come from the store.
 */
export class WorkspaceIndex {
  readonly windows: readonly WindowCut[];
  readonly keys: LandmarkKeys;
  /** [blocks] */
  private readonly windowOfBlock: Int32Array;
  /** [windows] */
  private readonly firstBlockOfWindow: Int32Array;
  private readonly fileOfWindow: readonly TextFile[];
  private readonly store: WindowStore;
  /** Empty until it is built. */
  #lexical = LexicalIndex.of(emptyPostings);
  #blockFiles: BlockFiles | undefined;

  private constructor(
    readonly scan: WorkspaceScan,
    cuts: readonly FileCut[],
    { store, keyNumbers }: BuildOptions,
  ) {
    this.store = store;
    this.windows = cuts.flatMap(({ windows }) => windows);
    this.fileOfWindow = cuts.flatMap(({ windows }, index) => windows.map(() => scan.files[index]!));
    this.firstBlockOfWindow = new Int32Array(this.windows.length);
    let blockCount = 0;
    this.windows.forEach(({ blocks }, index) => {
      this.firstBlockOfWindow[index] = blockCount;
      blockCount += blocks.length;
    });
    this.windowOfBlock = new Int32Array(blockCount);
    this.windows.forEach(({ blocks }, index) => {
      const first = this.firstBlockOfWindow[index]!;
      this.windowOfBlock.fill(index, first, first + blocks.length);
    });
    this.keys = new LandmarkKeys(keyNumbers, blockCount);
  }

  /** Cuts the files that changed since the last time, and loads the landmark keys that are stored. */
  static async build(
    scan: WorkspaceScan,
    options: BuildOptions,
    signal: AbortSignal,
  ): Promise<WorkspaceIndex> {
    const { cuts, text, before, onProgress } = options;
    const report = (done: number): void => {
      onProgress(done, scan.files.length);
    };
    const fileCuts = await cuts.update(scan, text, report, signal);
    if (before) cuts.saveLater();
    else await cuts.save();
    const index = new WorkspaceIndex(scan, fileCuts, options);
    await takeSteps(index.takeOver(options), signal);
    const missing = [...index.windows.keys()].filter((windowIndex) => !index.hasKeys(windowIndex));
    await index.loadKeys(missing, signal);
    return index;
  }

  /** Words and keys of what is as it was, words of what is not. */
  private *takeOver({ before, counted }: BuildOptions): Steps<void> {
    const known = before ?? counted;
    if (!known) {
      this.#lexical = yield* LexicalIndex.steps(this.texts(this.windowOfBlock.keys()));
      return;
    }
    const { oldIndices, runs } = keptBlocks(known.windows, this.windows);
    const added = [...oldIndices.keys()].filter((blockIndex) => oldIndices[blockIndex]! < 0);
    this.#lexical = yield* known.lexical.edited(oldIndices, this.texts(added));
    if (!before) return;
    for (const { blockIndex, oldBlockIndex, blocks } of runs) {
      for (let at = 0; at < blocks; at += blocksPerStep) {
        yield;
        const count = Math.min(blocksPerStep, blocks - at);
        this.keys.copy(blockIndex + at, before.keys, oldBlockIndex + at, count);
      }
    }
  }

  get lexical(): LexicalIndex {
    return this.#lexical;
  }

  get blockCount(): number {
    return this.windowOfBlock.length;
  }

  get tokenCount(): number {
    return this.windows.reduce((sum, { tokenCount }) => sum + tokenCount, 0);
  }

  get blockFiles(): BlockFiles {
    return (this.#blockFiles ??= blockFilesOf(this.windows, this.blockCount));
  }

  place(blockIndex: number): BlockPlace {
    const windowIndex = this.windowOfBlock[blockIndex]!;
    const window = this.windows[windowIndex]!;
    const blockOfWindow = blockIndex - this.firstBlockOfWindow[windowIndex]!;
    const { startLine, endLine } = window.blocks[blockOfWindow]!;
    const file = this.fileOfWindow[windowIndex]!;
    return { blockIndex, windowIndex, file, window, blockOfWindow, startLine, endLine };
  }

  text(blockIndex: number): string {
    const place = this.place(blockIndex);
    return blockText(place.file, place);
  }

  blocksOfWindow(windowIndex: number): number[] {
    const first = this.firstBlockOfWindow[windowIndex]!;
    return this.windows[windowIndex]!.blocks.map((_, offset) => first + offset);
  }

  /** Windows of a file, in line order. */
  windowsOfFile(path: string): number[] {
    return this.windows.flatMap((window, windowIndex) => (window.path === path ? [windowIndex] : []));
  }

  /** Blocks of a file that hold any of these lines (1-based, inclusive), in line order. */
  blocksOfLines(path: string, startLine: number, endLine: number): BlockPlace[] {
    return this.windowsOfFile(path)
      .filter((windowIndex) => {
        const window = this.windows[windowIndex]!;
        return window.startLine <= endLine && window.endLine >= startLine;
      })
      .flatMap((windowIndex) => this.blocksOfWindow(windowIndex))
      .map((blockIndex) => this.place(blockIndex))
      .filter((place) => place.startLine <= endLine && place.endLine >= startLine);
  }

  /** The blocks of exactly these lines: one, or the pieces of a line that is longer than a block, in their order. */
  blocksOfExactly(path: string, startLine: number, endLine: number): BlockPlace[] {
    return this.blocksOfLines(path, startLine, endLine).filter(
      (place) => place.startLine === startLine && place.endLine === endLine,
    );
  }

  /** Which of the blocks of exactly its lines a block is, from 0. */
  pieceOf({ blockIndex, file, startLine, endLine }: BlockPlace): number {
    if (startLine !== endLine) return 0;
    const pieces = this.blocksOfExactly(file.path, startLine, endLine);
    return pieces.findIndex((piece) => piece.blockIndex === blockIndex);
  }

  hasKeys(windowIndex: number): boolean {
    return this.keys.has(this.firstBlockOfWindow[windowIndex]!);
  }

  /** A window with its tokens, which are made again from its lines. */
  materialize(windowIndex: number, { tokenizer, layout }: TextModel): Window {
    const cut = this.windows[windowIndex]!;
    const window = windowOfCut(this.fileOfWindow[windowIndex]!, cut, tokenizer, layout);
    assertInvariant(window !== undefined, `${cut.path} is cut as it was before`);
    return window;
  }

  /** Encodes the landmark keys of windows that have none, in the given order, and stores them. */
  async encodeKeys(
    windowIndices: readonly number[],
    encoder: Encoder,
    text: TextModel,
    { budgetMs = Infinity, beforeRun, onProgress }: EncodeOptions,
    signal: AbortSignal,
  ): Promise<EncodeReport> {
    const missing = windowIndices.filter((windowIndex) => !this.hasKeys(windowIndex));
    const report: EncodeReport = { encodedWindows: 0, encodedTokens: 0, fetchedWindows: 0, elapsedMs: 0 };
    let doneWindows = 0;
    let askedWindows = 0;
    for (const batch of this.batches(missing)) {
      if (report.encodedWindows > 0 && report.elapsedMs > budgetMs) break;
      await beforeRun?.(signal);
      await breathe(signal);
      if (doneWindows + batch.length > askedWindows) {
        const ahead = missing.slice(doneWindows, doneWindows + fetchWindowsMax);
        askedWindows = doneWindows + ahead.length;
        report.fetchedWindows += await this.fetchKeys(ahead, budgetMs, signal);
      }
      const start = performance.now();
      const rest = await this.withoutKeys(batch, signal);
      if (rest.length > 0) report.encodedTokens += await this.encodeBatch(rest, encoder, text);
      report.encodedWindows += rest.length;
      report.elapsedMs += performance.now() - start;
      doneWindows += batch.length;
      onProgress?.(doneWindows, missing.length);
    }
    return report;
  }

  /**
   * Lets the store bring what a team shares; the work of a budget waits for it no longer than a question may.
   *
   * @returns how many windows it brought
   */
  fetchKeys(ahead: readonly number[], budgetMs: number, signal: AbortSignal): Promise<number> {
    const wanted = ahead.map((windowIndex) => {
      const { id, blocks } = this.windows[windowIndex]!;
      return { windowId: id, rows: blocks.length };
    });
    return this.store.fetchKeys(wanted, budgetMs === Infinity ? 'background' : 'question', signal);
  }

  /** Windows that nobody has encoded meanwhile: another request, another process, or a window of equal content. */
  private async withoutKeys(batch: readonly number[], signal: AbortSignal): Promise<number[]> {
    await this.loadKeys(
      batch.filter((windowIndex) => !this.hasKeys(windowIndex)),
      signal,
    );
    return batch.filter((windowIndex) => !this.hasKeys(windowIndex));
  }

  /** Takes the landmark keys of these windows from the store, as far as they are there. */
  private async loadKeys(windowIndices: readonly number[], signal: AbortSignal): Promise<void> {
    const windowsOf = new Map<string, number[]>();
    for (const windowIndex of windowIndices) {
      const { id } = this.windows[windowIndex]!;
      const equal = windowsOf.get(id);
      if (equal) equal.push(windowIndex);
      else windowsOf.set(id, [windowIndex]);
    }
    const onKeys = (id: string, keys: WindowKeys): void => {
      for (const windowIndex of windowsOf.get(id)!) this.setKeys(windowIndex, keys);
    };
    await this.store.readAllKeys([...windowsOf.keys()], onKeys, signal);
  }

  /** @returns how many tokens were encoded */
  private async encodeBatch(batch: readonly number[], encoder: Encoder, text: TextModel): Promise<number> {
    const found = batch.flatMap((windowIndex) => {
      // A file that was changed after it was looked at has other windows by the next request.
      const window = ifUnchanged(() => this.materialize(windowIndex, text));
      return window ? [{ windowIndex, window }] : [];
    });
    if (found.length === 0) return 0;
    const windows = found.map(({ window }) => window);
    const keys = await encoder.encodeKeys(windows);
    const stored = await Promise.all(windows.map(({ id }, i) => this.store.writeKeys(id, keys[i]!)));
    found.forEach(({ windowIndex }, i) => {
      // The keys of today are those of the next session: scores do not depend on which it is.
      this.setKeys(windowIndex, stored[i]!);
    });
    return windows.reduce((sum, { tokens }) => sum + tokens.length, 0);
  }

  private setKeys(windowIndex: number, keys: WindowKeys): void {
    this.keys.set(this.firstBlockOfWindow[windowIndex]!, keys);
  }

  /** Neighbours in the order go together while their padded rectangle stays within a run's size. */
  private batches(windowIndices: readonly number[]): number[][] {
    const batches: number[][] = [];
    let open: number[] = [];
    let longest = 0;
    for (const windowIndex of windowIndices) {
      const { tokenCount } = this.windows[windowIndex]!;
      if (open.length > 0 && Math.max(longest, tokenCount) * (open.length + 1) > maxBatchTokens) {
        batches.push(open);
        open = [];
        longest = 0;
      }
      open.push(windowIndex);
      longest = Math.max(longest, tokenCount);
    }
    if (open.length > 0) batches.push(open);
    return batches;
  }

  private *texts(blockIndices: Iterable<number>): Generator<{ path: string; text: string }> {
    for (const blockIndex of blockIndices) {
      const place = this.place(blockIndex);
      // The next request finds the words of a file that is changed just now.
      const text = ifUnchanged(() => blockText(place.file, place)) ?? '';
      yield { path: place.file.path, text };
    }
  }
}
