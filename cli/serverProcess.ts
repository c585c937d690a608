import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import { failure } from './failures';

/** How long the server may take to close in order before it is killed. */
const graceMs = 5_000;
/** Enough of the server's last lines to tell why it died. */
const lastLinesMax = 20;

export interface ServerProcess {
  connection: MessageConnection;
  /** Rejects once the process has ended, and says how; never resolves. */
  died: Promise<never>;
  lastLines: readonly string[];
  /** Closes in order, or kills the process after a grace period. */
  close: () => Promise<void>;
}

export function startServer(serverPath: string): ServerProcess {
  const child = spawn(process.execPath, [serverPath, '--stdio'], { windowsHide: true });
  const killChild = (): void => {
    child.kill('SIGKILL');
  };
  // However this process ends, the server does not stay behind.
  process.once('exit', killChild);
  const lastLines = collectLastLines(child);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('close', (exitCode, signal) => {
      resolve(signal ? `signal ${signal}` : `exit code ${exitCode ?? 'unknown'}`);
    });
  });
  const died = ended.then((how): never => {
    throw failure.serverDied(how, lastLines);
  });
  // Nobody may be waiting when it dies; the next request will be told.
  died.catch(() => undefined);

  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  // A write to a dead server fails here; that it died is reported above.
  connection.onError(() => undefined);
  child.stdin.on('error', () => undefined);
  connection.onNotification('window/logMessage', (log: { message: string }) => {
    keepLastLines(lastLines, log.message.split('\n'));
  });

  const closeInOrder = async (): Promise<void> => {
    await connection.sendRequest('shutdown');
    await connection.sendNotification('exit');
    await ended;
  };
  const close = async (): Promise<void> => {
    // A server that can no longer be spoken to is killed below.
    const inOrder = closeInOrder().catch(() => undefined);
    const timer = new AbortController();
    await Promise.race([inOrder, ended, sleep(graceMs, undefined, { signal: timer.signal })]);
    timer.abort();
    killChild();
    await ended;
    process.removeListener('exit', killChild);
    connection.dispose();
  };
  return { connection, died, lastLines, close };
}

function collectLastLines(child: ChildProcessWithoutNullStreams): string[] {
  const lastLines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    keepLastLines(lastLines, [line]);
  });
  return lastLines;
}

function keepLastLines(lastLines: string[], lines: readonly string[]): void {
  lastLines.push(...lines);
  lastLines.splice(0, Math.max(0, lastLines.length - lastLinesMax));
}
