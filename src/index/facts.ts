import * as vscode from 'vscode';
import { method, type StatusResult } from '../../protocol/messages';
import type { Connection } from '../connection';
import { contextKeys } from '../ids';
import { rootedParams } from '../roots';
import type { IndexState } from './state';
import type { ModelState, WorkspaceFacts, WorkspaceKind } from './workspaceFacts';

/** What the surfaces tell of the workspace, in one place; it is asked of the server only when somebody looks. */
export class Facts implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<WorkspaceFacts>();
  private readonly registrations: vscode.Disposable[];
  private readonly contexts = new Map<string, string>();
  private refreshing: Promise<void> | undefined;
  private fetch: 'getting' | 'paused' | undefined;
  private facts: WorkspaceFacts;

  readonly onDidChange = this.changed.event;

  constructor(
    private readonly connection: Connection,
    index: IndexState,
  ) {
    this.facts = {
      workspace: workspaceKind(),
      isTrusted: vscode.workspace.isTrusted,
      connection: connection.state,
      index,
      status: null,
      model: 'unknown',
    };
    this.registrations = [
      connection.onDidChangeState((state) => {
        this.set({ connection: state });
      }),
      vscode.workspace.onDidChangeWorkspaceFolders(() => {
        this.set({ workspace: workspaceKind() });
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        this.set({ isTrusted: true });
      }),
    ];
    this.tellContexts();
  }

  get current(): WorkspaceFacts {
    return this.facts;
  }

  setIndex(index: IndexState): void {
    this.set({ index });
  }

  /** The state of a fetch of the model; undefined where none is begun. */
  setFetch(fetch: 'getting' | 'paused' | undefined): void {
    this.fetch = fetch;
    this.set({ model: modelState(this.facts.status, fetch) });
  }

  /** Asks the server, which starts it. Who asks while it is asked gets the same answer. */
  refresh(): Promise<void> {
    this.refreshing ??= this.askStatus().finally(() => {
      this.refreshing = undefined;
    });
    return this.refreshing;
  }

  dispose(): void {
    vscode.Disposable.from(...this.registrations).dispose();
    this.changed.dispose();
  }

  private async askStatus(): Promise<void> {
    // The state of a workspace is counted in its files, which are left alone until the user has agreed to an index.
    const { index, isTrusted } = this.facts;
    const mayRead = isTrusted && index.phase !== 'notAgreed';
    const params = mayRead ? (rootedParams() ?? {}) : {};
    const status = await this.connection.request<StatusResult>(method.status, params);
    this.set({ status, model: modelState(status, this.fetch) });
  }

  private set(change: Partial<WorkspaceFacts>): void {
    this.facts = { ...this.facts, ...change };
    this.tellContexts();
    this.changed.fire(this.facts);
  }

  private tellContexts(): void {
    const { workspace, model, index } = this.facts;
    const told = [
      [contextKeys.workspace, workspace],
      [contextKeys.model, model],
      [contextKeys.index, index.phase],
    ] as const;
    for (const [key, value] of told) {
      if (this.contexts.get(key) === value) continue;
      this.contexts.set(key, value);
      void vscode.commands.executeCommand('setContext', key, value);
    }
  }
}

function modelState(status: StatusResult | null, fetch: 'getting' | 'paused' | undefined): ModelState {
  if (fetch !== undefined) return fetch;
  switch (status?.model.state) {
    case undefined:
      return 'unknown';
    case 'ready':
    case 'notLoaded':
      return 'ready';
    case 'missing':
      return 'missing';
    case 'failed':
      return 'failed';
  }
}

function workspaceKind(): WorkspaceKind {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length === 0) return 'none';
  return rootedParams() === undefined ? 'virtual' : 'local';
}
