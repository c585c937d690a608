import * as vscode from 'vscode';
import { folderPattern } from '../excludes';
import { pathOf } from '../roots';
import { configurationSection, settings } from '../settings';

/** Leaves a folder out of the index, in the settings of the workspace. */
export async function excludeFolder(given: unknown): Promise<void> {
  const uri = given instanceof vscode.Uri ? given : await chooseFolder();
  if (!uri) return;
  const path = pathOf(uri);
  if (path === undefined || path === '') {
    throw new Error(vscode.l10n.t('Choose a folder inside of this workspace.'));
  }
  const pattern = folderPattern(insideOfFolder(path));
  const configuration = settings();
  const before = configuration.get<string[]>('index.exclude', []);
  if (!before.includes(pattern)) {
    await configuration.update('index.exclude', [...before, pattern], vscode.ConfigurationTarget.Workspace);
  }
  const change = vscode.l10n.t('Open Settings');
  const chosen = await vscode.window.showInformationMessage(
    vscode.l10n.t('{0} is left out of the index from now on.', path),
    change,
  );
  if (chosen === change) {
    await vscode.commands.executeCommand(
      'workbench.action.openWorkspaceSettings',
      `${configurationSection}.index.exclude`,
    );
  }
}

async function chooseFolder(): Promise<vscode.Uri | undefined> {
  const [first] = vscode.workspace.workspaceFolders ?? [];
  const chosen = await vscode.window.showOpenDialog({
    canSelectFolders: true,
    canSelectFiles: false,
    title: vscode.l10n.t('Exclude a folder from the index'),
    openLabel: vscode.l10n.t('Exclude'),
    ...(first && { defaultUri: first.uri }),
  });
  return chosen?.[0];
}

/** Patterns count from each folder of a workspace of several, whose name a path begins with. */
function insideOfFolder(path: string): string {
  const isOneOfSeveral = (vscode.workspace.workspaceFolders ?? []).length > 1;
  return isOneOfSeveral ? path.slice(path.indexOf('/') + 1) : path;
}
