import * as vscode from 'vscode';
import { uriOf } from '../roots';

/** What the user sees, and what the server reads: the file as it stands in an editor, else as it was saved. */
export async function seenText(path: string): Promise<string | undefined> {
  const uri = uriOf(path)?.toString();
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri);
  return open ? open.getText() : savedText(path);
}

async function savedText(path: string): Promise<string | undefined> {
  const uri = uriOf(path);
  if (!uri) return undefined;
  try {
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  } catch {
    return undefined;
  }
}
