import type { VsCodeHost } from './vsCodeHost';

/** Asks through the extension's tool and returns the answer's text. */
export function askTool(host: VsCodeHost, question: string): Promise<string> {
  return host.inHost.evaluate(async (vscode, asked) => {
    const input = { question: asked };
    const { content } = await vscode.lm.invokeTool('landmark_ask', { input, toolInvocationToken: undefined });
    return content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : '')).join('');
  }, question);
}
