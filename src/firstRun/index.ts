import * as vscode from 'vscode';
import { withFailuresShown } from '../failures';
import { commands } from '../ids';
import type { Facts } from '../index/facts';
import { reportText } from './reportText';

/** Walkthrough, example question and the report of an issue. */
export function registerFirstRun(
  context: vscode.ExtensionContext,
  facts: Facts,
  log: vscode.LogOutputChannel,
): void {
  const { extension } = context;
  const handlers: Record<string, () => Promise<unknown>> = {
    [commands.openWalkthrough]: async () => {
      await vscode.commands.executeCommand(
        'workbench.action.openWalkthrough',
        `${extension.id}#start`,
        false,
      );
    },
    [commands.exampleQuestion]: async () => {
      await vscode.commands.executeCommand(
        commands.ask,
        vscode.l10n.t('What does this project do and where does it start?'),
      );
    },
    [commands.showLog]: () => {
      log.show();
      return Promise.resolve();
    },
    [commands.reportIssue]: () => reportIssue(extension, facts),
  };
  for (const [id, handler] of Object.entries(handlers)) {
    context.subscriptions.push(vscode.commands.registerCommand(id, () => withFailuresShown(handler)));
  }
}

/** Opens what is worth knowing as a document that the user reads, and sends nothing. */
async function reportIssue(extension: vscode.Extension<unknown>, facts: Facts): Promise<void> {
  const { version } = extension.packageJSON as { version: string };
  const content = reportText(
    {
      extensionVersion: version,
      editor: `${vscode.env.appName} ${vscode.version}`,
      host: hostKind(vscode.env.remoteName),
      system: `${process.platform} ${process.arch}, Node.js ${process.versions.node}`,
    },
    facts.current,
    vscode.l10n.t,
  );
  const document = await vscode.workspace.openTextDocument({ language: 'markdown', content });
  await vscode.window.showTextDocument(document);
}

/** A kind of remote such as `ssh-remote` or `wsl`; what is no kind may be an address. */
function hostKind(remoteName: string | undefined): string {
  if (remoteName === undefined) return 'local';
  return /^[a-z][a-z-]*$/.test(remoteName) ? remoteName : 'remote';
}
