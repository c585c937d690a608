import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CancellationTokenSource, ResponseError } from 'vscode-jsonrpc/node';
import { expectedFailure, type ErrorData } from '../protocol/errors';
import {
  method,
  type AnswerResult,
  type AskParams,
  type ExplainParams,
  type IndexEstimate,
  type IndexEstimateParams,
  type IndexParams,
  type IndexReport,
  type InitializationOptions,
  type ModelAddParams,
  type ModelListResult,
  type ModelNameParams,
  type ModelRemoveResult,
  type ModelSummary,
  type ModelVerifyResult,
  type SearchParams,
  type SearchResult,
  type StatusParams,
  type StatusResult,
  type StreamEvent,
  type StreamParams,
  type StreamToken,
  type SummarizeParams,
  type SummaryResult,
} from '../protocol/messages';
import type { VerifyParams, VerifyResult } from '../protocol/verify';
import { CommandFailure, failure, Interrupted } from './failures';
import { startServer, type ServerProcess } from './serverProcess';

/** What each request takes and brings. */
interface Requests {
  [method.index]: { params: IndexParams; result: IndexReport };
  [method.indexEstimate]: { params: IndexEstimateParams; result: IndexEstimate };
  [method.search]: { params: SearchParams; result: SearchResult };
  [method.ask]: { params: AskParams; result: AnswerResult };
  [method.explain]: { params: ExplainParams; result: AnswerResult };
  [method.summarize]: { params: SummarizeParams; result: SummaryResult };
  [method.verify]: { params: VerifyParams; result: VerifyResult };
  [method.status]: { params: StatusParams; result: StatusResult };
  [method.modelAdd]: { params: ModelAddParams; result: ModelSummary };
  [method.modelList]: { params: object; result: ModelListResult };
  [method.modelVerify]: { params: ModelNameParams; result: ModelVerifyResult };
  [method.modelRemove]: { params: ModelNameParams; result: ModelRemoveResult };
}

export type OnEvent = (event: StreamEvent) => void;

/** A running server that has been initialized. */
export interface Session {
  /** @throws CommandFailure with a message for the user, or Interrupted once the server has let go. */
  request<Name extends keyof Requests>(
    name: Name,
    params: Requests[Name]['params'],
    onEvent?: OnEvent,
    /** Cancels this request alone. */
    signal?: AbortSignal,
  ): Promise<Requests[Name]['result']>;
  close: () => Promise<void>;
}

export interface SessionOptions {
  serverPath: string;
  initialization: InitializationOptions;
  /** Cancels the request that runs, and every later one. */
  signal: AbortSignal;
}

/** How long a process whose pipe broke may take to end. */
const endingMs = 1_000;
/** LSP's answer to a cancelled request. */
const requestCancelled = -32_800;
const invalidParams = -32_602;

export async function openSession(options: SessionOptions): Promise<Session> {
  const server = startServer(options.serverPath);
  const { connection } = server;
  const listeners = new Map<StreamToken, OnEvent>();
  connection.onNotification(method.stream, ({ streamToken, event }: StreamParams) => {
    listeners.get(streamToken)?.(event);
  });
  connection.listen();

  const send = async (name: string, params: object, own?: AbortSignal): Promise<unknown> => {
    const signal = own ? AbortSignal.any([options.signal, own]) : options.signal;
    if (signal.aborted) throw new Interrupted();
    const source = new CancellationTokenSource();
    const cancel = (): void => {
      source.cancel();
    };
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return await Promise.race([connection.sendRequest(name, params, source.token), server.died]);
    } catch (error) {
      throw toFailure(await causeOf(error, server), signal, server.lastLines);
    } finally {
      signal.removeEventListener('abort', cancel);
      source.dispose();
    }
  };

  const session: Session = {
    async request(name, params, onEvent, signal) {
      const streamToken = randomUUID();
      if (onEvent) listeners.set(streamToken, onEvent);
      try {
        const result = await send(name, onEvent ? { ...params, streamToken } : params, signal);
        return result as Requests[typeof name]['result'];
      } finally {
        listeners.delete(streamToken);
      }
    },
    close: server.close,
  };
  try {
    await send('initialize', {
      processId: process.pid,
      rootUri: null,
      capabilities: {},
      initializationOptions: options.initialization,
    });
    await connection.sendNotification('initialized', {});
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** A pipe breaks a moment before its process ends; how the process ended is the better message. */
async function causeOf(error: unknown, server: ServerProcess): Promise<unknown> {
  if (error instanceof ResponseError || error instanceof CommandFailure || error instanceof Interrupted)
    return error;
  return Promise.race([server.died, sleep(endingMs, error)]).catch((death: unknown) => death);
}

function toFailure(error: unknown, signal: AbortSignal, lastLines: readonly string[]): Error {
  if (signal.aborted) return new Interrupted();
  if (error instanceof CommandFailure) return error;
  if (!(error instanceof ResponseError)) return failure.serverBroken(String(error), lastLines);
  if (error.code === requestCancelled) return new Interrupted();
  if (error.code === expectedFailure) {
    return new CommandFailure(error.message, (error.data as ErrorData | undefined)?.code);
  }
  if (error.code === invalidParams) return failure.refused(error.message);
  return failure.serverBroken(error.message, lastLines);
}
