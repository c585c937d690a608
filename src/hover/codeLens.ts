import * as vscode from 'vscode';
import { commands } from '../ids';
import { pathOf } from '../roots';
import { settings } from '../settings';

/** More lenses than that in one file hide the code. */
const lensesMax = 200;
const explained = new Set([
  vscode.SymbolKind.Class,
  vscode.SymbolKind.Constructor,
  vscode.SymbolKind.Enum,
  vscode.SymbolKind.Function,
  vscode.SymbolKind.Interface,
  vscode.SymbolKind.Method,
  vscode.SymbolKind.Struct,
]);

/** A link above each definition; off until it is asked for. */
export class ExplainLenses implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly listener = vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration('landmark.codeLens')) this.changed.fire();
  });

  readonly onDidChangeCodeLenses = this.changed.event;

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    if (!settings().get<boolean>('codeLens.enabled', false) || pathOf(document.uri) === undefined) return [];
    const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[] | undefined>(
      'vscode.executeDocumentSymbolProvider',
      document.uri,
    );
    return definitionsOf(symbols ?? [])
      .slice(0, lensesMax)
      .map(({ selectionRange: { start } }) => {
        const lens = new vscode.CodeLens(new vscode.Range(start, start));
        lens.command = {
          title: vscode.l10n.t('$(book) Explain'),
          command: commands.explain,
          arguments: [document.uri.toString(), start.line + 1, start.character + 1],
        };
        return lens;
      });
  }

  dispose(): void {
    this.listener.dispose();
    this.changed.dispose();
  }
}

function definitionsOf(symbols: readonly vscode.DocumentSymbol[]): vscode.DocumentSymbol[] {
  return symbols.flatMap((symbol) => [
    // Providers of the older kind answer with places that have no selection range.
    ...(explained.has(symbol.kind) && (symbol.selectionRange as vscode.Range | undefined) ? [symbol] : []),
    ...definitionsOf((symbol.children as vscode.DocumentSymbol[] | undefined) ?? []),
  ]);
}
