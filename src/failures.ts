import * as vscode from 'vscode';
import { errorCode } from '../protocol/errors';
import { ServerError } from './connection';
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
  if (step) await vscode.commands.executeCommand(step.command);
}

interface FailureMessage {
  message: string;
  steps: { title: string; command: string }[];
}

/** The server's messages name its command line where they say what to do; here it is a command of the editor. */
export function failureMessage(error: unknown): FailureMessage {
  const getModel = { title: vscode.l10n.t('Get the Model'), command: commands.getModel };
  const showLog = { title: vscode.l10n.t('Show Log'), command: commands.showLog };
  const message = error instanceof Error ? error.message : String(error);
  switch (error instanceof ServerError ? error.code : undefined) {
    case errorCode.modelMissing:
      return {
        message: vscode.l10n.t('The model is not on this machine yet. Searching by words works without it.'),
        steps: [getModel],
      };
    case errorCode.modelCorrupt:
      return {
        message,
        steps: [getModel, { title: vscode.l10n.t('Verify'), command: commands.verifyModel }],
      };
    case errorCode.modelUnknown:
      return { message, steps: [{ title: vscode.l10n.t('Change Model'), command: commands.changeModel }] };
    default:
      return { message, steps: [showLog] };
  }
}
