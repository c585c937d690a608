import * as vscode from 'vscode';
import type { InitializationOptions } from '../protocol/messages';
import { registerAskPanel } from './ask';
import { PageDocuments } from './documents/pageDocuments';
import { withFailuresShown } from './failures';
import { registerFirstRun } from './firstRun';
import { registerHover } from './hover';
import { commands } from './ids';
import type { Facts } from './index/facts';
import { registerIndex } from './index/index';
import { LanguageServer } from './languageServer';
import { registerModel } from './model';
import { ReadFiles } from './readFiles';
import { configurationSection, initializationOptions } from './settings';
import { registerSummaries } from './summaries';
import { registerTeamStore } from './teamStore';
import { SignIn } from './teamStore/signIn';
import { registerTools } from './tools';

/** Settings may change one after the other; the server is started once for all of them. */
const settingsQuietMs = 500;

/** Wires the surfaces to the server, which starts with the first request. */
export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('Landmark', { log: true });
  try {
    wire(context, log);
  } catch (error) {
    log.error(error instanceof Error ? error : String(error));
    const reason = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(vscode.l10n.t('Landmark could not start: {0}', reason));
  }
}

function wire(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): void {
  const signIn = new SignIn(context.secrets);
  const onFailed = (reason: string): void => {
    void showServerFailure(reason);
  };
  const server = new LanguageServer(context.asAbsolutePath('dist/server.js'), log, onFailed, () =>
    signIn.environment(),
  );
  const pages = new PageDocuments();
  context.subscriptions.push(log, server, pages);
  const facts = registerIndex(context, server);
  registerModel(context, server, facts, log);
  registerHover(context, server, pages);
  registerSummaries(context, server, pages);
  registerTools(context, server);
  registerFirstRun(context, facts, log);
  registerTeamStore(context, server, signIn);
  const ask = registerAskPanel(context, server, facts);
  const readFiles = new ReadFiles();
  readFiles.set(ask.read.map(({ path }) => path));
  context.subscriptions.push(
    readFiles,
    ask.onDidChangeRead((hits) => {
      readFiles.set(hits.map(({ path }) => path));
    }),
    vscode.commands.registerCommand(commands.restart, () => withFailuresShown(() => server.restart())),
    followSettings(server, facts),
  );
}

/** A server that runs is stopped where its settings change; the next request starts it with the new ones. */
function followSettings(server: LanguageServer, facts: Facts): { dispose(): void } {
  let told = JSON.stringify(initializationOptions());
  let timer: NodeJS.Timeout | undefined;
  const check = (): void => {
    const options: InitializationOptions = initializationOptions();
    if (JSON.stringify(options) === told) return;
    told = JSON.stringify(options);
    if (server.state === 'stopped') return;
    void withFailuresShown(async () => {
      await server.restart();
      // Another model may answer now, or none.
      await facts.refresh();
    });
  };
  const checkSoon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(check, settingsQuietMs);
  };
  // Folders have settings of their own.
  const folders = vscode.workspace.onDidChangeWorkspaceFolders(checkSoon);
  // The team store is used in trusted workspaces alone.
  const trust = vscode.workspace.onDidGrantWorkspaceTrust(checkSoon);
  const listener = vscode.workspace.onDidChangeConfiguration((event) => {
    const sections = [configurationSection, 'files.exclude', 'search.exclude'];
    if (sections.some((section) => event.affectsConfiguration(section))) checkSoon();
  });
  return {
    dispose: () => {
      clearTimeout(timer);
      listener.dispose();
      folders.dispose();
      trust.dispose();
    },
  };
}

async function showServerFailure(reason: string): Promise<void> {
  const showLog = vscode.l10n.t('Show Log');
  const restart = vscode.l10n.t('Restart');
  const chosen = await vscode.window.showErrorMessage(reason, restart, showLog);
  if (chosen === restart) await vscode.commands.executeCommand(commands.restart);
  if (chosen === showLog) await vscode.commands.executeCommand(commands.showLog);
}
