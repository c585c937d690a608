import * as vscode from 'vscode';
import type { Place } from '../../protocol/messages';
import { uriOf } from '../roots';
import { pageAddress, pageScheme } from './pageAddress';
import { placeName, type Page, type PageHeading } from './page';

export { pageScheme };
const selector: vscode.DocumentSelector = { scheme: pageScheme };
/** Enough for the pages of a session's tabs; the oldest is forgotten first. */
const pagesMax = 100;
/** A document is read anew on every change, so changes are gathered for a moment. */
const redrawMs = 120;

/** Read-only Markdown documents that are written while the model speaks; with links and an outline of their own. */
export class PageDocuments
  implements
    vscode.TextDocumentContentProvider,
    vscode.DocumentLinkProvider,
    vscode.DocumentSymbolProvider,
    vscode.Disposable
{
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly pages = new Map<string, Page>();
  private readonly redraws = new Map<string, NodeJS.Timeout>();
  private readonly registrations: vscode.Disposable[];

  readonly onDidChange = this.changed.event;

  constructor() {
    this.registrations = [
      vscode.workspace.registerTextDocumentContentProvider(pageScheme, this),
      vscode.languages.registerDocumentLinkProvider(selector, this),
      vscode.languages.registerDocumentSymbolProvider(selector, this),
      vscode.workspace.onWillSaveTextDocument((event) => {
        const edit = this.savedAs(event.document);
        if (edit) event.waitUntil(Promise.resolve([edit]));
      }),
    ];
  }

  /**
   * Opens a page under this name beside the code, without taking the focus from it.
   *
   * @param subject tells pages of one name apart
   */
  async open(
    name: string,
    page: Page,
    {
      column = vscode.ViewColumn.Beside,
      subject = '',
    }: { column?: vscode.ViewColumn; subject?: string } = {},
  ): Promise<vscode.Uri> {
    const uri = vscode.Uri.from(pageAddress(name, subject));
    this.write(uri, page);
    const document = await vscode.workspace.openTextDocument(uri);
    if (document.languageId !== 'markdown') {
      await vscode.languages.setTextDocumentLanguage(document, 'markdown').then(undefined, () => undefined);
    }
    await vscode.window.showTextDocument(document, {
      viewColumn: column,
      preview: true,
      preserveFocus: true,
    });
    return uri;
  }

  write(uri: vscode.Uri, page: Page): void {
    const key = uri.toString();
    this.pages.delete(key);
    this.pages.set(key, page);
    const [oldest] = this.pages.keys();
    if (this.pages.size > pagesMax && oldest !== undefined) this.pages.delete(oldest);
    if (this.redraws.has(key)) return;
    const redraw = setTimeout(() => {
      this.redraws.delete(key);
      this.changed.fire(uri);
    }, redrawMs);
    this.redraws.set(key, redraw);
  }

  /** A page that is saved as a file is written there as it is shown; the file gets its addresses too. */
  private savedAs(document: vscode.TextDocument): vscode.TextEdit | undefined {
    if (document.uri.scheme === pageScheme || this.pages.size === 0) return undefined;
    const text = document.getText();
    const page = [...this.pages.values()].find((candidate) => candidate.text === text);
    if (!page) return undefined;
    const end = document.positionAt(text.length);
    return vscode.TextEdit.replace(new vscode.Range(new vscode.Position(0, 0), end), page.saved);
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return (
      this.pages.get(uri.toString())?.text ??
      `${vscode.l10n.t('This page is no longer kept. Ask for it again.')}\n`
    );
  }

  provideDocumentLinks(document: vscode.TextDocument): vscode.DocumentLink[] {
    const links = this.pages.get(document.uri.toString())?.links ?? [];
    return links.flatMap(({ line, startColumn, endColumn, place }) => {
      const target = lineUri(place);
      if (!target || line >= document.lineCount) return [];
      const link = new vscode.DocumentLink(new vscode.Range(line, startColumn, line, endColumn), target);
      link.tooltip = placeName(place);
      return [link];
    });
  }

  provideDocumentSymbols(document: vscode.TextDocument): vscode.DocumentSymbol[] {
    const headings = this.pages.get(document.uri.toString())?.headings ?? [];
    return symbolsOf(headings, document.lineCount);
  }

  dispose(): void {
    for (const redraw of this.redraws.values()) clearTimeout(redraw);
    this.changed.dispose();
    vscode.Disposable.from(...this.registrations).dispose();
  }
}

/** A place as an address that opens with its lines selected; undefined outside of the workspace. */
export function lineUri({ path, startLine, endLine }: Place): vscode.Uri | undefined {
  return uriOf(path)?.with({ fragment: `L${startLine}-L${endLine}` });
}

/** Each heading holds what follows it, down to the next one of its level. */
function symbolsOf(headings: readonly PageHeading[], lineCount: number): vscode.DocumentSymbol[] {
  const roots: vscode.DocumentSymbol[] = [];
  const open: { level: number; symbol: vscode.DocumentSymbol }[] = [];
  for (const [at, { title, line, level }] of headings.entries()) {
    const next = headings.slice(at + 1).find((other) => other.level <= level);
    const lastLine = Math.max(line, Math.min(next?.line ?? lineCount, lineCount) - 1);
    const symbol = new vscode.DocumentSymbol(
      title === '' ? '-' : title,
      '',
      vscode.SymbolKind.String,
      new vscode.Range(line, 0, lastLine, 0),
      new vscode.Range(line, 0, line, 0),
    );
    while (open.length > 0 && open.at(-1)!.level >= level) open.pop();
    (open.at(-1)?.symbol.children ?? roots).push(symbol);
    open.push({ level, symbol });
  }
  return roots;
}
