import type * as vscode from 'vscode';
import { pathOf } from '../roots';
import { findFolders } from './findFiles';
import type { ScopeChoice } from './model/state';
import { pickPath } from './pickPath';
import type { HostStrings } from './strings';

const offeredMax = 50;

/** Lets any folder of the workspace be chosen as what the next question is about. */
export async function chooseFolder(strings: HostStrings): Promise<ScopeChoice | undefined> {
  const path = await pickPath({
    title: strings.chooseFolder,
    placeholder: strings.chooseFolderPlaceholder,
    find: (query, token) => findFolders(query, offeredMax, token),
  });
  return path === undefined ? undefined : { kind: 'folder', path: `${path}/` };
}

/** A folder as a scope; the only root is the workspace itself, and what lies in no root cannot be asked about. */
export function folderScope(uri: vscode.Uri): ScopeChoice | undefined {
  const path = pathOf(uri)?.replace(/\/$/, '');
  if (path === undefined) return undefined;
  return path === '' ? { kind: 'workspace' } : { kind: 'folder', path: `${path}/` };
}
