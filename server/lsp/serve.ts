import {
  TextDocumentSyncKind,
  type CancellationToken,
  type Connection,
  type InitializeParams,
  type InitializeResult,
} from 'vscode-languageserver/node';
import { version } from '../../package.json';
import {
  method,
  type InitializationOptions,
  type StreamParams,
  type StreamToken,
} from '../../protocol/messages';
import type { Emit, Engine } from '../answering/engine';
import type { OpenDocuments } from '../workspace/openDocuments';
import { listenToDocuments } from './documents';
import { refusal, toResponseError } from './failures';
import { handlers } from './handlers';
import { params } from './params';
import { RunningRequests } from './runningRequests';

/** Makes the engine once the client has said what it wants; slow work belongs into the engine's first request. */
export type EngineFactory = (
  options: InitializationOptions,
  documents: OpenDocuments,
) => Engine | Promise<Engine>;

export interface Server {
  /** Cancels what runs and disposes the engine; `shutdown` does the same, and twice is no harm. */
  stop(): Promise<void>;
}

type State =
  | { kind: 'uninitialized' }
  | { kind: 'initializing' }
  | { kind: 'ready'; engine: Engine }
  | { kind: 'stopped'; done: Promise<void> };

/** Answers the protocol on a connection. The caller owns the process: what `exit` or a closed pipe means is its. */
export function serve(connection: Connection, createEngine: EngineFactory): Server {
  const requests = new RunningRequests();
  const documents = listenToDocuments(connection);
  let state: State = { kind: 'uninitialized' };
  const log = (text: string): void => {
    connection.console.error(text);
  };

  // Asked through a function, because the state changes while the engine is being made.
  const isStopped = (): boolean => state.kind === 'stopped';

  connection.onInitialize(async (given: InitializeParams) => {
    if (state.kind !== 'uninitialized') throw refusal.initializedTwice();
    state = { kind: 'initializing' };
    try {
      const engine = await createEngine(params.initialization(given.initializationOptions ?? {}), documents);
      if (isStopped()) {
        await engine.dispose();
        throw refusal.shutDown();
      }
      state = { kind: 'ready', engine };
      return initializeResult;
    } catch (error) {
      // The client may correct its options and initialize again.
      if (!isStopped()) state = { kind: 'uninitialized' };
      throw toResponseError(error, undefined, log);
    }
  });

  for (const [name, check] of Object.entries(handlers)) {
    connection.onRequest(name, async (...given: unknown[]) => {
      // The token comes last; parameters that the client left out are not passed at all.
      const token = given.at(-1) as CancellationToken;
      let signalOfRun: AbortSignal | undefined;
      try {
        const engine = readyEngine(state);
        const request = check(given.length > 1 ? given[0] : undefined);
        return await requests.run(request.streamToken, token, async (signal) => {
          signalOfRun = signal;
          const stream = openStream(connection, request.streamToken);
          return await request.start(engine, stream.emit, signal).finally(stream.close);
        });
      } catch (error) {
        return toResponseError(error, signalOfRun, log);
      }
    });
  }

  const cancel = (given: unknown): null => {
    requests.cancel(params.cancel(given).streamToken);
    return null;
  };
  // A request where the client wants to know that it was read, a notification where it does not.
  connection.onRequest(method.cancel, cancel);
  connection.onNotification(method.cancel, (given: unknown) => {
    try {
      cancel(given);
    } catch (error) {
      log(`${method.cancel}: ${error instanceof Error ? error.message : String(error)}`);
    }
  });

  const stop = (): Promise<void> => {
    if (state.kind === 'stopped') return state.done;
    const engine = state.kind === 'ready' ? state.engine : undefined;
    const done = requests.cancelAll().then(() => engine?.dispose());
    state = { kind: 'stopped', done };
    return done;
  };
  connection.onShutdown(stop);
  connection.listen();
  return { stop };
}

const initializeResult: InitializeResult = {
  capabilities: {
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
  },
  serverInfo: { name: 'landmark', version },
};

function readyEngine(state: State): Engine {
  if (state.kind === 'ready') return state.engine;
  throw state.kind === 'stopped' ? refusal.shutDown() : refusal.notInitialized();
}

/** Events of a request that was answered are dropped, so that nothing follows the answer. */
function openStream(
  connection: Connection,
  streamToken: StreamToken | undefined,
): { emit: Emit; close: () => void } {
  let open = streamToken !== undefined;
  return {
    emit: (event) => {
      if (!open || streamToken === undefined) return;
      const message: StreamParams = { streamToken, event };
      connection.sendNotification(method.stream, message).catch(() => {
        // The client has gone: the closed pipe stops the server, and there is nobody left to tell.
        open = false;
      });
    },
    close: () => {
      open = false;
    },
  };
}
