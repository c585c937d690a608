import * as vscode from 'vscode';
import { pathOf } from '../roots';

/** More tabs than anyone finds again. */
const openEditorsMax = 500;

/** Files of the workspace that stand in tabs, as the protocol names them: what is seen first, then what is behind. */
export function openEditors(): string[] {
  const { activeTextEditor, visibleTextEditors, tabGroups } = vscode.window;
  const seen = [...(activeTextEditor ? [activeTextEditor] : []), ...visibleTextEditors].map(
    ({ document }) => document.uri,
  );
  // A tab may never have been shown since the window was opened: then there is no document of it yet.
  const behind = tabGroups.all.flatMap(({ tabs }) =>
    tabs.flatMap(({ input }) => (input instanceof vscode.TabInputText ? [input.uri] : [])),
  );
  const paths = [...seen, ...behind].map(pathOf).filter((path) => path !== undefined && path !== '');
  return [...new Set(paths)].slice(0, openEditorsMax) as string[];
}
