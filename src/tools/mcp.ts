import * as vscode from 'vscode';
import { withFailuresShown } from '../failures';
import { commands } from '../ids';
import { rootedParams } from '../roots';
import { initializationOptions } from '../settings';
import { mcpConfiguration } from './mcpConfiguration';

/** Copies what other programs start the MCP server of this extension with. */
export function registerMcp(context: vscode.ExtensionContext): void {
  const copy = async (): Promise<void> => {
    const workspace = rootedParams();
    if (!workspace) {
      throw new Error(vscode.l10n.t('Open a folder of this machine first; Landmark answers from its files.'));
    }
    await vscode.env.clipboard.writeText(
      mcpConfiguration(context.asAbsolutePath('dist/cli.js'), workspace.root, initializationOptions()),
    );
    void vscode.window.showInformationMessage(
      vscode.l10n.t(
        'The configuration is copied. Paste it into the settings of your MCP client; it needs Node.js and answers from {0}.',
        workspace.root,
      ),
    );
  };
  context.subscriptions.push(
    vscode.commands.registerCommand(commands.copyMcp, () => withFailuresShown(copy)),
  );
}
