import { Console } from 'node:console';
import { createConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-languageserver/node';
import { serve, type EngineFactory } from './serve';

/** How long a request may take to let go once the client has gone; longer than any single native run. */
const graceMs = 5_000;

/** Serves the protocol over this process's standard streams, and ends the process when its client has gone. */
export function serveStdio(createEngine: EngineFactory): void {
  // Standard output belongs to the protocol: whatever a library prints goes to standard error.
  globalThis.console = new Console(process.stderr, process.stderr);
  const connection = createConnection(
    new StreamMessageReader(process.stdin),
    new StreamMessageWriter(process.stdout),
  );
  const server = serve(connection, createEngine);

  const leave = (exitCode: number): void => {
    setTimeout(() => process.exit(exitCode), graceMs);
    server.stop().then(
      () => process.exit(exitCode),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  // A server without a client must not stay behind, however the client went.
  process.stdin.once('close', () => {
    leave(0);
  });
  process.stdout.once('error', () => {
    leave(0);
  });
  process.once('SIGTERM', () => {
    leave(143);
  });
  // Ctrl-C reaches every process of a terminal. The client decides what it means: it cancels, then closes the pipe.
  process.on('SIGINT', () => undefined);
}
