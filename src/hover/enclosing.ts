import type * as vscode from 'vscode';
import type { Place } from '../../protocol/messages';
import { askProvider } from './providers';

/** The lines of the innermost symbol around a position; the whole file where no symbol is known. */
export async function enclosingPlace(
  document: vscode.TextDocument,
  path: string,
  position: vscode.Position,
  token: vscode.CancellationToken,
): Promise<Place> {
  const command = 'vscode.executeDocumentSymbolProvider';
  const symbols = await askProvider<vscode.DocumentSymbol>(command, token, document.uri);
  const range = innermost(symbols, position);
  return {
    path,
    startLine: (range?.start.line ?? 0) + 1,
    endLine: (range?.end.line ?? document.lineCount - 1) + 1,
  };
}

/** A symbol of a single line, such as a variable, is told by what surrounds it. */
function innermost(
  symbols: readonly vscode.DocumentSymbol[],
  position: vscode.Position,
): vscode.Range | undefined {
  for (const { range, children } of symbols) {
    // Providers of the older kind answer with places that have no range of their own.
    if (!(range as vscode.Range | undefined)?.contains(position)) continue;
    return innermost(children, position) ?? (range.isSingleLine ? undefined : range);
  }
  return undefined;
}
