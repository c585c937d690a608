import { basename, relative } from 'node:path';
import * as vscode from 'vscode';
import { method, type ChangedFile } from '../../protocol/messages';
import { localFolders, pathOf } from '../roots';
import {
  boundedDiff,
  changedFilesMax,
  leftOutNotes,
  newFileBytesMax,
  newFileDiff,
  type LeftOut,
} from './diffText';
import { chooseRepository, headOf, untrackedFiles, type Repository } from './git';
import type { SummaryRequest } from './summarizer';

/** Branches and tags that are offered; any other revision can be typed. */
const refsMax = 100;

interface Comparison {
  title: string;
  /** As `diffWith` takes it. */
  revision: string;
  /** Files that git does not know are part of it. */
  withUntracked: boolean;
}

/** Two revisions that the user picks, as a request for a summary of what changed between them. */
export async function changesRequest(): Promise<SummaryRequest | undefined> {
  const repository = await chooseRepository();
  const comparison = repository && (await chooseComparison(repository));
  if (!comparison) return undefined;
  const { files, notes } = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Landmark compares the revisions') },
    () => changedFiles(repository, comparison),
  );
  if (files.length === 0) {
    throw new Error([vscode.l10n.t('There are no changes between them.'), ...notes].join(' '));
  }
  const { title } = comparison;
  const named = vscode.l10n.t('Summary of the changes {0}', title);
  return { title: named, method: method.summarizeChanges, params: { title, files }, notes };
}

async function chooseComparison(repository: Repository): Promise<Comparison | undefined> {
  const branch = repository.state.HEAD?.name ?? 'HEAD';
  const working = {
    label: vscode.l10n.t('Working tree'),
    description: vscode.l10n.t('what is not committed yet'),
    isWorking: true,
  };
  const revisions = { label: vscode.l10n.t('Two revisions…'), description: '', isWorking: false };
  const chosen = await vscode.window.showQuickPick([working, revisions], {
    title: vscode.l10n.t('Changes to summarize'),
  });
  if (!chosen) return undefined;
  if (chosen.isWorking) {
    return {
      title: vscode.l10n.t('since {0}', branch),
      revision: headOf(repository),
      withUntracked: true,
    };
  }
  const from = await chooseRevision(repository, vscode.l10n.t('From which revision?'));
  const to =
    from === undefined ? undefined : await chooseRevision(repository, vscode.l10n.t('To which revision?'));
  if (from === undefined || to === undefined) return undefined;
  return {
    title: vscode.l10n.t('from {0} to {1}', from, to),
    // Two dots: what differs between the two, wherever their histories parted.
    revision: `${from}..${to}`,
    withUntracked: false,
  };
}

/** A list with room for what is not in it: what is typed counts where nothing is picked. */
async function chooseRevision(repository: Repository, title: string): Promise<string | undefined> {
  const refs = await repository.getRefs({ count: refsMax });
  const names = ['HEAD', 'HEAD~1', ...refs.flatMap(({ name }) => name ?? [])];
  const pick = vscode.window.createQuickPick();
  pick.title = title;
  pick.placeholder = vscode.l10n.t('A branch, a tag or a commit');
  const show = (): void => {
    const isTyped = pick.value !== '' && !names.includes(pick.value);
    pick.items = [...(isTyped ? [pick.value] : []), ...new Set(names)].map((label) => ({ label }));
  };
  show();
  return new Promise((resolve) => {
    pick.onDidChangeValue(show);
    pick.onDidAccept(() => {
      const name = pick.selectedItems[0]?.label;
      // A revision is never an option of git's command line.
      resolve(name?.startsWith('-') ? undefined : name);
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}

interface Changes {
  files: ChangedFile[];
  notes: string[];
}

async function changedFiles(
  repository: Repository,
  { revision, withUntracked }: Comparison,
): Promise<Changes> {
  const tracked = (await repository.diffWith(revision)).map(({ uri }) => ({
    uri,
    read: () => repository.diffWith(revision, uri.fsPath),
  }));
  const fresh = withUntracked
    ? (await untrackedFiles(repository)).map((uri) => ({ uri, read: () => newFile(uri) }))
    : [];
  const changes = [...tracked, ...fresh];
  const files: ChangedFile[] = [];
  const leftOut: LeftOut = { files: Math.max(0, changes.length - changedFilesMax), cut: [], withoutText: [] };
  // One after the other: each is a git process.
  for (const { uri, read } of changes.slice(0, changedFilesMax)) {
    const path = pathOf(uri) ?? pathBeside(uri);
    const { text: diff, isCut } = boundedDiff(await read());
    if (diff === '') leftOut.withoutText.push(path);
    else files.push({ path, diff });
    if (isCut) leftOut.cut.push(path);
  }
  return { files, notes: leftOutNotes(leftOut, vscode.l10n.t) };
}

/** A file that the repository has outside of the open folders; it is no path of the workspace. */
function pathBeside(uri: vscode.Uri): string {
  const inside = relative(localFolders()[0]?.uri.fsPath ?? '', uri.fsPath).replaceAll('\\', '/');
  return inside.startsWith('../') ? inside : `../${basename(uri.fsPath)}`;
}

async function newFile(uri: vscode.Uri): Promise<string> {
  try {
    const { size } = await vscode.workspace.fs.stat(uri);
    if (size > newFileBytesMax) return '';
    return newFileDiff(new TextDecoder().decode(await vscode.workspace.fs.readFile(uri)));
  } catch {
    // Gone since it was listed, or not to be read.
    return '';
  }
}
