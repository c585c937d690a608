import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { method, type AnswerResult, type AskParams, type StreamParams } from '../protocol/messages';
import type { AnswerDocuments } from './answerDocuments';
import { answerMarkdown, draftMarkdown, type LinkTo } from './markdown';

/** A document is written anew on every change, so tokens are gathered for a moment. */
const redrawMs = 100;

/** Asks for a question and streams its answer into a document beside the code. */
export async function ask(client: LanguageClient, documents: AnswerDocuments): Promise<void> {
  const folder = await chooseFolder();
  if (!folder) return;
  const question = await vscode.window.showInputBox({
    title: `Ask about ${folder.name}`,
    prompt: 'The answer is made on this machine and cites the lines it rests on.',
  });
  if (question === undefined) return;
  const uri = documents.create(draftMarkdown(question, ''));
  await vscode.window.showTextDocument(uri, { preview: false });
  const params: AskParams = { root: folder.uri.fsPath, question, streamToken: randomUUID() };
  await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: 'Landmark', cancellable: true },
    async (progress, token) => {
      const draft = createDraft(question, (text) => {
        documents.update(uri, text);
      });
      const listener = client.onNotification(method.stream, ({ streamToken, event }: StreamParams) => {
        if (streamToken !== params.streamToken) return;
        if (event.type === 'token') draft.add(event.text);
        else if (event.type === 'progress') progress.report({ message: event.message || event.phase });
      });
      try {
        const result: AnswerResult = await client.sendRequest(method.ask, params, token);
        draft.stop();
        documents.update(uri, answerMarkdown(question, result, linksInto(folder.uri)));
      } finally {
        draft.stop();
        listener.dispose();
      }
    },
  );
}

async function chooseFolder(): Promise<vscode.WorkspaceFolder | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length === 0) throw new Error('Open a folder first; Landmark answers from its files.');
  const editor = vscode.window.activeTextEditor;
  const active = editor && vscode.workspace.getWorkspaceFolder(editor.document.uri);
  if (active ?? folders.length === 1) return active ?? folders[0];
  return vscode.window.showWorkspaceFolderPick({ placeHolder: 'Which folder is the question about?' });
}

/** Only files below the folder can be linked to, whatever path an answer names. */
function linksInto(folder: vscode.Uri): LinkTo {
  return ({ path, startLine, endLine }) => {
    if (path.split(/[\\/]/).includes('..')) return undefined;
    return vscode.Uri.joinPath(folder, path)
      .with({ fragment: `L${startLine}-L${endLine}` })
      .toString();
  };
}

function createDraft(
  question: string,
  show: (text: string) => void,
): { add(text: string): void; stop(): void } {
  let text = '';
  let timer: NodeJS.Timeout | undefined;
  return {
    add: (token) => {
      text += token;
      timer ??= setTimeout(() => {
        timer = undefined;
        show(draftMarkdown(question, text));
      }, redrawMs);
    },
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
