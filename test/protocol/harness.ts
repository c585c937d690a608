import { PassThrough } from 'node:stream';
import { createMessageConnection, ResponseError, type MessageConnection } from 'vscode-jsonrpc/node';
import { createConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-languageserver/node';
import { expect } from 'vitest';
import { method, type StreamEvent, type StreamParams } from '../../protocol/messages';
import { serve, type EngineFactory, type Server } from '../../server/lsp/serve';

export interface Harness {
  client: MessageConnection;
  server: Server;
  /** Every stream event that arrived, with its token. */
  streamed: StreamParams[];
  /** What the server wrote to the client's log. */
  logged: string[];
  eventsOf(streamToken: string): StreamEvent[];
}

/** The real handlers and the real wire format, over two streams in memory. */
export function connect(createEngine: EngineFactory): Harness {
  const toServer = new PassThrough();
  const toClient = new PassThrough();
  const connection = createConnection(new StreamMessageReader(toServer), new StreamMessageWriter(toClient));
  const server = serve(connection, createEngine);
  const client = createMessageConnection(toClient, toServer);
  const streamed: StreamParams[] = [];
  const logged: string[] = [];
  client.onNotification(method.stream, (params: StreamParams) => {
    streamed.push(params);
  });
  client.onNotification('window/logMessage', (params: { message: string }) => {
    logged.push(params.message);
  });
  client.listen();
  return {
    client,
    server,
    streamed,
    logged,
    eventsOf: (token) =>
      streamed.filter(({ streamToken }) => streamToken === token).map(({ event }) => event),
  };
}

export function initialize(client: MessageConnection, initializationOptions?: unknown): Promise<unknown> {
  return client.sendRequest('initialize', {
    processId: null,
    rootUri: null,
    capabilities: {},
    initializationOptions,
  });
}

/** Sends a request that must fail, and returns how. */
export async function failureOf(
  client: MessageConnection,
  name: string,
  params?: unknown,
): Promise<{ code: number; message: string; data?: unknown }> {
  const error: unknown = await client.sendRequest(name, params).then(
    (result) => expect.fail(`answered ${JSON.stringify(result)}`),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ResponseError);
  return error as ResponseError<unknown>;
}
