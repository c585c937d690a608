import * as vscode from 'vscode';

/** What is used of the API of VS Code's own git extension, version 1. */
interface GitExtension {
  readonly enabled: boolean;
  getAPI(version: 1): GitApi;
}

interface GitApi {
  readonly repositories: readonly Repository[];
}

export interface Repository {
  readonly rootUri: vscode.Uri;
  readonly state: { readonly HEAD?: { readonly name?: string } };
  getRefs(query: { count?: number }): Promise<readonly { name?: string; commit?: string }[]>;
  diffWithHEAD(): Promise<readonly Change[]>;
  diffWithHEAD(path: string): Promise<string>;
  diffBetween(from: string, to: string): Promise<readonly Change[]>;
  diffBetween(from: string, to: string, path: string): Promise<string>;
}

export interface Change {
  readonly uri: vscode.Uri;
}

/** The repository that is meant: the only one, or the one the user picks. */
export async function chooseRepository(): Promise<Repository | undefined> {
  const extension = vscode.extensions.getExtension<GitExtension>('vscode.git');
  const git = await extension?.activate();
  if (git?.enabled !== true) {
    throw new Error(
      vscode.l10n.t('Summarizing changes needs the Git extension of VS Code, which is not enabled.'),
    );
  }
  const { repositories } = git.getAPI(1);
  if (repositories.length === 0)
    throw new Error(vscode.l10n.t('There is no Git repository in this workspace.'));
  if (repositories.length === 1) return repositories[0];
  const items = repositories.map((repository) => ({ label: repository.rootUri.fsPath, repository }));
  const chosen = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Repository') });
  return chosen?.repository;
}
