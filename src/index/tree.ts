import * as vscode from 'vscode';
import { views } from '../ids';
import { rootedParams, uriOf } from '../roots';
import type { Facts } from './facts';
import { indexRows, type TreeRow } from './treeModel';

/** Progress comes many times a second; a tree that is drawn as often cannot be clicked. */
const redrawMs = 500;

/** The view "Index". While somebody looks at it, it is kept true. */
export class IndexTree implements vscode.TreeDataProvider<TreeRow>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  private readonly view: vscode.TreeView<TreeRow>;
  private readonly registrations: vscode.Disposable[];
  private timer: NodeJS.Timeout | undefined;

  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly facts: Facts) {
    this.view = vscode.window.createTreeView(views.index, { treeDataProvider: this, showCollapseAll: true });
    this.registrations = [
      this.view,
      this.view.onDidChangeVisibility(({ visible }) => {
        if (visible) this.look();
      }),
      facts.onDidChange(() => {
        this.redraw();
      }),
    ];
    if (this.view.visible) this.look();
  }

  getChildren(row?: TreeRow): TreeRow[] {
    if (row) return row.children ?? [];
    return indexRows(this.facts.current, roots(), vscode.l10n.t, vscode.env.language);
  }

  getTreeItem(row: TreeRow): vscode.TreeItem {
    const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(row.label, row.children ? (row.isOpen ? Expanded : Collapsed) : None);
    item.id = row.id;
    item.iconPath = new vscode.ThemeIcon(
      row.icon,
      row.color === undefined ? undefined : new vscode.ThemeColor(row.color),
    );
    if (row.description !== undefined) item.description = row.description;
    if (row.tooltip !== undefined) item.tooltip = row.tooltip;
    if (row.context !== undefined) item.contextValue = row.context;
    if (row.command !== undefined) item.command = { command: row.command, title: row.label };
    const uri = row.path === undefined ? undefined : uriOf(row.path);
    if (uri) {
      item.resourceUri = uri;
      item.iconPath = vscode.ThemeIcon.File;
      item.command = { command: 'vscode.open', title: row.label, arguments: [uri] };
    }
    return item;
  }

  dispose(): void {
    clearTimeout(this.timer);
    vscode.Disposable.from(...this.registrations).dispose();
    this.changed.dispose();
  }

  private look(): void {
    // Without a folder there is nothing that a server could tell.
    if (this.facts.current.workspace !== 'local') return;
    this.facts.refresh().catch(() => undefined);
  }

  private redraw(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      if (this.view.visible) this.changed.fire(undefined);
    }, redrawMs);
  }
}

function roots(): { name: string; root: string }[] {
  const params = rootedParams();
  if (!params) return [];
  return params.folders ?? [{ name: vscode.workspace.name ?? params.root, root: params.root }];
}
