import * as vscode from 'vscode';
import { errorCode } from '../../protocol/errors';
import {
  method,
  type IndexClearResult,
  type IndexEstimate,
  type IndexParams,
  type IndexReport,
  type StreamEvent,
} from '../../protocol/messages';
import { ServerError, ServerGoneError, type Connection } from '../connection';
import { rootedParams, type RootedParams } from '../roots';
import { settings } from '../settings';
import { askConsent, type Consent } from './consent';
import type { Facts } from './facts';
import { openEditors } from './openEditors';
import { next, wantsBuild, type IndexEvent } from './state';

/** A window has better things to do in its first seconds. */
const startupPauseMs = 4_000;
const pauseMs = 500;
/** A server that dies over the same build again and again is not asked once more. */
const crashesMax = 3;
/** Numbers of files and bytes are asked for while a build runs. */
const statusEveryMs = 5_000;

/** Builds the index when it may, and only then: after the user has agreed, in a trusted folder, while not paused. */
export class IndexController implements vscode.Disposable {
  private timer: NodeJS.Timeout | undefined;
  private running: vscode.CancellationTokenSource | undefined;
  private crashes = 0;
  private readonly registrations: vscode.Disposable[];

  constructor(
    private readonly connection: Connection,
    private readonly facts: Facts,
    private readonly consent: Consent,
  ) {
    this.registrations = [
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        this.schedule();
      }),
      facts.onDidChange(({ model, index }) => {
        if (model === 'ready' && index.phase === 'blocked') this.dispatch({ type: 'modelReady' });
      }),
    ];
    if (consent.agreed) this.schedule(startupPauseMs);
  }

  /** Asks for consent where there is none yet, and begins. */
  async build(): Promise<void> {
    const workspace = requireWorkspace();
    requireTrust();
    if (this.facts.current.index.phase === 'building') return;
    if (!this.consent.agreed) {
      const estimate = await this.estimate(workspace);
      if (!(await askConsent(estimate))) return;
      await this.consent.setAgreed(true);
    }
    await this.consent.setPaused(false);
    this.crashes = 0;
    this.dispatch({ type: 'agreed' });
  }

  async pause(): Promise<void> {
    await this.consent.setPaused(true);
    this.dispatch({ type: 'paused' });
    this.running?.cancel();
  }

  async resume(): Promise<void> {
    await this.consent.setPaused(false);
    this.dispatch({ type: 'resumed' });
  }

  async rebuild(): Promise<void> {
    if (!this.consent.agreed) return this.build();
    await this.forget();
    await this.build();
  }

  /** Forgets what is stored, and that the user agreed: what was cleared does not come back on its own. */
  async clear(): Promise<IndexClearResult> {
    await this.consent.setAgreed(false);
    this.dispatch({ type: 'cleared' });
    const result = await this.forget();
    this.dispatch({ type: 'cleared' });
    return result;
  }

  filesChanged(): void {
    this.dispatch({ type: 'filesChanged' });
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.running?.cancel();
    vscode.Disposable.from(...this.registrations).dispose();
  }

  private estimate(workspace: RootedParams): Thenable<IndexEstimate> {
    const title = vscode.l10n.t('Landmark estimates what an index would take');
    return vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title, cancellable: true },
      (_progress, token) =>
        this.connection.request<IndexEstimate>(method.indexEstimate, workspace, { token }),
    );
  }

  private async forget(): Promise<IndexClearResult> {
    if (this.running) {
      this.dispatch({ type: 'paused' });
      this.running.cancel();
    }
    const result = await this.connection.request<IndexClearResult>(method.indexClear, requireWorkspace());
    await this.facts.refresh();
    return result;
  }

  private dispatch(event: IndexEvent): void {
    const state = next(this.facts.current.index, event);
    if (state !== this.facts.current.index) this.facts.setIndex(state);
    this.schedule();
  }

  private schedule(ms = pauseMs): void {
    if (!wantsBuild(this.facts.current.index) || !vscode.workspace.isTrusted) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.run();
    }, ms);
  }

  private async run(): Promise<void> {
    const workspace = rootedParams();
    if (this.running || !workspace || !this.consent.agreed || !wantsBuild(this.facts.current.index)) return;
    const source = new vscode.CancellationTokenSource();
    this.running = source;
    this.dispatch({ type: 'started' });
    const polling = setInterval(() => {
      void this.refresh();
    }, statusEveryMs);
    let event: IndexEvent | undefined;
    try {
      const { token } = source;
      const onEvent = (streamed: StreamEvent): void => {
        if (streamed.type !== 'progress') return;
        const { phase: step, done, total, remainingSeconds = null, waitsFor = null } = streamed;
        this.dispatch({ type: 'progress', step, done, total, remainingSeconds, waitsFor });
      };
      const params: IndexParams = { ...workspace, openEditors: openEditors() };
      const report = await this.connection.request<IndexReport>(method.index, params, { token, onEvent });
      this.crashes = 0;
      event = { type: 'finished', report };
    } catch (error) {
      event = this.eventOf(error);
    } finally {
      clearInterval(polling);
      this.running = undefined;
      source.dispose();
    }
    await this.refresh();
    if (event) this.dispatch(event);
    this.schedule();
  }

  /** Numbers are no reason to start a server that has just gone away. */
  private async refresh(): Promise<void> {
    if (this.connection.state === 'running') await this.facts.refresh().catch(() => undefined);
  }

  private eventOf(error: unknown): IndexEvent | undefined {
    // Paused, cleared or closed: whoever cancelled it has said what it is now.
    if (error instanceof vscode.CancellationError) return undefined;
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof ServerGoneError) {
      // Stopped on purpose, for changed settings.
      if (this.connection.state !== 'stopped') this.crashes += 1;
      const again = this.crashes < crashesMax && this.connection.state !== 'failed';
      return { type: 'failed', message, why: again ? 'retry' : 'other' };
    }
    const isMissing = error instanceof ServerError && error.code === errorCode.modelMissing;
    return { type: 'failed', message, why: isMissing ? 'modelMissing' : 'other' };
  }
}

function requireWorkspace(): RootedParams {
  const workspace = rootedParams();
  if (workspace) return workspace;
  throw new Error(vscode.l10n.t('Open a folder of this machine first; Landmark answers from its files.'));
}

function requireTrust(): void {
  if (vscode.workspace.isTrusted) return;
  throw new Error(vscode.l10n.t('This folder is not trusted, so it is not indexed. Trust it first.'));
}

/** Whether the index follows the files on its own. */
export function isAutomatic(): boolean {
  return settings().get('index.automatic', true);
}
