import { createHash } from 'node:crypto';
import { cutBlocks } from './blocks';
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
 * Cuts a file into windows: as many blocks as fit `windowTokens` after prefix and header.
 *
 * An empty file has no window.
 */
export function cutWindows(file: TextFile, tokenizer: Tokenizer, layout: WindowLayout): Window[] {
  const header = headerTokens(file.pathInFolder ?? file.path, tokenizer, layout);
  const room = layout.windowTokens - layout.prefixTokens.length - header.length;
  const lineTokens = file.lines.map((line) => tokenizer.encodeText(`${line}\n`));
  const windows: Window[] = [];
  let open: ReturnType<typeof cutBlocks> = [];
  let openTokenCount = 0;
  const close = (): void => {
    if (open.length > 0) windows.push(assemble(file, header, open, layout));
    open = [];
    openTokenCount = 0;
  };
  for (const block of cutBlocks(lineTokens, layout.blockTokens)) {
    if (openTokenCount + block.tokens.length > room) close();
    open.push(block);
    openTokenCount += block.tokens.length;
  }
  close();
  return windows;
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

/** SHA-256 (hex) of a block's text: what a citation carries to tell whether the file has changed since. */
export function textSha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
