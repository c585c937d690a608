import * as vscode from 'vscode';
import { uriOf } from './roots';

/** Blocks from which on a file is shown as warm and as hot. */
const warmBlocksMin = 2;
const hotBlocksMin = 5;
/** The badge has room for two characters. */
const shownBlocksMax = 99;

/** Marks in the explorer the files that the current answer read, warmer the more of their blocks were read. */
export class ReadFiles implements vscode.FileDecorationProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri[]>();
  private blockCounts = new Map<string, number>();

  readonly onDidChangeFileDecorations = this.changed.event;
  // Last: the editor looks for the event when the provider is registered.
  private readonly registrations = [
    vscode.window.registerFileDecorationProvider(this),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('landmark.explorer.showReadFiles')) this.tell(this.blockCounts.keys());
    }),
  ];

  /** @param paths of the protocol, one for each block that was read; empty: there is no answer */
  set(paths: readonly string[]): void {
    const before = this.blockCounts;
    this.blockCounts = new Map();
    for (const path of paths) {
      const key = uriOf(path)?.toString();
      if (key !== undefined) this.blockCounts.set(key, (this.blockCounts.get(key) ?? 0) + 1);
    }
    this.tell(new Set([...before.keys(), ...this.blockCounts.keys()]));
  }

  provideFileDecoration(uri: vscode.Uri): vscode.FileDecoration | undefined {
    if (this.blockCounts.size === 0) return undefined;
    const count = this.blockCounts.get(uri.toString());
    if (count === undefined || !isShown()) return undefined;
    const heat = count >= hotBlocksMin ? 'hot' : count >= warmBlocksMin ? 'warm' : 'cool';
    const tooltip =
      count === 1
        ? vscode.l10n.t('The answer read 1 block of it')
        : vscode.l10n.t('The answer read {0} blocks of it', count);
    const color = new vscode.ThemeColor(`landmark.read.${heat}Foreground`);
    const decoration = new vscode.FileDecoration(`${Math.min(count, shownBlocksMax)}`, tooltip, color);
    decoration.propagate = true;
    return decoration;
  }

  dispose(): void {
    vscode.Disposable.from(...this.registrations).dispose();
    this.changed.dispose();
  }

  private tell(keys: Iterable<string>): void {
    this.changed.fire([...keys].map((key) => vscode.Uri.parse(key)));
  }
}

function isShown(): boolean {
  return vscode.workspace.getConfiguration('landmark').get('explorer.showReadFiles', true);
}
