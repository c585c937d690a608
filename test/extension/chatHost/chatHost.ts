// VS Code has a chat only where an extension brings its own participant and a model; both by proposed API, which this
// host enables. What is asked goes to the participant that is named, so neither of the two is ever asked anything.
import * as vscode from 'vscode';

interface ModelProvider {
  provideLanguageModelResponse(): Promise<void>;
  provideTokenCount(): Promise<number>;
}

interface ProposedLm {
  registerChatModelProvider(id: string, provider: ModelProvider, facts: object): vscode.Disposable;
}

export function activate(context: vscode.ExtensionContext): void {
  const model: ModelProvider = {
    provideLanguageModelResponse: () => Promise.resolve(),
    provideTokenCount: () => Promise.resolve(1),
  };
  context.subscriptions.push(
    (vscode.lm as unknown as ProposedLm).registerChatModelProvider('silent', model, {
      ...{ vendor: 'chat-host', name: 'Silent', family: 'silent', version: '1' },
      ...{ maxInputTokens: 1_000, maxOutputTokens: 1_000, isDefault: true, isUserSelectable: true },
    }),
    vscode.chat.createChatParticipant('chatHost.default', () => ({})),
  );
}
