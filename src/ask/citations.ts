import { createHash } from 'node:crypto';
import * as vscode from 'vscode';
import type { BlockHit, Citation } from '../../protocol/messages';
import { uriOf } from '../roots';
import type { Surface } from './messages';
import { findQuoted } from './model/quoted';
import type { CitationState } from './model/state';
import { fill } from './model/text';
import type { HostStrings } from './strings';

/** Whether a citation's lines still stand in their file. */
export async function checkCitation(citation: Citation): Promise<CitationState> {
  const document = await documentOf(citation.path);
  return document ? findQuoted(document.getText(), citation, sha256).state : 'missing';
}

/** Opens a citation with its lines selected, where they stand now. */
export async function openCitation(
  citation: Citation,
  surface: Surface,
  strings: HostStrings,
): Promise<CitationState> {
  const document = await documentOf(citation.path);
  if (!document) {
    void vscode.window.showWarningMessage(fill(strings.fileGone, citation.path));
    return 'missing';
  }
  const found = findQuoted(document.getText(), citation, sha256);
  await showLines(document, found, surface);
  return found.state;
}

export async function openHit(
  hit: Pick<BlockHit, 'path' | 'startLine' | 'endLine'>,
  surface: Surface,
  strings: HostStrings,
): Promise<void> {
  const document = await documentOf(hit.path);
  if (document) await showLines(document, hit, surface);
  else void vscode.window.showWarningMessage(fill(strings.fileGone, hit.path));
}

/** Undefined for what lies outside of the workspace, is gone, or is no text. */
async function documentOf(path: string): Promise<vscode.TextDocument | undefined> {
  const uri = uriOf(path);
  if (!uri) return undefined;
  try {
    return await vscode.workspace.openTextDocument(uri);
  } catch {
    return undefined;
  }
}

async function showLines(
  document: vscode.TextDocument,
  { startLine, endLine }: { startLine: number; endLine: number },
  surface: Surface,
): Promise<void> {
  const last = document.lineAt(Math.min(endLine, document.lineCount) - 1);
  const first = Math.min(startLine, document.lineCount) - 1;
  await vscode.window.showTextDocument(document, {
    selection: new vscode.Range(first, 0, last.lineNumber, last.text.length),
    // An answer that stands in an editor stays in sight.
    viewColumn: surface === 'editor' ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active,
  });
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
