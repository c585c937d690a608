/** Where the cursor stands: rows below the start, and a column that equals the width before a wrap. */
export interface Cursor {
  row: number;
  column: number;
}

const tabWidth = 8;

/** Follows what a terminal of `columns` does with text that holds no control characters but \n and \t. */
export function advance(from: Cursor, text: string, columns: number): Cursor {
  let { row, column } = from;
  for (const character of text) {
    if (character === '\n') {
      row += 1;
      column = 0;
    } else if (character === '\t') {
      column = Math.min(columns - 1, column - (column % tabWidth) + tabWidth);
    } else {
      const width = characterWidth(character);
      if (column + width > columns) {
        row += 1;
        column = 0;
      }
      column += width;
    }
  }
  return { row, column };
}

/** Moves back from `to` to `from` and clears what stands between; empty where the start has scrolled away. */
export function eraseBack(from: Cursor, to: Cursor, columns: number, rows: number): string | undefined {
  if (from.row === to.row && from.column === to.column) return '';
  // Text that starts in a full row stands at the beginning of the next one.
  const start = from.column >= columns ? { row: from.row + 1, column: 0 } : from;
  const up = to.row - start.row;
  if (up >= rows) return undefined;
  const vertical = up > 0 ? `\x1b[${up}A` : '';
  const horizontal = start.column > 0 ? `\x1b[${start.column}C` : '';
  return `${vertical}\r${horizontal}\x1b[J`;
}

/** Two columns for East Asian wide characters and emoji, none for marks that combine. */
function characterWidth(character: string): number {
  if (/\p{Mn}|\p{Me}|\p{Cf}/u.test(character)) return 0;
  const isWide =
    /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;
  return isWide.test(character) ? 2 : 1;
}
