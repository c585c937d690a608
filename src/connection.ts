import type * as vscode from 'vscode';
import type { StreamEvent } from '../protocol/messages';

/** Whether questions can be asked, as the status bar shows it. */
export type ConnectionState = 'stopped' | 'starting' | 'running' | 'failed';

export interface RequestOptions {
  /** Cancels the request; it then rejects with `vscode.CancellationError`. */
  token?: vscode.CancellationToken;
  /** What the server streams while it works. */
  onEvent?: (event: StreamEvent) => void;
}

/**
 * The language server as the surfaces see it. It is started by the first request and restarted, with growing
 * pauses, where it crashes; a request that was under way then rejects with `ServerGoneError` and can be sent
 * again, since requests carry everything the server needs.
 */
export interface Connection {
  readonly state: ConnectionState;
  readonly onDidChangeState: vscode.Event<ConnectionState>;
  /** `params` without `streamToken`: the connection adds one where `onEvent` is given. */
  request<Result>(method: string, params: object, options?: RequestOptions): Promise<Result>;
  /** Starts the server anew, for changed settings. */
  restart(): Promise<void>;
  dispose(): void;
}

/** The server went away while a request was under way. */
export class ServerGoneError extends Error {}

/** The server refused; `code` is one of `protocol/errors`, and the message says what to do in the editor. */
export class ServerError extends Error {
  constructor(
    message: string,
    readonly code: string | undefined,
  ) {
    super(message);
  }
}
