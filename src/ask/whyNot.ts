import * as vscode from 'vscode';
import { method, type WhyNotParams, type WhyNotResult } from '../../protocol/messages';
import type { Connection } from '../connection';
import { rootedParams } from '../roots';
import type { AskController } from './controller';
import { findPaths } from './findFiles';
import { findTurn } from './model/state';
import { splitPath } from './model/text';
import type { HostStrings } from './strings';

const offeredMax = 50;

/** Lets a file be chosen, and tells below the answer how near it came to being read. */
export async function whyNot(
  turnId: string,
  controller: AskController,
  connection: Connection,
  strings: HostStrings,
): Promise<void> {
  const turn = findTurn(controller.state, turnId)?.turn;
  const rooted = rootedParams();
  if (!turn || !rooted) return;
  const path = await choosePath(controller.state.environment.openEditors, strings);
  if (path === undefined) return;
  const params: WhyNotParams = {
    ...rooted,
    question: turn.question,
    path,
    ...(turn.scope.paths && { scope: { paths: turn.scope.paths } }),
  };
  const result = await connection.request<WhyNotResult>(method.whyNot, params);
  controller.act({ type: 'whyNotAnswered', turnId, answer: { path, result } });
}

function choosePath(openEditors: readonly string[], strings: HostStrings): Promise<string | undefined> {
  const picker = vscode.window.createQuickPick<vscode.QuickPickItem & { path: string }>();
  picker.title = strings.chooseFile;
  picker.placeholder = strings.chooseFilePlaceholder;
  picker.matchOnDescription = true;
  let searching = new vscode.CancellationTokenSource();
  const search = async (): Promise<void> => {
    searching.cancel();
    searching.dispose();
    searching = new vscode.CancellationTokenSource();
    const { token } = searching;
    picker.busy = true;
    const paths = await findPaths(picker.value, offeredMax, openEditors, token);
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
