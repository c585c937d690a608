import type * as vscode from 'vscode';
import type { AskState } from './model/state';
import { fromStored, toStored } from './model/stored';

const storageKey = 'landmark.threads';
/** An answer changes many times a second; it is stored when it rests, or this often. */
const saveDelayMs = 1_000;

/** Keeps the threads of a workspace with the workspace, within the limits of what is stored. */
export class ThreadStore implements vscode.Disposable {
  private pending: AskState | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly memento: Pick<vscode.Memento, 'get' | 'update'>) {}

  load(): Pick<AskState, 'threads' | 'activeThreadId'> {
    return fromStored(this.memento.get(storageKey));
  }

  save(state: AskState): void {
    this.pending = state;
    this.timer ??= setTimeout(() => {
      this.flush();
    }, saveDelayMs);
  }

  /** Writes at once what waits to be written. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.pending) return;
    void this.memento.update(storageKey, toStored(this.pending));
    this.pending = undefined;
  }

  dispose(): void {
    this.flush();
  }
}
