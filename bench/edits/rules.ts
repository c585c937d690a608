/** The rules for cutting windows that were compared; the last is the product's. */

import type { Pieces } from '../../server/text/cuts';
import { windowEnd, type Piece } from '../../server/text/cuts';

/** The piece before which the window that begins with `start` ends; `room`: most text tokens of a window. */
type Rule = (pieces: Pieces, start: number, room: number) => number;

export interface NamedRule {
  name: string;
  end: Rule;
}

/** What `cuts.ts` gives a line without indentation below a blank line, and any line inside text at most. */
const strongest = 8_192;
const insideTextMost = 4_096;

export const rules: readonly NamedRule[] = [
  { name: 'filled to the brim (rule 1)', end: (pieces, start, room) => fit(pieces, start, room).end },
  {
    name: 'last third: unindented below a blank line, any below a blank line, any; the last',
    end: best(2 / 3, byKind),
  },
  { name: 'last third: the greatest hash', end: best(2 / 3, hashOf) },
  {
    name: 'last third: by indentation below a blank line, then the greatest hash',
    end: best(2 / 3, byStrengthAndHash),
  },
  {
    name: 'last half: by indentation below a blank line, then the greatest hash',
    end: best(1 / 2, byStrengthAndHash),
  },
  { name: 'last third: by indentation below a blank line, the last', end: best(2 / 3, byStrength) },
  {
    name: 'last half: by indentation below a blank line, the last; elsewhere by hash (kept)',
    end: windowEnd,
  },
];

function fit(pieces: Pieces, start: number, room: number): { end: number; tokens: number } {
  let end = start;
  let tokens = 0;
  for (let piece = pieces.at(end); piece && tokens + piece.tokens.length <= room; piece = pieces.at(++end)) {
    tokens += piece.tokens.length;
  }
  return { end, tokens };
}

/** Of the ends at which the window has at least this share of the room: the highest value, of equals the last. */
function best(share: number, valueOf: (piece: Piece) => number): Rule {
  return (pieces, start, room) => {
    const { end, tokens } = fit(pieces, start, room);
    if (!pieces.at(end)) return end;
    let chosen = end;
    let before = tokens;
    for (let at = end - 1; at > start; at--) {
      before -= pieces.at(at)!.tokens.length;
      if (before < share * room) break;
      if (valueOf(pieces.at(at)!) > valueOf(pieces.at(chosen)!)) chosen = at;
    }
    return chosen;
  };
}

function byStrength({ strength }: Piece): number {
  return strength;
}

function byKind({ strength }: Piece): number {
  if (strength === strongest) return 3;
  return strength > insideTextMost ? 2 : Math.sign(strength);
}

/** Hashes are below 2^32, strengths small: both fit a double exactly. */
function byStrengthAndHash(piece: Piece): number {
  return piece.strength * 2 ** 32 + hashOf(piece);
}

/** FNV-1a, 32 bits. */
function hashOf({ tokens }: Piece): number {
  let hash = 0x811c9dc5;
  for (const token of tokens.slice(0, 16)) hash = Math.imul(hash ^ token, 0x01000193);
  return hash >>> 0;
}
