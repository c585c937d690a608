import { describe, expect, it } from 'vitest';
import { createColors } from 'picocolors';
import { AnswerPrinter } from '../../cli/render/answer';
import { advance } from '../../cli/render/liveText';

const columns = 12;
const rows = 6;

/** A terminal that knows what the printer uses: wrapping, line feeds, moves, clearing downwards, colours. */
function screen(written: string): string[] {
  const grid: string[][] = [[]];
  let row = 0;
  let column = 0;
  for (const [piece, amount = '', letter] of written.matchAll(/\p{Cc}\[(\d*)([A-Za-z])|[^]/gu)) {
    if (letter === 'A') row -= Number(amount);
    else if (letter === 'C') column += Number(amount);
    else if (letter === 'J') {
      grid[row]?.splice(column);
      grid.splice(row + 1);
    } else if (piece === '\r') column = 0;
    else if (piece === '\n') {
      row += 1;
      column = 0;
    } else if (letter === undefined) {
      if (column >= columns) {
        row += 1;
        column = 0;
      }
      while (grid.length <= row) grid.push([]);
      const line = grid[row]!;
      while (line.length < column) line.push(' ');
      line[column] = piece;
      column += 1;
    }
  }
  return grid.map((line) => line.join(''));
}

function livePrinter(hasColor: boolean): AnswerPrinter {
  return new AnswerPrinter({
    colors: createColors(hasColor),
    live: true,
    columns: () => columns,
    rows: () => rows,
  });
}

describe('a live answer', () => {
  it.each([
    { tokens: ['One.'], text: 'One.', citations: [1], lines: ['One. [1]'] },
    {
      tokens: ['One', ' two', ' three.'],
      text: 'One two three.',
      citations: [],
      lines: ['One two thre', 'e. [?]'],
    },
    { tokens: ['Exactly ', 'full'], text: 'Exactly full', citations: [1], lines: ['Exactly full', ' [1]'] },
    { tokens: ['\n', '\nOne'], text: 'One', citations: [1, 2], lines: ['', '', 'One [1][2]'] },
  ])('draws $text with its marks', ({ tokens, text, citations, lines }) => {
    const printer = livePrinter(true);
    const written = tokens.map((token) => printer.token(token)).join('');
    expect(screen(written + printer.sentence({ text, citations }))).toEqual(lines);
  });

  it.each([true, false])('draws sentence after sentence in place (colours: %s)', (hasColor) => {
    const printer = livePrinter(hasColor);
    const written = [
      printer.token('First one.'),
      printer.sentence({ text: 'First one.', citations: [1] }),
      printer.token(' The second'),
      printer.token(' is long. Third'),
      printer.sentence({ text: 'The second is long.', citations: [2] }),
      printer.token(' one.'),
      printer.sentence({ text: 'Third one.', citations: [] }),
    ].join('');
    const expected = 'First one. [1] The second is long. [2] Third one. [?]';
    expect(screen(written)).toEqual(expected.match(new RegExp(`.{1,${columns}}`, 'g')));
  });

  it('starts a sentence behind a full row', () => {
    const printer = livePrinter(true);
    const written = [
      printer.token('12345678'),
      printer.sentence({ text: '12345678', citations: [1] }),
      printer.token('Next'),
      printer.token(' one'),
      printer.sentence({ text: 'Next one', citations: [2] }),
    ].join('');
    expect(screen(written)).toEqual(['12345678 [1]', 'Next one [2]']);
  });

  it('shows an unsupported sentence dimmed, a supported one not', () => {
    const printer = livePrinter(true);
    const dimmed = createColors(true).dim;
    expect(printer.token('So.')).toBe(dimmed('So.'));
    expect(printer.sentence({ text: 'So.', citations: [1] })).not.toContain(dimmed('So.'));
    printer.token(' No.');
    expect(printer.sentence({ text: 'No.', citations: [] })).toContain(dimmed('No.'));
  });

  it('adds only the marks where the start of a sentence has scrolled away', () => {
    const printer = livePrinter(false);
    const text = 'x'.repeat(columns * rows + 1);
    const written = printer.token(text);
    expect(written + printer.sentence({ text, citations: [1] })).toBe(`${text} [1]`);
  });
});

describe('advance', () => {
  it.each([
    { text: 'abc', to: { row: 0, column: 3 } },
    { text: 'a\nb', to: { row: 1, column: 1 } },
    { text: 'a\tb', to: { row: 0, column: 9 } },
    { text: 'x'.repeat(12), to: { row: 0, column: 12 } },
    { text: 'x'.repeat(13), to: { row: 1, column: 1 } },
    { text: '漢字', to: { row: 0, column: 4 } },
    { text: `${'x'.repeat(11)}漢`, to: { row: 1, column: 2 } },
    { text: 'e\u0301', to: { row: 0, column: 1 } },
  ])('follows $text', ({ text, to }) => {
    expect(advance({ row: 0, column: 0 }, text, columns)).toEqual(to);
  });
});
