import { ErrorCodes, LSPErrorCodes, ResponseError } from 'vscode-languageserver/node';
import { expectedFailure, type ErrorData } from '../../protocol/errors';
import { CancelledError, ExpectedError } from '../errors';

/** Every answer to a request that brought no result. */
export const refusal = {
  cancelled: () => new ResponseError(LSPErrorCodes.RequestCancelled, new CancelledError().message),
  notInitialized: () =>
    new ResponseError(ErrorCodes.ServerNotInitialized, 'Send `initialize` before any other request.'),
  initializedTwice: () =>
    new ResponseError(ErrorCodes.InvalidRequest, '`initialize` may be sent only once on a connection.'),
  shutDown: () => new ResponseError(ErrorCodes.InvalidRequest, 'The server is shutting down.'),
  streamTokenInUse: () =>
    new ResponseError(
      ErrorCodes.InvalidParams,
      'Invalid parameters: streamToken belongs to a request that is still running.',
      { field: 'streamToken' },
    ),
};

/**
 * Turns what was thrown into what travels. A cancelled request is answered as cancelled whatever it threw on
 * its way out; what nobody expected is also logged with its stack, because the client sees only the message.
 */
export function toResponseError(
  error: unknown,
  signal: AbortSignal | undefined,
  log: (text: string) => void,
): ResponseError<unknown> {
  if (error instanceof ResponseError) return error as ResponseError<unknown>;
  if (error instanceof CancelledError) return refusal.cancelled();
  if (error instanceof ExpectedError) {
    if (signal?.aborted) return refusal.cancelled();
    return new ResponseError<ErrorData>(expectedFailure, error.message, { code: error.code });
  }
  const isAbort = error instanceof Error && error.name === 'AbortError';
  if (!isAbort) log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  if (signal?.aborted) return refusal.cancelled();
  return new ResponseError(ErrorCodes.InternalError, error instanceof Error ? error.message : String(error));
}
