// The extension that lets suites outside reach the vscode API inside.
//
// VS Code has an own way to run tests in the extension host (a development host started with the path of a test
// module), but it can do one run per window, in a window that behaves unlike a user's: other storage, other titles, no
// reload. A driver that connects back keeps the window ordinary, and a suite can mix what a user does in the page
// with what the API says about it.
import { createConnection, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import * as vscode from 'vscode';
import { socketVariable, type InHostResult, type InHostTests, type Reply, type Request } from './messages';

const testMs = 60_000;

export function activate(context: vscode.ExtensionContext): void {
  const path = process.env[socketVariable];
  if (path === undefined) return;
  const socket = createConnection(path);
  context.subscriptions.push({ dispose: () => socket.destroy() });
  socket.on('error', (error) => {
    console.error(error);
  });
  createInterface(socket).on('line', (line) => {
    void answer(socket, JSON.parse(line) as Request);
  });
}

async function answer(socket: Socket, request: Request): Promise<void> {
  let reply: Reply;
  try {
    const value = request.kind === 'evaluate' ? await evaluate(request) : await run(request.module);
    reply = { id: request.id, value };
  } catch (error) {
    reply = { id: request.id, error: textOf(error) };
  }
  socket.write(`${JSON.stringify(reply)}\n`);
}

function evaluate({ source, argument }: Extract<Request, { kind: 'evaluate' }>): unknown {
  // The source comes from the suite that started this process; `require` is handed in because a function made from
  // text has none.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const call = new Function('require', `return (${source});`) as (
    load: NodeJS.Require,
  ) => (api: typeof vscode, given: unknown) => unknown;
  return call(require)(vscode, argument);
}

async function run(module: string): Promise<InHostResult[]> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- known only now, and bundled as CommonJS
  const { tests } = require(module) as { tests: InHostTests };
  const results: InHostResult[] = [];
  for (const [name, test] of Object.entries(tests)) {
    const started = performance.now();
    const error = await failureOf(test);
    const elapsedMs = performance.now() - started;
    results.push({ name, elapsedMs, ...(error !== undefined && { error }) });
  }
  return results;
}

async function failureOf(test: InHostTests[string]): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`The test was still running after ${testMs / 1000} seconds.`));
    }, testMs);
  });
  try {
    await Promise.race([test(), late]);
    return undefined;
  } catch (error) {
    return textOf(error);
  } finally {
    clearTimeout(timer);
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
