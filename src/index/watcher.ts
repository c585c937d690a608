import * as vscode from 'vscode';
import { localFolders } from '../roots';
import { Coalescer } from './coalesce';
import type { Consent } from './consent';
import { isWatchLimitReached } from './watchLimit';

/** A change is often one of many: a build begins when it has been quiet for so long, or at the latest after the rest. */
const quietPeriod = { quietMs: 3_000, latestMs: 30_000 };
/** The editor has begun to watch all folders by then. */
const limitCheckMs = 15_000;
/** Written by git itself as it works; no file of the workspace. */
const ignored = /[\\/]\.git[\\/]/;

/**
 * Tells that files of the workspace changed; it watches nothing before the user has agreed to an index. The editor
 * watches, by its own library and its own `files.watcherExclude`. Where the system has no watches left, the files are
 * listed anew when the window gets the focus and when a file is saved.
 */
export class FileChanges implements vscode.Disposable {
  private watcher: vscode.Disposable | undefined;
  private limitCheck: NodeJS.Timeout | undefined;
  private readonly coalescer: Coalescer;
  private hasWarned = false;

  constructor(
    private readonly consent: Consent,
    onChanged: () => void,
  ) {
    this.coalescer = new Coalescer(quietPeriod, onChanged);
  }

  /** Begins or ends watching, by what the user has said since. */
  update(isWanted: boolean): void {
    if (!isWanted || !this.consent.agreed) {
      this.stop();
      return;
    }
    if (this.watcher) return;
    const watcher = vscode.workspace.createFileSystemWatcher('**/*');
    const changed = (uri: vscode.Uri): void => {
      if (uri.scheme === 'file' && !ignored.test(uri.fsPath)) this.changed();
    };
    this.watcher = vscode.Disposable.from(
      watcher,
      watcher.onDidChange(changed),
      watcher.onDidCreate(changed),
      watcher.onDidDelete(changed),
    );
    this.limitCheck = setTimeout(() => {
      this.checkLimit();
    }, limitCheckMs);
  }

  changed(): void {
    this.coalescer.changed();
  }

  dispose(): void {
    this.stop();
  }

  private checkLimit(): void {
    const watcher = this.watcher;
    if (!watcher || !localFolders().some(({ uri }) => isWatchLimitReached(uri.fsPath))) return;
    this.watcher = vscode.Disposable.from(
      watcher,
      vscode.workspace.onDidSaveTextDocument(({ uri }) => {
        if (uri.scheme === 'file') this.changed();
      }),
      vscode.window.onDidChangeWindowState(({ focused }) => {
        if (focused) this.changed();
      }),
    );
    if (this.hasWarned) return;
    this.hasWarned = true;
    void vscode.window.showWarningMessage(
      vscode.l10n.t(
        'The system can watch no more files, so Landmark looks for changes when this window gets the focus and when you save. Raise fs.inotify.max_user_watches, or leave large folders out by files.watcherExclude, and reload the window.',
      ),
    );
  }

  private stop(): void {
    this.coalescer.stop();
    clearTimeout(this.limitCheck);
    this.watcher?.dispose();
    this.watcher = undefined;
  }
}
