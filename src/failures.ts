import * as vscode from 'vscode';
import { ServerError } from './connection';
import { failureText, isErrorCode, type FailureStep } from './failureText';
import { commands } from './ids';

/** Runs a command's work; a failure ends here as a message that says what to do. */
export async function withFailuresShown<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    await showFailure(error);
    return undefined;
  }
}

export async function showFailure(error: unknown): Promise<void> {
  if (error instanceof vscode.CancellationError) return;
  const { message, steps } = failureMessage(error);
  const titles = steps.map(({ title }) => title);
  const chosen = await vscode.window.showErrorMessage(message, ...titles);
  const step = steps.find(({ title }) => title === chosen);
  if (step) await vscode.commands.executeCommand(step.command, ...(step.arguments ?? []));
}

interface FailureMessage {
  message: string;
  steps: FailureStep[];
}

export function failureMessage(error: unknown): FailureMessage {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof ServerError ? error.code : undefined;
  if (isErrorCode(code)) return { message, steps: failureText(code, vscode.l10n.t).steps };
  return { message, steps: [{ title: vscode.l10n.t('Show Log'), command: commands.showLog }] };
}
