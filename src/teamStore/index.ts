import * as vscode from 'vscode';
import type { Connection } from '../connection';
import { withFailuresShown } from '../failures';
import { commands } from '../ids';
import { teamStoreSettings } from '../settings';
import type { SignIn } from './signIn';

/** Commands that give and take the key of the team store. */
export function registerTeamStore(
  context: vscode.ExtensionContext,
  connection: Connection,
  signIn: SignIn,
): void {
  const handlers: Record<string, () => Promise<unknown>> = {
    [commands.signIn]: () => askForKey(connection, signIn),
    [commands.signOut]: async () => {
      await signIn.forget();
      await restart(connection);
      void vscode.window.showInformationMessage(vscode.l10n.t('Signed out of the team store.'));
    },
  };
  for (const [id, handler] of Object.entries(handlers)) {
    context.subscriptions.push(vscode.commands.registerCommand(id, () => withFailuresShown(handler)));
  }
}

async function askForKey(connection: Connection, signIn: SignIn): Promise<void> {
  if (!teamStoreSettings()) {
    const openSettings = vscode.l10n.t('Open Settings');
    const chosen = await vscode.window.showInformationMessage(
      vscode.l10n.t('Name the endpoint and the bucket of the team store first.'),
      openSettings,
    );
    if (chosen === openSettings) {
      await vscode.commands.executeCommand('workbench.action.openSettings', 'landmark.teamStore');
    }
    return;
  }
  const keyId = await ask(vscode.l10n.t('Id of the access key'), 'shown');
  if (keyId === undefined) return;
  const secret = await ask(vscode.l10n.t('Secret of the access key'), 'hidden');
  if (secret === undefined) return;
  await signIn.store({ keyId, secret });
  await restart(connection);
  void vscode.window.showInformationMessage(vscode.l10n.t('Signed in to the team store.'));
}

function ask(placeHolder: string, text: 'shown' | 'hidden'): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: vscode.l10n.t('Sign in to the team store'),
    placeHolder,
    prompt: vscode.l10n.t('It is kept by the editor in your system’s key store.'),
    password: text === 'hidden',
    ignoreFocusOut: true,
    validateInput: (value) =>
      /^\S+$/.test(value) ? undefined : vscode.l10n.t('It must not be empty or hold spaces.'),
  });
}

/** A server that runs takes the key when it starts. */
async function restart(connection: Connection): Promise<void> {
  if (connection.state !== 'stopped') await connection.restart();
}
