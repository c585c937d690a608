/** A file's symbols as the outline that its summary is cut by; the server joins short ones and splits long ones. Pure. */

import type { OutlineEntry } from '../../protocol/messages';

/** What of `vscode.DocumentSymbol` counts here; lines from 0. */
export interface SymbolRange {
  name: string;
  kind: number;
  range: { start: { line: number }; end: { line: number } };
  children?: readonly SymbolRange[];
}

/** Numbers of `vscode.SymbolKind`: what stands inside of these is no section of its own. */
const functionKinds: readonly number[] = [5, 8, 11];
/** Symbols nest no deeper than a class in a class. */
const depthMax = 4;
/** More than the server makes sections of. */
const entriesMax = 10_000;

export function outlineOf(symbols: readonly SymbolRange[]): OutlineEntry[] {
  return flat(symbols, '', 0).slice(0, entriesMax);
}

function flat(symbols: readonly SymbolRange[], outer: string, depth: number): OutlineEntry[] {
  return symbols.flatMap(({ name, kind, range, children = [] }): OutlineEntry[] => {
    const title = outer === '' ? name : `${outer}.${name}`;
    const entry = { title, startLine: range.start.line + 1, endLine: range.end.line + 1 };
    // A single line, such as a constant, is told with what surrounds it.
    const own = entry.endLine > entry.startLine ? [entry] : [];
    const isLeaf = functionKinds.includes(kind) || depth >= depthMax;
    return [...own, ...(isLeaf ? [] : flat(children, title, depth + 1))];
  });
}
