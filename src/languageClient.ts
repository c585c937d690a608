import type * as vscode from 'vscode';
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  RevealOutputChannelOn,
  TransportKind,
} from 'vscode-languageclient/node';
import type { InitializationOptions } from '../protocol/messages';

/** Errors of the transport in a row after which it is given up. */
const transportErrorsMax = 3;

interface ClientOptions {
  serverModule: string;
  log: vscode.LogOutputChannel;
  initializationOptions: () => InitializationOptions;
  /** Added to the server's environment. */
  environment: Record<string, string>;
  onClosed: () => void;
}

/** One run of the server. It is not started again here: `LanguageServer` decides that, and makes a new one. */
export function createLanguageClient(options: ClientOptions): LanguageClient {
  const server = {
    module: options.serverModule,
    transport: TransportKind.stdio,
    options: { env: options.environment },
  };
  return new LanguageClient(
    'landmark',
    'Landmark',
    { run: server, debug: server },
    {
      // The server answers from what is open as it stands there, and encodes it first.
      documentSelector: [{ scheme: 'file' }],
      outputChannel: options.log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: options.initializationOptions,
      initializationFailedHandler: () => false,
      errorHandler: {
        error: (_error, _message, count) => ({
          action: (count ?? 0) <= transportErrorsMax ? ErrorAction.Continue : ErrorAction.Shutdown,
          handled: true,
        }),
        closed: () => {
          options.onClosed();
          return { action: CloseAction.DoNotRestart, handled: true };
        },
      },
      stdioOptions: {
        stdout: () => undefined,
        // What a native library prints as it fails; the server's own messages come over the protocol.
        stderr: (input) => {
          input.on('data', (chunk: Buffer | string) => {
            options.log.warn(chunk.toString().trimEnd());
          });
        },
      },
    },
  );
}
