import * as vscode from 'vscode';
import type { IndexEstimate } from '../../protocol/messages';
import { teamStoreSettings } from '../settings';
import { estimateText } from './estimateText';

const agreedKey = 'landmark.index.agreed';
const pausedKey = 'landmark.index.paused';

/** What the user has decided for this workspace; it survives restarts. */
export class Consent {
  constructor(private readonly memory: vscode.Memento) {}

  get agreed(): boolean {
    return this.memory.get(agreedKey, false);
  }

  get paused(): boolean {
    return this.memory.get(pausedKey, false);
  }

  async setAgreed(agreed: boolean): Promise<void> {
    await this.memory.update(agreedKey, agreed);
  }

  async setPaused(paused: boolean): Promise<void> {
    await this.memory.update(pausedKey, paused);
  }
}

/** Asks once; true where the user agrees. */
export async function askConsent(estimate: IndexEstimate): Promise<boolean> {
  const build = vscode.l10n.t('Build the Index');
  const chosen = await vscode.window.showInformationMessage(
    vscode.l10n.t('Build the index of this workspace?'),
    { modal: true, detail: estimateText(estimate, teamStoreSettings(), vscode.l10n.t, vscode.env.language) },
    build,
  );
  return chosen === build;
}
