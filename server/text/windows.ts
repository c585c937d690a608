import { createHash } from 'node:crypto';
import { cutBlocks } from './blocks';
import { Pieces, windowEnd, type Piece } from './cuts';
import type { Tokenizer } from './tokenizer';

/** One text file as the workspace hands it over: LF line ends are implied, not part of `lines`. */
export interface TextFile {
  /** Relative to the root, forward slashes; in a workspace of several folders it begins with the folder's name. */
  path: string;
  /**
   * The path that headers and window ids hold, where it is not `path`: relative to the file's own folder, so that
   * a folder's windows are the same whether it is opened alone or with others.
   */
  pathInFolder?: string;
  lines: readonly string[];
  /** `linesSha256` of a file that is known from an earlier session: asking for its lines reads it. */
  readonly unreadSha256?: string | undefined;
}

/** What a model package fixes about windows; part of the package's identity. */
export interface WindowLayout {
  /** Identity of everything that decides what a window's encoding is. */
  packageId: string;
  /** Token ids of the constant prefix, which carries the attention sink. */
  prefixTokens: readonly number[];
  /** The token that opens a file header. */
  fileSeparatorToken: number;
  blockTokens: number;
  windowTokens: number;
  /** Most tokens of a path in a header; its end is kept. */
  pathTokens: number;
}

export interface WindowBlock {
  /** 1-based, inclusive. */
  startLine: number;
  endLine: number;
  /** Half-open token range inside the window. */
  startToken: number;
  endToken: number;
}

/** A run of consecutive lines of one file, encoded on its own: prefix, header, blocks. */
export interface Window {
  /** SHA-256 (hex) of package, path and text: equal ids have equal encodings. */
  id: string;
  path: string;
  startLine: number;
  endLine: number;
  /** [T] prefix, header and text tokens. Landmarks are a second stream and take no place here. */
  tokens: Int32Array;
  prefixTokenCount: number;
  headerTokenCount: number;
  blocks: WindowBlock[];
}

/**
 * Cuts a file into windows, by the rule of `cuts.ts`.
 *
 * An empty file has no window.
 */
export function cutWindows(file: TextFile, tokenizer: Tokenizer, layout: WindowLayout): Window[] {
  const cutter = new WindowCutter(file, tokenizer, layout);
  const windows: Window[] = [];
  const pieces = cutter.piecesFrom(1);
  for (let start = 0; pieces.at(start);) {
    const end = windowEnd(pieces, start, cutter.room);
    windows.push(cutter.window(pieces.slice(start, end)));
    start = end;
  }
  return windows;
}

/** A window without its tokens, which are made again from the file where they are needed. */
export type WindowCut = Omit<Window, 'tokens'> & { tokenCount: number };

export function withoutTokens({ tokens, ...cut }: Window): WindowCut {
  return { ...cut, tokenCount: tokens.length };
}

/**
 * A window of the file with its tokens; only its own lines are tokenized.
 *
 * @param cut of the same text
 * @returns undefined where the file has no such window
 */
export function windowOfCut(
  file: TextFile,
  cut: WindowCut,
  tokenizer: Tokenizer,
  layout: WindowLayout,
): Window | undefined {
  const cutter = new WindowCutter(file, tokenizer, layout);
  const pieces = cutter.piecesFrom(cut.startLine);
  let end = 0;
  let left = cut.tokenCount - cut.prefixTokenCount - cut.headerTokenCount;
  for (let piece = pieces.at(end); left > 0 && piece; piece = pieces.at(++end)) left -= piece.tokens.length;
  const window = left === 0 && end > 0 ? cutter.window(pieces.slice(0, end)) : undefined;
  if (window?.id === cut.id) return window;
  // It begins inside a line that no window could hold.
  return cutWindows(file, tokenizer, layout).find(
    ({ id, startLine }) => id === cut.id && startLine === cut.startLine,
  );
}

/** What all windows of one file share. */
export class WindowCutter {
  /** Most text tokens of a window. */
  readonly room: number;
  readonly #header: readonly number[];

  constructor(
    private readonly file: TextFile,
    private readonly tokenizer: Tokenizer,
    private readonly layout: WindowLayout,
  ) {
    this.#header = headerTokens(file.pathInFolder ?? file.path, tokenizer, layout);
    this.room = layout.windowTokens - layout.prefixTokens.length - this.#header.length;
  }

  /** @param line 1-based */
  piecesFrom(line: number): Pieces {
    return new Pieces(this.file.lines, line, this.tokenizer, this.room, this.layout.blockTokens);
  }

  window(pieces: readonly Piece[]): Window {
    const cuts = cutBlocks(
      pieces.map(({ tokens }) => tokens),
      this.layout.blockTokens,
    );
    // Blocks count the lines they are given, which are pieces here.
    const lineOf = (pieceNumber: number): number => pieces[pieceNumber - 1]!.line;
    const blocks = cuts.map((cut) => ({
      ...cut,
      startLine: lineOf(cut.startLine),
      endLine: lineOf(cut.endLine),
    }));
    return assemble(this.file, this.#header, blocks, this.layout);
  }
}

/** [fileSeparator, …last tokens of the path, line feed]. */
export function headerTokens(path: string, tokenizer: Tokenizer, layout: WindowLayout): number[] {
  return [
    layout.fileSeparatorToken,
    ...tokenizer.encodeText(path).slice(-layout.pathTokens),
    ...tokenizer.encodeText('\n'),
  ];
}

function assemble(
  file: TextFile,
  header: readonly number[],
  cuts: ReturnType<typeof cutBlocks>,
  layout: WindowLayout,
): Window {
  const tokens = [...layout.prefixTokens, ...header];
  const blocks = cuts.map(({ startLine, endLine, tokens: blockTokens }): WindowBlock => {
    const startToken = tokens.length;
    tokens.push(...blockTokens);
    return { startLine, endLine, startToken, endToken: tokens.length };
  });
  return {
    id: windowId(layout.packageId, file.pathInFolder ?? file.path, tokens),
    path: file.path,
    startLine: cuts[0]!.startLine,
    endLine: cuts.at(-1)!.endLine,
    tokens: Int32Array.from(tokens),
    prefixTokenCount: layout.prefixTokens.length,
    headerTokenCount: header.length,
    blocks,
  };
}

/** Tokens stand for the text: a package's tokenizer is lossless, and its identity is hashed too. */
function windowId(packageId: string, path: string, tokens: readonly number[]): string {
  return createHash('sha256')
    .update(`${packageId}\0${path}\0`)
    .update(Buffer.from(Int32Array.from(tokens).buffer))
    .digest('hex');
}

/** The text of a block, as lines of its file; a line that was split into several blocks is given whole. */
export function blockText(file: TextFile, block: { startLine: number; endLine: number }): string {
  return file.lines.slice(block.startLine - 1, block.endLine).join('\n');
}

/** SHA-256 (hex) of a file's lines: what tells whether it has to be cut again. */
export function linesSha256(lines: readonly string[]): string {
  return textSha256(lines.map((line) => `${line}\n`).join(''));
}

/** SHA-256 (hex) of a block's text: what a citation carries to tell whether the file has changed since. */
export function textSha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
