import * as vscode from 'vscode';
import type { method } from '../../protocol/messages';
import { type StreamEvent, type SummaryResult } from '../../protocol/messages';
import type { Connection } from '../connection';
import { lineUri, type PageDocuments } from '../documents/pageDocuments';
import { progressText } from '../documents/progressText';
import { rootedParams } from '../roots';
import { inOwnWords } from '../view/notes';
import {
  draftSummaryPage,
  endedSummaryPage,
  summaryPage,
  SummarySoFar,
  type SummaryView,
} from './summaryPage';

export interface SummaryRequest {
  /** Names what is summarized; the page is called by it. */
  title: string;
  method: typeof method.summarize | typeof method.summarizeChanges;
  params: object;
  /** What the user should know besides what the server tells. */
  notes?: readonly string[];
}

/** Sends one request and writes its page while it is answered. */
export class Summarizer {
  constructor(
    private readonly connection: Connection,
    private readonly pages: PageDocuments,
  ) {}

  async run({ title, method: name, params, notes = [] }: SummaryRequest): Promise<void> {
    const view: SummaryView = {
      title,
      addressOf: (place) => lineUri(place)?.toString(),
      t: vscode.l10n.t,
      language: vscode.env.language,
    };
    const soFar = new SummarySoFar();
    const column = vscode.window.activeTextEditor ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active;
    const uri = await this.pages.open(title, draftSummaryPage(soFar, view), { column });
    try {
      const result = await vscode.window.withProgress(
        { location: vscode.ProgressLocation.Notification, title, cancellable: true },
        (progress, token) => {
          const report = reporter(progress);
          const onEvent = (event: StreamEvent): void => {
            report(event);
            if (soFar.add(event)) this.pages.write(uri, draftSummaryPage(soFar, view));
          };
          const all = { ...rootedParams(), ...params };
          return this.connection.request<SummaryResult>(name, all, { token, onEvent });
        },
      );
      const told = inOwnWords(result, vscode.l10n.t);
      this.pages.write(uri, summaryPage({ ...told, notes: [...notes, ...told.notes] }, view));
    } catch (error) {
      const isStopped = error instanceof vscode.CancellationError;
      const reason = isStopped
        ? vscode.l10n.t('Stopped.')
        : error instanceof Error
          ? error.message
          : String(error);
      this.pages.write(uri, endedSummaryPage(soFar, reason, view));
      throw error;
    }
  }
}

/** The bar is of the sections; before the first one its text says what is done. */
function reporter(
  progress: vscode.Progress<{ message?: string; increment?: number }>,
): (event: StreamEvent) => void {
  return (event) => {
    if (event.type === 'section') {
      const message = vscode.l10n.t('section {0} of {1}', event.index + 1, event.total);
      progress.report({ message, increment: 100 / Math.max(event.total, 1) });
    } else if (event.type === 'progress' && event.phase !== 'generate') {
      progress.report({ message: progressText(event, vscode.l10n.t, vscode.env.language) });
    }
  };
}
