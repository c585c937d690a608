import * as vscode from 'vscode';

export const answerScheme = 'landmark-answer';
/** Enough to keep the answers of a session's tabs; the oldest is forgotten first. */
const documentsMax = 100;

/** Read-only documents that hold answers while they are written and after. */
export class AnswerDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly texts = new Map<string, string>();
  private createdCount = 0;

  readonly onDidChange = this.changed.event;

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? 'This answer is no longer kept. Ask again.\n';
  }

  create(text: string): vscode.Uri {
    this.createdCount += 1;
    const uri = vscode.Uri.from({ scheme: answerScheme, path: `/Answer ${this.createdCount}.md` });
    this.texts.set(uri.toString(), text);
    const [oldest] = this.texts.keys();
    if (this.texts.size > documentsMax && oldest !== undefined) this.texts.delete(oldest);
    return uri;
  }

  update(uri: vscode.Uri, text: string): void {
    this.texts.set(uri.toString(), text);
    this.changed.fire(uri);
  }

  dispose(): void {
    this.changed.dispose();
  }
}
