import * as vscode from 'vscode';
import { pathOf } from '../roots';
import { rankPaths } from './model/rankPaths';

/** Files that are looked at for one completion; a name that fits more is not specific yet. */
const candidatesMax = 500;
/** A folder is known by its files, of which it may hold many. */
const folderCandidatesMax = 5_000;
const queryCharsMax = 100;
const excluded = '**/{node_modules,.git}/**';

/** Paths of the workspace in which the query stands, best first; without a query, those that are open. */
export async function findPaths(
  query: string,
  pathsMax: number,
  openEditors: readonly string[],
  token?: vscode.CancellationToken,
): Promise<string[]> {
  const wanted = query.slice(0, queryCharsMax).replaceAll('\\', '/');
  const name = wanted.split('/').at(-1)!;
  const uris = await vscode.workspace.findFiles(
    name === '' ? '**/*' : `**/*${anyCase(name)}*`,
    excluded,
    candidatesMax,
    token,
  );
  const paths = uris.flatMap((uri) => pathOf(uri) ?? []);
  return rankPaths([...new Set([...openEditors, ...paths])], wanted, openEditors).slice(0, pathsMax);
}

/** A glob pattern that matches the text itself, whatever its case. */
function anyCase(text: string): string {
  return Array.from(text)
    .map((character) => {
      const [lower, upper] = [character.toLowerCase(), character.toUpperCase()];
      if (lower !== upper && lower.length === 1 && upper.length === 1) return `[${lower}${upper}]`;
      return /[\w.-]/.test(character) ? character : '?';
    })
    .join('');
}

/** Folders of the workspace in whose path the query stands, best first; without one, those at the top. */
export async function findFolders(
  query: string,
  foldersMax: number,
  token?: vscode.CancellationToken,
): Promise<string[]> {
  const wanted = query.slice(0, queryCharsMax).replaceAll('\\', '/').replace(/\/$/, '');
  if (wanted === '') return (await topFolders()).slice(0, foldersMax);
  const name = wanted.split('/').at(-1)!;
  const pattern = `**/*${anyCase(name)}*/**`;
  const uris = await vscode.workspace.findFiles(pattern, excluded, folderCandidatesMax, token);
  const folders = new Set(uris.flatMap((uri) => ancestors(pathOf(uri) ?? '')));
  return rankPaths([...folders], wanted, []).slice(0, foldersMax);
}

/** Every folder that a file lies in. */
function ancestors(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
}

async function topFolders(): Promise<string[]> {
  const roots = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => pathOf(uri) !== undefined);
  const found = await Promise.all(
    roots.map(async ({ uri }) => {
      const entries = await vscode.workspace.fs.readDirectory(uri);
      const folders = entries.filter(
        ([name, type]) => type === vscode.FileType.Directory && !isExcluded(name),
      );
      const inside = folders.flatMap(([name]) => pathOf(vscode.Uri.joinPath(uri, name)) ?? []);
      const root = pathOf(uri)!.replace(/\/$/, '');
      return root === '' ? inside : [root, ...inside];
    }),
  );
  return found.flat();
}

function isExcluded(name: string): boolean {
  return name === 'node_modules' || name === '.git';
}
