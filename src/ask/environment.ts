import * as vscode from 'vscode';
import type { Facts } from '../index/facts';
import { pathOf } from '../roots';
import { limits } from './model/limits';
import type { Environment } from './model/state';
import { splitPath } from './model/text';

/** Tells what the panel needs to know of its window, and when that changes. */
export class EnvironmentWatcher implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Environment>();
  private readonly registrations: vscode.Disposable[];
  private lastFile: vscode.Uri | undefined;
  private told = '';
  private timer: NodeJS.Timeout | undefined;

  readonly onDidChange = this.changed.event;

  constructor(private readonly facts: Facts) {
    const check = (): void => {
      // Tabs change several times while one file is opened.
      this.timer ??= setTimeout(() => {
        this.timer = undefined;
        this.tell();
      }, 50);
    };
    this.registrations = [
      facts.onDidChange(check),
      vscode.window.onDidChangeActiveTextEditor(check),
      vscode.window.tabGroups.onDidChangeTabs(check),
      vscode.workspace.onDidChangeWorkspaceFolders(check),
      vscode.workspace.onDidGrantWorkspaceTrust(check),
    ];
    this.told = JSON.stringify(this.current);
  }

  get current(): Environment {
    const { workspace, isTrusted, model, status } = this.facts.current;
    const openEditors = openPaths();
    const currentFile = this.currentFile(openEditors);
    return {
      folder: workspace,
      isTrusted,
      model: model === 'paused' ? 'missing' : model,
      modelProblem: status?.model.problem ?? '',
      index: this.index(),
      folders: folderPaths(currentFile),
      currentFile,
      openEditors,
    };
  }

  dispose(): void {
    clearTimeout(this.timer);
    vscode.Disposable.from(...this.registrations).dispose();
    this.changed.dispose();
  }

  private tell(): void {
    const { current } = this;
    const text = JSON.stringify(current);
    if (text === this.told) return;
    this.told = text;
    this.changed.fire(current);
  }

  /** The page itself may be the active editor; the file before it is still the one that is meant. */
  private currentFile(openEditors: readonly string[]): string | null {
    const active = vscode.window.activeTextEditor?.document.uri;
    if (active && pathOf(active) !== undefined) this.lastFile = active;
    const path = this.lastFile && pathOf(this.lastFile);
    return path !== undefined && openEditors.includes(path) ? path : null;
  }

  private index(): Environment['index'] {
    const { status, index } = this.facts.current;
    const counts = status?.workspace;
    // While it is being built, the index view tells how far it is.
    if (!counts || counts.blocks === 0 || index.phase === 'building') return 'unknown';
    if (counts.landmarkBlocks === 0) return 'none';
    return counts.landmarkBlocks < counts.blocks ? 'partial' : 'complete';
  }
}

function openPaths(): string[] {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  const paths = tabs.flatMap(({ input }) => {
    const path = input instanceof vscode.TabInputText ? pathOf(input.uri) : undefined;
    return path === undefined ? [] : [path];
  });
  return [...new Set(paths)].slice(0, limits.scopePaths);
}

function folderPaths(currentFile: string | null): string[] {
  const roots = (vscode.workspace.workspaceFolders ?? []).flatMap(({ uri }) => pathOf(uri) ?? []);
  if (roots.length > 1) return roots.map((path) => `${path.replace(/\/$/, '')}/`);
  const { folder } = splitPath(currentFile ?? '');
  return folder === '' ? [] : [`${folder}/`];
}
