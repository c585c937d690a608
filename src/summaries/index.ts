import * as vscode from 'vscode';
import { method, type OutlineEntry } from '../../protocol/messages';
import type { Connection } from '../connection';
import { pageScheme, type PageDocuments } from '../documents/pageDocuments';
import { withFailuresShown } from '../failures';
import { commands } from '../ids';
import { pathOf } from '../roots';
import { changesRequest } from './changes';
import { outlineOf, type SymbolRange } from './outline';
import { Summarizer, type SummaryRequest } from './summarizer';

/** A language server that is still starting may take long; sections can be made without it. */
const symbolsMs = 5_000;

/** Summaries of files, selections, folders and changes. */
export function registerSummaries(
  context: vscode.ExtensionContext,
  connection: Connection,
  pages: PageDocuments,
): void {
  const summarizer = new Summarizer(connection, pages);
  const requests: Record<string, (uri: unknown) => Promise<SummaryRequest | undefined>> = {
    [commands.summarizeFile]: fileRequest,
    [commands.summarizeSelection]: () => Promise.resolve(selectionRequest()),
    [commands.summarizeFolder]: folderRequest,
    [commands.summarizeChanges]: changesRequest,
  };
  for (const [id, requestOf] of Object.entries(requests)) {
    context.subscriptions.push(
      vscode.commands.registerCommand(id, (uri: unknown) =>
        withFailuresShown(async () => {
          const request = await requestOf(uri);
          if (request) await summarizer.run(request);
        }),
      ),
    );
  }
}

/** @param given by a menu; else the file of the active editor */
async function fileRequest(given: unknown): Promise<SummaryRequest> {
  const uri = given instanceof vscode.Uri ? given : activeFile();
  const path = requirePath(uri);
  const document = await vscode.workspace.openTextDocument(uri);
  const outline = await outlineOfDocument(document);
  return {
    title: vscode.l10n.t('Summary of {0}', path),
    method: method.summarize,
    params: { path, ...(outline.length > 0 && { outline }) },
  };
}

function selectionRequest(): SummaryRequest {
  const editor = vscode.window.activeTextEditor;
  if (!editor || editor.selection.isEmpty) throw new Error(vscode.l10n.t('Select some lines first.'));
  const path = requirePath(editor.document.uri);
  const { start, end } = editor.selection;
  const startLine = start.line + 1;
  // A selection that ends before the first character of a line does not include it.
  const endLine = Math.max(startLine, end.character === 0 ? end.line : end.line + 1);
  return {
    title: vscode.l10n.t('Summary of {0}, lines {1} to {2}', path, startLine, endLine),
    method: method.summarize,
    params: { path, startLine, endLine },
  };
}

async function folderRequest(given: unknown): Promise<SummaryRequest | undefined> {
  const uri = given instanceof vscode.Uri ? given : await chooseFolder();
  if (!uri) return undefined;
  const path = requirePath(uri);
  const name = path === '' ? (vscode.workspace.getWorkspaceFolder(uri)?.name ?? '') : path;
  return {
    title: vscode.l10n.t('Summary of {0}', name),
    method: method.summarize,
    params: { path: path === '' ? '' : `${path.replace(/\/$/, '')}/` },
  };
}

async function chooseFolder(): Promise<vscode.Uri | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const [first] = folders;
  if (!first)
    throw new Error(vscode.l10n.t('Open a folder of this machine first; Landmark answers from its files.'));
  const chosen = await vscode.window.showOpenDialog({
    canSelectFolders: true,
    canSelectFiles: false,
    defaultUri: first.uri,
    title: vscode.l10n.t('Folder to summarize'),
    openLabel: vscode.l10n.t('Summarize'),
  });
  return chosen?.[0];
}

function activeFile(): vscode.Uri {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const ofTab = input instanceof vscode.TabInputText ? input.uri : undefined;
  const uri = ofTab ?? vscode.window.activeTextEditor?.document.uri;
  if (uri && uri.scheme !== pageScheme) return uri;
  throw new Error(vscode.l10n.t('Open a file first.'));
}

function requirePath(uri: vscode.Uri): string {
  const path = pathOf(uri);
  if (path !== undefined) return path;
  throw new Error(vscode.l10n.t('Landmark summarizes what is in an open folder of this machine.'));
}

async function outlineOfDocument(document: vscode.TextDocument): Promise<OutlineEntry[]> {
  const symbols = await Promise.race([
    Promise.resolve(
      vscode.commands.executeCommand<SymbolRange[] | undefined>(
        'vscode.executeDocumentSymbolProvider',
        document.uri,
      ),
    ).catch(() => undefined),
    new Promise<undefined>((resolve) => {
      setTimeout(resolve, symbolsMs, undefined);
    }),
  ]);
  // Providers of the older kind answer with places instead of ranges; sections are then made of blocks.
  const usable = (symbols ?? []).filter(({ range }) => (range as unknown) !== undefined);
  return outlineOf(usable);
}
