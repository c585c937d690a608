import * as vscode from 'vscode';
import { commands } from '../ids';
import type { Facts } from './facts';
import { statusText, tooltipCommands } from './statusText';
import type { WorkspaceFacts } from './workspaceFacts';

/** Right of the editor's own items about the file, among those of the language. */
const priority = 90;

export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem(
    'status',
    vscode.StatusBarAlignment.Right,
    priority,
  );
  private readonly listener: vscode.Disposable;

  constructor(facts: Facts) {
    this.item.name = 'Landmark';
    this.item.command = commands.showIndex;
    this.listener = facts.onDidChange((current) => {
      this.show(current);
    });
    this.show(facts.current);
    this.item.show();
  }

  dispose(): void {
    this.listener.dispose();
    this.item.dispose();
  }

  private show(facts: WorkspaceFacts): void {
    const { text, label, tooltip, severity } = statusText(facts, vscode.l10n.t, vscode.env.language);
    this.item.text = text;
    this.item.accessibilityInformation = { label, role: 'button' };
    const markdown = new vscode.MarkdownString(tooltip, true);
    markdown.isTrusted = { enabledCommands: tooltipCommands };
    this.item.tooltip = markdown;
    this.item.backgroundColor =
      severity === 'none' ? undefined : new vscode.ThemeColor(`statusBarItem.${severity}Background`);
  }
}
