import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { LanguageClient, ResponseError } from 'vscode-languageclient/node';
import type { ErrorData } from '../protocol/errors';
import { method, type StreamEvent, type StreamParams } from '../protocol/messages';
import {
  ServerError,
  ServerGoneError,
  type Connection,
  type ConnectionState,
  type RequestOptions,
} from './connection';
import { failureText, isErrorCode } from './failureText';
import { ServerRuns } from './serverRuns';
import { initializationOptions } from './settings';

/** How long a server may take to put its files in order when it is stopped. */
const stopMs = 5_000;

/**
 * Codes of what a request to a process that has died fails with: of the pipe, and what the protocol's connection makes of
 * these (MessageWriteError, PendingResponseRejected, ConnectionInactive).
 */
const brokenPipe: ReadonlySet<unknown> = new Set([
  ...['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED'],
  ...[-32_099, -32_097, -32_096],
]);
/** A message that came and is answered by nothing of the protocol. */
const responseErrorCodes = { requestCancelled: -32_800, serverCancelled: -32_802 } as const;

/** The language server in a process of its own, and the only place that knows how it is started. */
export class LanguageServer implements Connection {
  private readonly changed = new vscode.EventEmitter<ConnectionState>();
  private readonly runs = new ServerRuns<LanguageClient>({
    begin: (onClosed) => this.begin(onClosed),
    onState: (state) => {
      if (!this.isDisposed) this.changed.fire(state);
    },
    onCrash: (pauseMs) => {
      if (!this.isDisposed) this.crashed(pauseMs);
    },
  });
  private readonly listeners = new Map<string, (event: StreamEvent) => void>();
  /** What ends with the server: the requests under way. */
  private readonly pending = new Set<(reason: ServerGoneError) => void>();
  private isDisposed = false;

  readonly onDidChangeState = this.changed.event;

  /** @param onFailed is called when the server has crashed too often to be started again on its own */
  constructor(
    private readonly serverModule: string,
    private readonly log: vscode.LogOutputChannel,
    private readonly onFailed: (reason: string) => void,
    /** Secrets of the user's: no part of any message, as those may be traced. */
    private readonly environment: () => Promise<Record<string, string>>,
  ) {}

  get state(): ConnectionState {
    return this.runs.state;
  }

  async request<Result>(name: string, params: object, options: RequestOptions = {}): Promise<Result> {
    const { token, onEvent } = options;
    throwIfCancelled(token);
    const client = await this.running();
    throwIfCancelled(token);
    const streamToken = onEvent && randomUUID();
    if (streamToken !== undefined) this.listeners.set(streamToken, onEvent!);
    let gone: (reason: ServerGoneError) => void = () => undefined;
    const crash = new Promise<never>((_resolve, reject) => {
      gone = reject;
      this.pending.add(gone);
    });
    try {
      const all = streamToken === undefined ? params : { ...params, streamToken };
      const answer = token
        ? client.sendRequest<Result>(name, all, token)
        : client.sendRequest<Result>(name, all);
      return await Promise.race([answer, crash]);
    } catch (error) {
      throw this.failureOf(error, client, token);
    } finally {
      this.pending.delete(gone);
      if (streamToken !== undefined) this.listeners.delete(streamToken);
    }
  }

  async restart(): Promise<void> {
    this.runs.forgive();
    await this.stop();
    await this.running();
  }

  /** Stops the server; the next request starts it. */
  async stop(): Promise<void> {
    const ending = this.runs.stop();
    this.dropPending(new ServerGoneError(vscode.l10n.t('The server was stopped.')));
    const client = await ending;
    await client?.dispose(stopMs).catch((error: unknown) => {
      this.log.warn(`The server did not stop in time: ${String(error)}`);
    });
  }

  dispose(): void {
    this.isDisposed = true;
    void this.stop();
    this.changed.dispose();
  }

  private running(): Promise<LanguageClient> {
    if (this.isDisposed) return Promise.reject(new ServerGoneError(vscode.l10n.t('The window is closing.')));
    return this.runs.running().catch((error: unknown) => {
      throw error instanceof ServerGoneError
        ? error
        : new ServerGoneError(vscode.l10n.t('The server was stopped.'));
    });
  }

  private async begin(onClosed: () => void): Promise<LanguageClient> {
    const beganAtMs = performance.now();
    try {
      // Loaded here and nowhere else: it is most of the extension's code.
      const { createLanguageClient } = await import('./languageClient');
      const client = createLanguageClient({
        serverModule: this.serverModule,
        log: this.log,
        initializationOptions,
        environment: await this.environment(),
        onClosed,
      });
      client.onNotification(method.stream, ({ streamToken, event }: StreamParams) => {
        this.listeners.get(streamToken)?.(event);
      });
      await client.start();
      this.log.info(`The server started in ${Math.round(performance.now() - beganAtMs)} ms.`);
      return client;
    } catch (error) {
      this.log.error(`The server did not start: ${String(error)}`);
      throw new ServerGoneError(vscode.l10n.t('The language server did not start: {0}', messageOf(error)));
    }
  }

  /** The process went away on its own. */
  private crashed(pauseMs: number | undefined): void {
    this.dropPending(new ServerGoneError(vscode.l10n.t('The language server went away. Ask again.')));
    if (pauseMs === undefined) {
      this.onFailed(
        vscode.l10n.t('The language server of Landmark keeps crashing and was not started again.'),
      );
    } else this.log.warn(`The server went away; it is started again in ${pauseMs} ms.`);
  }

  private failureOf(
    error: unknown,
    client: LanguageClient,
    token: vscode.CancellationToken | undefined,
  ): unknown {
    if (error instanceof ServerGoneError) return error;
    if (token?.isCancellationRequested) return new vscode.CancellationError();
    const { code, data, message } = error as Partial<ResponseError<Partial<ErrorData>>>;
    if (code === responseErrorCodes.requestCancelled || code === responseErrorCodes.serverCancelled) {
      return new vscode.CancellationError();
    }
    // What the transport itself throws when the process dies, such as "Connection got disposed"; a pipe may break before
    // the death is told.
    if (!this.runs.isCurrent(client) || brokenPipe.has(code))
      return new ServerGoneError(vscode.l10n.t('The language server went away. Ask again.'));
    const given = message ?? String(error);
    if (!isErrorCode(data?.code)) return new ServerError(given, data?.code);
    // With what the text leaves out: names of files, and what was tried.
    this.log.warn(`${data.code}: ${given}`);
    return new ServerError(failureText(data.code, vscode.l10n.t).text, data.code);
  }

  private dropPending(reason: ServerGoneError): void {
    for (const reject of this.pending) reject(reason);
    this.pending.clear();
  }
}

function throwIfCancelled(token: vscode.CancellationToken | undefined): void {
  if (token?.isCancellationRequested) throw new vscode.CancellationError();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
