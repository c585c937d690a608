import type { BlockHit, Citation } from '../../protocol/messages';
import { displayPath } from '../location';
import type { Colors } from '../terminal';
import { cut, neutralize, neutralizeLine } from './text';

/** Enough to recognise the place; the file is one click away. */
const quotedLinesMax = 8;
const quotedCharactersMax = 200;

/** What names on the terminal are relative to, and in which colours they are written. */
export interface PlaceStyle {
  root: string;
  folder: string;
  colors: Colors;
}

/** `path:start-end`, the form that terminals make clickable. */
export function place(
  { path, startLine, endLine }: Pick<BlockHit, 'path' | 'startLine' | 'endLine'>,
  style: PlaceStyle,
): string {
  const lines = startLine === endLine ? `${startLine}` : `${startLine}-${endLine}`;
  return `${neutralizeLine(displayPath(style.root, style.folder, path))}:${lines}`;
}

/** The list below an answer: each citation with the lines it stands for. */
export function citationList(citations: readonly Citation[], style: PlaceStyle): string {
  return citations
    .map((citation) => {
      const heading = `${style.colors.cyan(`[${citation.n}]`)} ${style.colors.bold(place(citation, style))}`;
      return `${heading}\n${quote(citation.text, style.colors)}`;
    })
    .join('');
}

function quote(text: string, colors: Colors): string {
  const lines = neutralize(text).replace(/\n+$/, '').split('\n');
  const shown = lines.slice(0, quotedLinesMax).map((line) => cut(line, quotedCharactersMax));
  if (lines.length > quotedLinesMax) shown.push('…');
  return shown.map((line) => `${colors.dim(`    ${line}`.trimEnd())}\n`).join('');
}

/** Where to look when the workspace does not seem to contain an answer. */
export function nearestList(nearest: readonly BlockHit[], style: PlaceStyle): string {
  if (nearest.length === 0) return '';
  const lines = nearest.map((hit) => `  ${place(hit, style)}\n`).join('');
  return `${style.colors.bold('The nearest places to look:')}\n${lines}`;
}
