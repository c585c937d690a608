import * as vscode from 'vscode';
import { commands } from '../ids';
import { uriOf } from '../roots';

/** A link that opens lines of the workspace, for texts whose links are commands. */
export function placeCommand(path: string, startLine: number, endLine: number): string {
  const argument = encodeURIComponent(JSON.stringify([path, startLine, endLine]));
  return `command:${commands.openPlace}?${argument}`;
}

/** Opens lines of a file of the workspace, and nothing else, whoever runs the command. */
export async function openPlace(path: unknown, startLine: unknown, endLine: unknown): Promise<void> {
  if (typeof path !== 'string' || !isLine(startLine) || !isLine(endLine)) return;
  const uri = uriOf(path);
  if (!uri) throw new Error(vscode.l10n.t('{0} lies outside of this workspace.', path));
  const document = await vscode.workspace.openTextDocument(uri);
  const last = document.lineAt(Math.min(endLine, document.lineCount) - 1);
  const first = Math.min(startLine, document.lineCount) - 1;
  await vscode.window.showTextDocument(document, {
    selection: new vscode.Range(first, 0, last.lineNumber, last.text.length),
  });
}

function isLine(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0;
}
