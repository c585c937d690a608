import * as vscode from 'vscode';
import type { Consent } from './consent';

/** A change is often one of many: a build begins when it has been quiet for so long, … */
const quietMs = 3_000;
/** … or after so long, where it never is. */
const latestMs = 30_000;
/** Written by git itself as it works; no file of the workspace. */
const ignored = /[\\/]\.git[\\/]/;

/** Tells that files of the workspace changed; it watches nothing before the user has agreed to an index. */
export class FileChanges implements vscode.Disposable {
  private watcher: vscode.Disposable | undefined;
  private timer: NodeJS.Timeout | undefined;
  private firstAtMs = 0;

  constructor(
    private readonly consent: Consent,
    private readonly onChanged: () => void,
  ) {}

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
  }

  changed(): void {
    const now = Date.now();
    if (this.timer === undefined) this.firstAtMs = now;
    clearTimeout(this.timer);
    const ms = Math.max(0, Math.min(quietMs, this.firstAtMs + latestMs - now));
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.onChanged();
    }, ms);
  }

  dispose(): void {
    this.stop();
  }

  private stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.watcher?.dispose();
    this.watcher = undefined;
  }
}
