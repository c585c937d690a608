import * as vscode from 'vscode';
import type { Connection } from '../connection';
import { openPlace, placeCommand } from '../documents/openPlace';
import type { PageDocuments } from '../documents/pageDocuments';
import { withFailuresShown } from '../failures';
import { commands } from '../ids';
import { pathOf } from '../roots';
import { settings } from '../settings';
import { ExplanationCache } from './cache';
import { ExplainLenses } from './codeLens';
import { Explainer } from './explainer';
import { hoverMarkdown } from './explanation';

const files: vscode.DocumentSelector = { scheme: 'file' };
/** One letter is seldom worth an explanation. */
const wordCharsMin = 2;

/** Hover, code lens, code action and the commands behind them. */
export function registerHover(
  context: vscode.ExtensionContext,
  connection: Connection,
  pages: PageDocuments,
): void {
  const explainer = new Explainer(connection, pages, new ExplanationCache(context.globalState));
  context.subscriptions.push(
    vscode.languages.registerHoverProvider(files, {
      provideHover: (document, position) => hoverOf(explainer, document, position),
    }),
    vscode.languages.registerCodeLensProvider(files, new ExplainLenses()),
    vscode.languages.registerCodeActionsProvider(
      files,
      { provideCodeActions: selectionActions },
      {
        providedCodeActionKinds: [explainKind],
      },
    ),
    vscode.commands.registerCommand(commands.openPlace, (...place: unknown[]) =>
      withFailuresShown(() => openPlace(place[0], place[1], place[2])),
    ),
    vscode.commands.registerCommand(commands.explain, (...place: unknown[]) =>
      withFailuresShown(() => explainSymbol(explainer, place)),
    ),
    vscode.commands.registerCommand(commands.explainSelection, () =>
      withFailuresShown(() => explainSelection(explainer)),
    ),
  );
}

/** Reads memory and the lines that an explanation rests on, and nothing else: no hover waits for the model. */
async function hoverOf(
  explainer: Explainer,
  document: vscode.TextDocument,
  position: vscode.Position,
): Promise<vscode.Hover | undefined> {
  if (!isOnFor(document.languageId) || pathOf(document.uri) === undefined) return undefined;
  const range = document.getWordRangeAtPosition(position);
  if (!range || document.getText(range).length < wordCharsMin) return undefined;
  const explained = await explainer.cached(document, range);
  const text = new vscode.MarkdownString('', true);
  text.isTrusted = { enabledCommands: [commands.explain, commands.openPlace] };
  if (explained) {
    const placeLink = ({ path, startLine, endLine }: { path: string; startLine: number; endLine: number }) =>
      placeCommand(path, startLine, endLine);
    text.appendMarkdown(`${hoverMarkdown(explained, placeLink, vscode.l10n.t)}\n\n`);
  }
  const place = encodeURIComponent(
    JSON.stringify([document.uri.toString(), range.start.line + 1, range.start.character + 1]),
  );
  const title = explained ? vscode.l10n.t('Explain again') : vscode.l10n.t('Explain with Landmark');
  text.appendMarkdown(`$(book) [${title}](command:${commands.explain}?${place})`);
  return new vscode.Hover(text, range);
}

/** `*` speaks for the languages that are not named. */
function isOnFor(languageId: string): boolean {
  // What a user writes may be of any kind.
  const languages = settings().get<Record<string, boolean> | null>('hover.languages') ?? {};
  return languages[languageId] ?? languages['*'] ?? true;
}

/** @param place uri, line and column where a link says them; else the cursor's */
async function explainSymbol(explainer: Explainer, place: readonly unknown[]): Promise<void> {
  const [uri, line, column] = place;
  if (typeof uri === 'string' && typeof line === 'number' && typeof column === 'number') {
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(uri, true));
    const position = document.validatePosition(new vscode.Position(line - 1, column - 1));
    return explainer.explainSymbol(document, position);
  }
  const editor = requireEditor();
  return explainer.explainSymbol(editor.document, editor.selection.active);
}

function explainSelection(explainer: Explainer): Promise<void> {
  const { document, selection } = requireEditor();
  return explainer.explainSelection(document, selection);
}

function requireEditor(): vscode.TextEditor {
  const editor = vscode.window.activeTextEditor;
  if (editor) return editor;
  throw new Error(vscode.l10n.t('Open a file first.'));
}

const explainKind = vscode.CodeActionKind.Empty.append('landmark.explain');

function selectionActions(document: vscode.TextDocument, range: vscode.Range): vscode.CodeAction[] {
  if (range.isEmpty || !settings().get<boolean>('codeActions.enabled', true)) return [];
  if (pathOf(document.uri) === undefined) return [];
  const title = vscode.l10n.t('Explain selection with Landmark');
  const action = new vscode.CodeAction(title, explainKind);
  action.command = { command: commands.explainSelection, title };
  return [action];
}
