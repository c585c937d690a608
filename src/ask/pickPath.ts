import * as vscode from 'vscode';
import { splitPath } from './model/text';

export interface PickPathOptions {
  title: string;
  placeholder: string;
  find: (query: string, token: vscode.CancellationToken) => Promise<string[]>;
}

/** Lets a path be chosen that is searched for while its name is typed. */
export function pickPath({ title, placeholder, find }: PickPathOptions): Promise<string | undefined> {
  const picker = vscode.window.createQuickPick<vscode.QuickPickItem & { path: string }>();
  picker.title = title;
  picker.placeholder = placeholder;
  picker.matchOnDescription = true;
  let searching = new vscode.CancellationTokenSource();
  const search = async (): Promise<void> => {
    searching.cancel();
    searching.dispose();
    searching = new vscode.CancellationTokenSource();
    const { token } = searching;
    picker.busy = true;
    const paths = await find(picker.value, token);
    if (token.isCancellationRequested) return;
    picker.busy = false;
    picker.items = paths.map((path) => {
      const { name, folder } = splitPath(path);
      // The search found it, by its folder too; the picker must not filter it out again.
      return { label: name, description: folder, path, alwaysShow: true };
    });
  };
  return new Promise((resolve) => {
    picker.onDidChangeValue(search);
    picker.onDidAccept(() => {
      // Results that arrive at the same moment take the selection away.
      resolve((picker.selectedItems[0] ?? picker.activeItems[0])?.path);
      picker.hide();
    });
    picker.onDidHide(() => {
      searching.cancel();
      picker.dispose();
      resolve(undefined);
    });
    void search();
    picker.show();
  });
}
