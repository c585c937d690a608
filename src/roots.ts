import * as vscode from 'vscode';
import type { NamedFolder } from '../protocol/messages';

/** What every request names the workspace with. */
export interface RootedParams {
  root: string;
  folders?: NamedFolder[];
}

/** The open folders that are on this machine's disk, named as the server names them; undefined without one. */
export function rootedParams(): RootedParams | undefined {
  const folders = namedFolders();
  const [first] = folders;
  if (!first) return undefined;
  return { root: first.root, ...(folders.length > 1 && { folders }) };
}

/** A path of the protocol as a uri; undefined for what lies outside of the workspace. */
export function uriOf(path: string): vscode.Uri | undefined {
  const parts = path.split('/');
  if (path.startsWith('/') || path.includes('\\') || parts.includes('..')) return undefined;
  const folders = localFolders();
  if (folders.length === 1) return vscode.Uri.joinPath(folders[0]!.uri, ...parts);
  const at = namedFolders().findIndex(({ name }) => name === parts[0]);
  return at < 0 ? undefined : vscode.Uri.joinPath(folders[at]!.uri, ...parts.slice(1));
}

/** A uri as the protocol names it; undefined for what lies in no open folder. */
export function pathOf(uri: vscode.Uri): string | undefined {
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  const folders = localFolders();
  const at = folders.findIndex(({ index }) => index === folder?.index);
  if (uri.scheme !== 'file' || at < 0) return undefined;
  const inside = uri.path.slice(folders[at]!.uri.path.replace(/\/$/, '').length + 1);
  return folders.length === 1 ? inside : `${namedFolders()[at]!.name}/${inside}`;
}

/** The open folders that are on this machine's disk. */
export function localFolders(): readonly vscode.WorkspaceFolder[] {
  return (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
}

/** Names are made unique: a workspace may hold two folders of one name. */
function namedFolders(): NamedFolder[] {
  const taken = new Set<string>();
  return localFolders().map(({ name, uri }) => {
    const plain = name.replaceAll(/[\\/]/g, '_') || 'folder';
    let unique = plain;
    for (let n = 2; taken.has(unique); n++) unique = `${plain} (${n})`;
    taken.add(unique);
    return { name: unique, root: uri.fsPath };
  });
}
