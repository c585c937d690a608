import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import type { InHostTests } from '../driver/messages';
import { languageServers, type RunningProcess } from '../host/processes';

const extension = vscode.extensions.getExtension('landmark.landmark')!;

export const tests: InHostTests = {
  'starts no language server before it is used': async () => {
    await extension.activate();
    assert.deepEqual(serversOfThisHost(), []);
  },

  'registers every command it contributes': async () => {
    const { contributes } = extension.packageJSON as { contributes: { commands: { command: string }[] } };
    const registered = await vscode.commands.getCommands(true);
    const missing = contributes.commands
      .map(({ command }) => command)
      .filter((id) => !registered.includes(id));
    assert.deepEqual(missing, []);
  },
};

function serversOfThisHost(): RunningProcess[] {
  return languageServers().filter(({ parentPid }) => parentPid === process.pid);
}
