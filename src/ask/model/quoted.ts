/** Finds a citation's lines in the file as it is now. */

import type { Citation } from '../../../protocol/messages';
import { limits } from './limits';
import type { CitationState } from './state';

export interface FoundLines {
  state: Exclude<CitationState, 'missing'>;
  /** From 1, both included. */
  startLine: number;
  endLine: number;
}

/** @param sha256 of a text, in hexadecimal */
export function findQuoted(
  fileText: string,
  citation: Pick<Citation, 'startLine' | 'endLine' | 'text' | 'sha256'>,
  sha256: (text: string) => string,
): FoundLines {
  const { startLine, endLine } = citation;
  const lines = fileText.split(/\r\n|\n|\r/).map(cutLine);
  const here = lines.slice(startLine - 1, endLine).join('\n');
  const quoted = citation.text.replaceAll('\r\n', '\n');
  // A quotation that was cut for its length can only be compared as far as it goes.
  const isCut = quoted.length >= limits.citationChars;
  const same = here === quoted || sha256(here) === citation.sha256 || (isCut && here.startsWith(quoted));
  if (same) return { state: 'same', startLine, endLine };
  const elsewhere = isCut ? undefined : nearestRun(lines, quoted.split('\n'), startLine);
  if (elsewhere !== undefined) {
    return { state: 'moved', startLine: elsewhere, endLine: elsewhere + (endLine - startLine) };
  }
  const last = Math.max(lines.length, 1);
  return { state: 'changed', startLine: Math.min(startLine, last), endLine: Math.min(endLine, last) };
}

/** A line as the server reads it, which never ends between the two halves of a character. */
function cutLine(line: string): string {
  if (line.length <= limits.lineChars) return line;
  const last = line.charCodeAt(limits.lineChars - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return line.slice(0, splitsPair ? limits.lineChars - 1 : limits.lineChars);
}

/** First line of the run of `lines` that equals `wanted` and lies nearest to where it was. */
function nearestRun(
  lines: readonly string[],
  wanted: readonly string[],
  startLine: number,
): number | undefined {
  if (wanted.every((line) => line.trim() === '')) return undefined;
  let nearest: number | undefined;
  for (let at = 0; at + wanted.length <= lines.length; at++) {
    if (!wanted.every((line, i) => lines[at + i] === line)) continue;
    const distance = Math.abs(at + 1 - startLine);
    if (nearest === undefined || distance < Math.abs(nearest - startLine)) nearest = at + 1;
  }
  return nearest;
}
