import * as vscode from 'vscode';
import type { Connection } from '../connection';
import { withFailuresShown } from '../failures';
import { commands, views } from '../ids';
import { byteSize } from '../view/format';
import { Consent } from './consent';
import { IndexController, isAutomatic } from './controller';
import { excludeFolder } from './excludeFolder';
import { Facts } from './facts';
import { initialState } from './state';
import { StatusBar } from './statusBar';
import { IndexTree } from './tree';
import { FileChanges } from './watcher';

export type { Facts } from './facts';

/** Settings that change which files belong to the workspace. */
const excludeSettings = [
  'landmark.index.exclude',
  'landmark.index.include',
  'landmark.index.useEditorExcludes',
  'files.exclude',
  'search.exclude',
];

/** The index and what tells of it: status bar, view, commands. */
export function registerIndex(context: vscode.ExtensionContext, connection: Connection): Facts {
  const consent = new Consent(context.workspaceState);
  const facts = new Facts(connection, initialState(consent.agreed, consent.paused || !isAutomatic()));
  const controller = new IndexController(connection, facts, consent);
  const changes = new FileChanges(consent, () => {
    controller.filesChanged();
  });
  const watch = (): void => {
    changes.update(isAutomatic());
  };
  watch();
  context.subscriptions.push(
    facts,
    controller,
    changes,
    new StatusBar(facts),
    new IndexTree(facts),
    facts.onDidChange(watch),
    vscode.workspace.onDidChangeWorkspaceFolders(() => {
      changes.changed();
    }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (excludeSettings.some((name) => event.affectsConfiguration(name))) changes.changed();
    }),
    ...registerCommands(controller, facts),
  );
  return facts;
}

function registerCommands(controller: IndexController, facts: Facts): vscode.Disposable[] {
  const handlers: Record<string, (argument?: unknown) => Promise<unknown>> = {
    [commands.buildIndex]: () => controller.build(),
    [commands.pauseIndex]: () => controller.pause(),
    [commands.resumeIndex]: () => controller.resume(),
    [commands.rebuildIndex]: () => controller.rebuild(),
    [commands.clearIndex]: () => clear(controller),
    [commands.refreshIndex]: () => facts.refresh(),
    [commands.showIndex]: async () => {
      await vscode.commands.executeCommand(`${views.index}.focus`);
    },
    [commands.excludeFolder]: (uri) => excludeFolder(uri),
  };
  return Object.entries(handlers).map(([id, handler]) =>
    vscode.commands.registerCommand(id, (argument?: unknown) => withFailuresShown(() => handler(argument))),
  );
}

async function clear(controller: IndexController): Promise<void> {
  const yes = vscode.l10n.t('Clear the Index');
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t('Clear the index of this workspace?'),
    { modal: true, detail: vscode.l10n.t('What was read is forgotten and the space on the disk is freed.') },
    yes,
  );
  if (chosen !== yes) return;
  const { bytesFreed } = await controller.clear();
  void vscode.window.showInformationMessage(
    vscode.l10n.t('The index is cleared; {0} are free again.', byteSize(bytesFreed, vscode.env.language)),
  );
}
