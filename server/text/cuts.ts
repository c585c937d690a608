/**
 * Where a file is cut into windows. The places are chosen by the text around them, so that after an edit the cuts
 * are soon those of before, and most windows keep their text. The same rule stands in
 * `training/landmark_training/blocks.py`, and both are held to `test/oracle/fixtures/cuts.json`.
 *
 * 1. A window takes lines while they fit its room; what is left of a file and fits is its last window.
 * 2. Any other window ends where it is at least half full: before the least indented of the lines that follow a blank
 *    line, of equals the last; without such a line before the least indented, of equals that of the greatest hash.
 *    A window ends before a blank line, a line that opens with a closing bracket, or inside a line only where there
 *    is nothing else.
 * 3. A line longer than the room is cut into pieces of a block each; a piece counts as a line.
 */

import type { Tokenizer } from './tokenizer';

/** Changes with the rule, so that cuts kept from an older one are made again. Rule 1 filled windows to the brim. */
export const cutRule = 2;

/** A line, or a piece of a line that no window could hold. */
export interface Piece {
  /** 1-based. */
  line: number;
  /** Whether it begins its line. */
  beginsLine: boolean;
  tokens: readonly number[];
  /** How good it is to end a window before it; 0 where there is nothing else. */
  strength: number;
}

/** Deeper indentation counts as this. */
const indentMax = 4_095;
const afterBlankLine = 2 * (indentMax + 1);
const insideText = indentMax + 1;
/** Tokens of a piece that its hash is made of: enough to tell lines apart. */
const hashedTokens = 16;

/** The pieces of a file from a line on. A line is tokenized once, and only when it is asked for. */
export class Pieces {
  readonly #pieces: Piece[] = [];
  #nextLine: number;

  /**
   * @param fromLine 1-based
   * @param room most text tokens of a window
   * @param blockTokens most tokens of a piece
   */
  constructor(
    private readonly lines: readonly string[],
    fromLine: number,
    private readonly tokenizer: Tokenizer,
    private readonly room: number,
    private readonly blockTokens: number,
  ) {
    this.#nextLine = fromLine;
  }

  /** Undefined behind the last. */
  at(index: number): Piece | undefined {
    while (index >= this.#pieces.length && this.#nextLine <= this.lines.length) this.#readLine();
    return this.#pieces[index];
  }

  slice(start: number, end: number): Piece[] {
    return this.#pieces.slice(start, end);
  }

  #readLine(): void {
    const line = this.#nextLine++;
    const tokens = this.tokenizer.encodeText(`${this.lines[line - 1]!}\n`);
    const strength = strengthBefore(this.lines, line);
    if (tokens.length <= this.room) {
      this.#pieces.push({ line, beginsLine: true, tokens, strength });
      return;
    }
    const size = Math.min(this.blockTokens, this.room);
    for (let from = 0; from < tokens.length; from += size) {
      const beginsLine = from === 0;
      const part = tokens.slice(from, from + size);
      this.#pieces.push({ line, beginsLine, tokens: part, strength: beginsLine ? strength : 0 });
    }
  }
}

/**
 * The piece before which the window that begins with `start` ends.
 *
 * @param room most text tokens of a window
 */
export function windowEnd(pieces: Pieces, start: number, room: number): number {
  let end = start;
  let tokenCount = 0;
  for (let piece = pieces.at(end); piece; piece = pieces.at(++end)) {
    if (tokenCount + piece.tokens.length > room) return strongestEnd(pieces, end, tokenCount, room);
    tokenCount += piece.tokens.length;
  }
  return end;
}

/** @param tokenCount of the window that ends before `end`, which no other piece would fit */
function strongestEnd(pieces: Pieces, end: number, tokenCount: number, room: number): number {
  let best = end;
  let bestPiece = pieces.at(end)!;
  let before = tokenCount;
  for (let at = end - 1; ; at--) {
    before -= pieces.at(at)!.tokens.length;
    // Pieces are no longer than the room, so this stops behind the window's first at the latest.
    if (before === 0 || 2 * before < room) return best;
    const piece = pieces.at(at)!;
    if (isStronger(piece, bestPiece)) {
      best = at;
      bestPiece = piece;
    }
  }
}

/** Whether to end before `piece` instead of before `other`, which stands below it. */
function isStronger(piece: Piece, other: Piece): boolean {
  if (piece.strength !== other.strength) return piece.strength > other.strength;
  // Equals below a blank line are rare enough; elsewhere the last would move with every edit above.
  return piece.strength <= insideText && hashOf(piece.tokens) > hashOf(other.tokens);
}

/** @param line 1-based */
function strengthBefore(lines: readonly string[], line: number): number {
  const text = lines[line - 1]!;
  const indent = indentOf(text);
  if (indent === text.length || ')]}'.includes(text[indent]!)) return 0;
  const above = lines[line - 2];
  const isBelowBlank = above !== undefined && indentOf(above) === above.length;
  return (isBelowBlank ? afterBlankLine : insideText) - Math.min(indent, indentMax);
}

/** Spaces and tabs that a line begins with; all of a blank line. */
function indentOf(text: string): number {
  let indent = 0;
  while (text[indent] === ' ' || text[indent] === '\t') indent++;
  return indent;
}

/** FNV-1a over the first tokens, 32 bits. */
function hashOf(tokens: readonly number[]): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < tokens.length && at < hashedTokens; at++) {
    hash = Math.imul(hash ^ tokens[at]!, 0x01000193);
  }
  return hash >>> 0;
}
