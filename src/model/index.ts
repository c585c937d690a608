import * as vscode from 'vscode';
import {
  method,
  type ModelRemoveResult,
  type ModelSummary,
  type ModelVerifyResult,
} from '../../protocol/messages';
import type { Connection } from '../connection';
import { withFailuresShown } from '../failures';
import { commands } from '../ids';
import type { Facts } from '../index/facts';
import { modelPackageSetting, readerSetting, settings } from '../settings';
import { byteSize } from '../view/format';
import { currentModels, listModels, ModelFetch } from './get';

/** Commands that fetch, change, verify and remove the model. */
export function registerModel(
  context: vscode.ExtensionContext,
  connection: Connection,
  facts: Facts,
  log: vscode.LogOutputChannel,
): void {
  const fetch = new ModelFetch(connection, facts);
  const handlers: Record<string, () => Promise<unknown>> = {
    [commands.getModel]: () => fetch.get(),
    [commands.changeModel]: () => changeModel(connection, fetch),
    [commands.changeReader]: () => changeReader(connection, fetch),
    [commands.verifyModel]: () => verifyModel(connection, log),
    [commands.removeModel]: () => removeModel(connection, facts),
  };
  for (const [id, handler] of Object.entries(handlers)) {
    context.subscriptions.push(vscode.commands.registerCommand(id, () => withFailuresShown(handler)));
  }
}

/** A model that is not here yet is fetched first; the change of the setting starts the server anew. */
async function changeModel(connection: Connection, fetch: ModelFetch): Promise<void> {
  const packages = (await listModels(connection)).filter(({ role }) => role !== 'reader');
  const current = modelPackageSetting();
  const items = packages.map((model, at) => {
    const isCurrent = model.folder === current || model.name === current || (at === 0 && current === '');
    return {
      label: model.name,
      description: stateText(model),
      detail:
        at === 0
          ? vscode.l10n.t('Small and fast.')
          : vscode.l10n.t(
              'A larger model finds and says more, at about a third of the speed. The index is built anew.',
            ),
      iconPath: new vscode.ThemeIcon(isCurrent ? 'check' : 'blank'),
      // The default needs no setting. Another one is named: its folder is another one after an update.
      value: at === 0 ? '' : model.name,
      model,
    };
  });
  const other = { label: vscode.l10n.t('Choose a folder…') };
  const chosen = await vscode.window.showQuickPick<
    vscode.QuickPickItem & { value?: string; model?: ModelSummary }
  >([...items, other], {
    title: vscode.l10n.t('Model that finds, and answers unless a larger one is chosen'),
  });
  if (!chosen || (chosen.model && !(await isHere(chosen.model, connection, fetch)))) return;
  const value = chosen.value ?? (await chooseFolder());
  if (value === undefined || value === current) return;
  await settings().update(
    'model.package',
    value === '' ? undefined : value,
    vscode.ConfigurationTarget.Global,
  );
}

/** A reader that is not here yet is fetched first; the change of the setting starts the server anew. */
async function changeReader(connection: Connection, fetch: ModelFetch): Promise<void> {
  const current = readerSetting();
  const readers = (await listModels(connection)).filter(({ role }) => role === 'reader');
  const items: (vscode.QuickPickItem & { value: string; model?: ModelSummary })[] = [
    {
      label: vscode.l10n.t('Automatic'),
      detail: vscode.l10n.t('The largest that is on this machine and fits its memory.'),
      value: 'auto',
    },
    {
      label: vscode.l10n.t('The model that finds'),
      detail: vscode.l10n.t('Small and fast.'),
      value: 'none',
    },
    ...readers.map((model) => ({
      label: model.name,
      description: stateText(model),
      detail: vscode.l10n.t('A larger model, at about a third of the speed.'),
      value: model.name,
      model,
    })),
  ];
  const chosen = await vscode.window.showQuickPick(
    items.map((item) => ({
      ...item,
      iconPath: new vscode.ThemeIcon(item.value === current ? 'check' : 'blank'),
    })),
    { title: vscode.l10n.t('Model that answers') },
  );
  if (!chosen || (chosen.model && !(await isHere(chosen.model, connection, fetch)))) return;
  await settings().update(
    'model.reader',
    chosen.value === 'auto' ? undefined : chosen.value,
    vscode.ConfigurationTarget.Global,
  );
}

function stateText({ state }: ModelSummary): string {
  return state === 'ready' ? vscode.l10n.t('ready') : vscode.l10n.t('not here yet');
}

/** Fetched where it is missing. Paused or given up: the answers stay with what is here. */
async function isHere(model: ModelSummary, connection: Connection, fetch: ModelFetch): Promise<boolean> {
  if (model.state === 'ready') return true;
  await fetch.get(model);
  return (await listModels(connection)).some(({ name, state }) => name === model.name && state === 'ready');
}

async function chooseFolder(): Promise<string | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    canSelectFolders: true,
    canSelectFiles: false,
    title: vscode.l10n.t('Choose the folder of a model package'),
    openLabel: vscode.l10n.t('Use This Folder'),
  });
  return chosen?.[0]?.fsPath;
}

async function verifyModel(connection: Connection, log: vscode.LogOutputChannel): Promise<void> {
  const result = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Checking the model'),
      cancellable: true,
    },
    // Without a name: all that answers.
    (_progress, token) => connection.request<ModelVerifyResult>(method.modelVerify, {}, { token }),
  );
  for (const { file, ok, detail } of result.files) log.info(`${ok ? 'ok' : 'BAD'}  ${file}  ${detail}`);
  if (result.ok) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('Every file of {0} is as it should be.', result.name),
    );
    return;
  }
  const bad = result.files.filter(({ ok }) => !ok).map(({ file }) => file);
  const get = vscode.l10n.t('Get the Model');
  const chosen = await vscode.window.showErrorMessage(
    vscode.l10n.t('These files of {0} are damaged or missing: {1}', result.name, bad.join(', ')),
    get,
    vscode.l10n.t('Show Log'),
  );
  if (chosen !== undefined) {
    await vscode.commands.executeCommand(chosen === get ? commands.getModel : commands.showLog);
  }
}

/** Of the packages that are used now, where there are several. */
async function chooseOfCurrent(connection: Connection, facts: Facts): Promise<ModelSummary | undefined> {
  const models = await currentModels(connection, facts);
  if (models.length === 1) return models[0];
  const items = models.map((model) => ({ label: model.name, model }));
  const title = vscode.l10n.t('Model to remove');
  return (await vscode.window.showQuickPick(items, { title }))?.model;
}

async function removeModel(connection: Connection, facts: Facts): Promise<void> {
  const model = await chooseOfCurrent(connection, facts);
  if (!model) return;
  const yes = vscode.l10n.t('Remove');
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t('Remove the weights of {0} from this machine?', model.name),
    {
      modal: true,
      detail: vscode.l10n.t('They can be fetched again. Searching by words works without them.'),
    },
    yes,
  );
  if (chosen !== yes) return;
  const { bytesFreed } = await connection.request<ModelRemoveResult>(method.modelRemove, {
    package: model.folder,
  });
  await facts.refresh();
  void vscode.window.showInformationMessage(
    vscode.l10n.t('Removed; {0} are free again.', byteSize(bytesFreed, vscode.env.language)),
  );
}
