import * as vscode from 'vscode';

/** Language servers may be slow or hang; an explanation without their answer is better than none. */
const providerMs = 2_000;

/** What a language feature of the editor answers; nothing where it fails, hangs or is no longer wanted. */
export function askProvider<Found>(
  command: string,
  token: vscode.CancellationToken,
  ...given: readonly unknown[]
): Promise<Found[]> {
  return new Promise((resolve) => {
    const end = (found: Found[] | undefined): void => {
      clearTimeout(timer);
      listener.dispose();
      resolve(found ?? []);
    };
    const nothing = (): void => {
      end([]);
    };
    const timer = setTimeout(nothing, providerMs);
    const listener = token.onCancellationRequested(nothing);
    vscode.commands.executeCommand<Found[] | undefined>(command, ...given).then(end, nothing);
  });
}
