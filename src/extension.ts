import * as vscode from 'vscode';
import { errorCode, type ErrorData } from '../protocol/errors';
import { method } from '../protocol/messages';
import { AnswerDocuments, answerScheme } from './answerDocuments';
import { ask } from './ask';
import { configurationSection, createClient } from './client';

/** Wires the client, the command and the settings; the server starts with the first question. */
export function activate(context: vscode.ExtensionContext): void {
  const client = createClient(context);
  const documents = new AnswerDocuments();
  context.subscriptions.push(
    documents,
    vscode.workspace.registerTextDocumentContentProvider(answerScheme, documents),
    vscode.commands.registerCommand('landmark.ask', () =>
      showFailure(async () => {
        await client.start();
        await ask(client, documents);
      }),
    ),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(configurationSection) && client.isRunning()) {
        void showFailure(() => client.restart());
      }
    }),
    { dispose: () => client.dispose() },
  );

  /** Failures end here as a message; a missing model can be fetched from it. */
  async function showFailure(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof vscode.CancellationError) return;
      const message = error instanceof Error ? error.message : String(error);
      const isMissing = codeOf(error) === errorCode.modelMissing;
      const fetchModel = 'Fetch the model';
      const chosen = await vscode.window.showErrorMessage(message, ...(isMissing ? [fetchModel] : []));
      if (chosen === fetchModel) await showFailure(addModel);
    }
  }

  async function addModel(): Promise<void> {
    await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: 'Landmark fetches and converts the base model',
        cancellable: true,
      },
      async (_progress, token) => {
        await client.sendRequest(method.modelAdd, {}, token);
      },
    );
  }
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('data' in error)) return undefined;
  return (error.data as ErrorData | undefined)?.code;
}
