import * as vscode from 'vscode';
import { pathOf } from '../roots';
import { rankPaths } from './model/rankPaths';

/** Files that are looked at for one completion; a name that fits more is not specific yet. */
const candidatesMax = 500;
const queryCharsMax = 100;

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
    '**/{node_modules,.git}/**',
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
