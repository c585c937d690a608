import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import {
  method,
  type ModelAddParams,
  type ModelListResult,
  type ModelSummary,
  type StreamEvent,
} from '../../protocol/messages';
import { ServerGoneError, type Connection } from '../connection';
import { commands } from '../ids';
import type { Facts } from '../index/facts';
import { byteSize } from '../view/format';
import { detailsOf, detailsText, readyText } from './details';

/** Tells what the model is, fetches or takes it from a file, and shows how far it is. A cancel is a pause. */
export class ModelFetch {
  private running: Promise<void> | undefined;
  /** What a paused fetch goes on with: who chose a file must not be led to the network. */
  private paused: ModelAddParams | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly facts: Facts,
  ) {}

  /**
   * One fetch at a time, however often it is asked for.
   *
   * @param wanted default: what answers now
   */
  get(wanted?: ModelSummary): Promise<void> {
    this.running ??= this.begin(wanted).finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async begin(wanted?: ModelSummary): Promise<void> {
    const needed = wanted ? [wanted] : await currentModels(this.connection, this.facts);
    const isDamaged = this.facts.current.model === 'failed';
    const model = needed.find(({ state }) => state !== 'ready') ?? (isDamaged ? needed[0] : undefined);
    if (!model) {
      await this.facts.refresh();
      const names = needed.map(({ name }) => name).join(', ');
      void vscode.window.showInformationMessage(vscode.l10n.t('The model {0} is already here.', names));
      return;
    }
    if (this.paused?.package === model.folder) return this.fetch(this.paused);
    const file = await this.agree(model);
    if (file === undefined) return;
    await this.fetch({ package: model.folder, ...(file !== null && { file }) });
  }

  /** A file to take it from; null: it is fetched; undefined: the user wants neither. */
  private async agree(model: ModelSummary): Promise<string | null | undefined> {
    const details = detailsOf(await manifestOf(model));
    const [get, choose] = [vscode.l10n.t('Get the Model'), vscode.l10n.t('Choose a File…')];
    const chosen = await vscode.window.showInformationMessage(
      vscode.l10n.t('Get the model {0}?', details.name || model.name),
      { modal: true, detail: detailsText(details, model.weightsFolder, vscode.l10n.t, vscode.env.language) },
      get,
      choose,
    );
    if (chosen === get) return null;
    return chosen === choose ? chooseFile() : undefined;
  }

  private async fetch(params: ModelAddParams): Promise<void> {
    this.facts.setFetch('getting');
    this.paused = undefined;
    let added: ModelSummary;
    try {
      added = await vscode.window.withProgress(
        {
          location: vscode.ProgressLocation.Notification,
          title: vscode.l10n.t('Getting the model'),
          cancellable: true,
        },
        (progress, token) => {
          const onEvent = reporter(progress);
          return this.connection.request<ModelSummary>(method.modelAdd, params, { token, onEvent });
        },
      );
    } catch (error) {
      // A server that went away or was stopped, as for other settings, has kept what arrived.
      const isPause = error instanceof vscode.CancellationError || error instanceof ServerGoneError;
      this.facts.setFetch(isPause ? 'paused' : undefined);
      if (!isPause) throw error;
      this.paused = params;
      void this.offerToContinue();
      return;
    }
    this.facts.setFetch(undefined);
    await this.facts.refresh();
    void offerNextStep(this.facts, readyText(added, vscode.l10n.t));
  }

  private async offerToContinue(): Promise<void> {
    const again = vscode.l10n.t('Continue');
    const chosen = await vscode.window.showInformationMessage(
      vscode.l10n.t(
        'Getting the model is paused; what has arrived is kept. Searching by words works meanwhile.',
      ),
      again,
    );
    if (chosen === again) await vscode.commands.executeCommand(commands.getModel);
  }
}

async function offerNextStep(facts: Facts, message: string): Promise<void> {
  const { index, workspace } = facts.current;
  const build = vscode.l10n.t('Build the Index');
  const ask = vscode.l10n.t('Ask a Question');
  const steps = workspace !== 'local' ? [] : index.phase === 'notAgreed' ? [build, ask] : [ask];
  const chosen = await vscode.window.showInformationMessage(message, ...steps);
  if (chosen === build) await vscode.commands.executeCommand(commands.buildIndex);
  if (chosen === ask) await vscode.commands.executeCommand(commands.ask);
}

/** Turns the server's counts into steps of a progress bar. */
function reporter(
  progress: vscode.Progress<{ message?: string; increment?: number }>,
): (event: StreamEvent) => void {
  let phase = '';
  let shown = 0;
  return (event) => {
    if (event.type !== 'progress') return;
    // Fetching and converting are two halves of one bar, which never runs backwards.
    const half = event.phase === 'convert' ? 50 : 0;
    const share = event.total > 0 ? half + (50 * event.done) / event.total : shown;
    phase = phaseText(event);
    progress.report({ message: phase, increment: Math.max(0, share - shown) });
    shown = Math.max(shown, share);
  };
}

function phaseText(event: Extract<StreamEvent, { type: 'progress' }>): string {
  const language = vscode.env.language;
  const [done, total] = [byteSize(event.done, language), byteSize(event.total, language)];
  if (event.phase === 'fetch') return vscode.l10n.t('fetching, {0} of {1}', done, total);
  if (event.phase === 'convert') return vscode.l10n.t('converting');
  return event.message;
}

async function chooseFile(): Promise<string | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Choose the base model'),
    openLabel: vscode.l10n.t('Use This File'),
    filters: { GGUF: ['gguf'] },
  });
  return chosen?.[0]?.fsPath;
}

export async function listModels(connection: Connection): Promise<ModelSummary[]> {
  const { packages } = await connection.request<ModelListResult>(method.modelList, {});
  return packages;
}

/** The package that finds and, where it is another one, the package that answers now. */
export async function currentModels(connection: Connection, facts: Facts): Promise<ModelSummary[]> {
  const [packages] = await Promise.all([listModels(connection), facts.refresh()]);
  const { name, reader } = facts.current.status?.model ?? {};
  const model = packages.find((candidate) => candidate.name === name) ?? packages[0];
  if (!model) throw new Error(vscode.l10n.t('There is no model package. Install the extension again.'));
  return [model, ...packages.filter((candidate) => candidate.name === reader)];
}

/** Details are told where they can be read; without them the model can still be fetched. */
async function manifestOf({ folder }: ModelSummary): Promise<unknown> {
  try {
    return JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as unknown;
  } catch {
    return {};
  }
}
