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
  readonly state: {
    readonly HEAD?: { readonly name?: string; readonly commit?: string };
    /** Holds untracked files too, unless a setting of the Git extension puts them in a group of their own. */
    readonly workingTreeChanges: readonly Change[];
    readonly untrackedChanges: readonly Change[];
  };
  /** Looks at the working tree again. */
  status(): Promise<void>;
  getRefs(query: { count?: number }): Promise<readonly { name?: string; commit?: string }[]>;
  /** `git diff <revision>`: of the working tree, staged or not; with `a..b`, of these two. */
  diffWith(revision: string): Promise<readonly Change[]>;
  diffWith(revision: string, path: string): Promise<string>;
}

export interface Change {
  readonly uri: vscode.Uri;
  readonly status: number;
}

/** `Status.UNTRACKED` of the Git extension. */
const untracked = 7;
/** What git calls a tree without files, which a repository without commits is compared with. */
const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** The last commit, as `diffWith` takes it. */
export function headOf({ state: { HEAD } }: Repository): string {
  return HEAD?.commit === undefined ? emptyTree : 'HEAD';
}

/** Files that git does not know yet. */
export async function untrackedFiles(repository: Repository): Promise<vscode.Uri[]> {
  await repository.status();
  const { workingTreeChanges, untrackedChanges } = repository.state;
  const changes = [...workingTreeChanges, ...untrackedChanges].filter(({ status }) => status === untracked);
  const byPath = new Map(changes.map(({ uri }) => [uri.toString(), uri]));
  return [...byPath.values()];
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
