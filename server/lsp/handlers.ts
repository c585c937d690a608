import { method, type StreamToken } from '../../protocol/messages';
import type { Emit, Engine } from '../answering/engine';
import type { Check } from './check';
import { params } from './params';

/** A request whose parameters have been checked. */
export interface CheckedRequest {
  streamToken?: StreamToken;
  start(engine: Engine, emit: Emit, signal: AbortSignal): Promise<unknown>;
}

type RequestHandler = (given: unknown) => CheckedRequest;

type Method = (typeof method)[keyof typeof method];
type RequestMethod = Exclude<Method, typeof method.cancel | typeof method.stream>;

function handler<Params extends object>(
  check: Check<Params>,
  call: (engine: Engine, params: Params, emit: Emit, signal: AbortSignal) => Promise<unknown>,
): RequestHandler {
  return (given) => {
    const checked: Params & { streamToken?: StreamToken } = check(given);
    return {
      ...(checked.streamToken === undefined ? {} : { streamToken: checked.streamToken }),
      start: (engine, emit, signal) => call(engine, checked, emit, signal),
    };
  };
}

/** Protocol in, engine call, protocol out: one line per method, and no method of the protocol without one. */
export const handlers: Record<RequestMethod, RequestHandler> = {
  [method.index]: handler(params.index, (engine, ...rest) => engine.index(...rest)),
  [method.indexEstimate]: handler(params.indexEstimate, (engine, ...rest) => engine.indexEstimate(...rest)),
  [method.indexClear]: handler(params.indexClear, (engine, ...rest) => engine.indexClear(...rest)),
  [method.search]: handler(params.search, (engine, ...rest) => engine.search(...rest)),
  [method.whyNot]: handler(params.whyNot, (engine, ...rest) => engine.whyNot(...rest)),
  [method.ask]: handler(params.ask, (engine, ...rest) => engine.ask(...rest)),
  [method.explain]: handler(params.explain, (engine, ...rest) => engine.explain(...rest)),
  [method.summarize]: handler(params.summarize, (engine, ...rest) => engine.summarize(...rest)),
  [method.summarizeChanges]: handler(params.summarizeChanges, (engine, ...rest) =>
    engine.summarizeChanges(...rest),
  ),
  [method.verify]: handler(params.verify, (engine, ...rest) => engine.verify(...rest)),
  [method.status]: handler(params.status, (engine, checked) => engine.status(checked)),
  [method.modelAdd]: handler(params.modelAdd, (engine, ...rest) => engine.modelAdd(...rest)),
  [method.modelList]: handler(params.none, (engine) => engine.modelList()),
  [method.modelVerify]: handler(params.modelName, (engine, checked) => engine.modelVerify(checked)),
  [method.modelRemove]: handler(params.modelName, (engine, checked) => engine.modelRemove(checked)),
};
