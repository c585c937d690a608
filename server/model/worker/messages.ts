/**
 * What the server's main thread and a model worker say to each other. Every call is answered, and calls begin in the
 * order in which they were sent. Large arrays are given away (transferred); logits leave the worker only where
 * they are asked for.
 *
 * A cache's length is known to the main thread alone: each call says after how many tokens it works, so that
 * forgetting tokens needs no message.
 */

import type { ErrorCode } from '../../../protocol/errors';
import { CancelledError, ExpectedError } from '../../errors';
import type { ContrastWeights } from '../contrast';
import type { EncodableWindow } from '../encoder';
import type { RawKv } from '../kvCache';
import type { EncoderSpec, FormTimes, Opened, ReaderSpec, SaveSpec } from '../runtime';
import type { Sampling } from '../sampling';

/** Whether a user waits for what the worker does. */
export type Lane = 'interactive' | 'background';

/** What a worker is started with. */
export interface WorkerStart {
  lane: Lane;
}

/** A graph, by the worker's own number for it. */
export type OpenedGraph = Opened<number>;

/** Tokens that are run after the first `at` of a cache. */
interface CacheRun {
  cacheId: number;
  at: number;
  /** As the cache's own. */
  answersFrom: number;
  tokens: Int32Array;
}

/** A contrast whose cache is the worker's. */
export interface SentContrast extends ContrastWeights {
  cacheId: number;
}

/** What can be asked of a worker, by name. */
export interface WorkerCalls {
  openEncoder: { params: EncoderSpec; result: OpenedGraph };
  openReader: { params: ReaderSpec; result: OpenedGraph };
  saveGraph: { params: SaveSpec; result: null };
  timeForms: { params: { threads: number }; result: FormTimes };
  encodeKeys: { params: { graphId: number; windows: EncodableWindow[] }; result: Float32Array[] };
  encodeQuery: {
    params: { graphId: number; tokens: Int32Array; margins: readonly [number, number] };
    result: Float32Array;
  };
  createCache: {
    params: { graphId: number; cacheId: number; capacity: number; given: number | undefined };
    result: null;
  };
  append: { params: { cacheId: number; at: number; raw: RawKv }; result: null };
  disposeCache: { params: { cacheId: number }; result: null };
  logitsAfter: { params: CacheRun; result: Float32Array };
  /** Drawn in the worker, or greedily. */
  choiceAfter: { params: CacheRun & { sampling: Sampling | undefined }; result: number };
  /** The choice after each token. */
  judge: { params: CacheRun & { choosing: Sampling | SentContrast | undefined }; result: Int32Array };
  rawKv: { params: { cacheId: number; at: number; from: number; to: number }; result: RawKv };
  losses: { params: CacheRun & { given: number }; result: Float32Array };
  encodeKv: { params: CacheRun; result: RawKv };
}

export type CallName = keyof WorkerCalls;
export type ParamsOf<Name extends CallName> = WorkerCalls[Name]['params'];
export type ResultOf<Name extends CallName> = WorkerCalls[Name]['result'];

export type ToWorker =
  | { [Name in CallName]: { id: number; call: Name; params: ParamsOf<Name> } }[CallName]
  /** Heard between two native runs; the call is answered all the same. */
  | { cancel: number };

export type Answer = { id: number; result: unknown } | { id: number; failure: CarriedFailure };

export type FromWorker =
  | Answer
  /** A graph has left CUDA; sent before the answer to the call that found it. */
  | { note: string };

/** An error as it crosses: what kind it is decides what the user is told. */
export type CarriedFailure =
  | { kind: 'expected'; code: ErrorCode; message: string }
  | { kind: 'cancelled' }
  | { kind: 'broken'; message: string; stack: string | undefined };

export function packFailure(error: unknown): CarriedFailure {
  if (error instanceof ExpectedError) return { kind: 'expected', code: error.code, message: error.message };
  if (error instanceof CancelledError) return { kind: 'cancelled' };
  if (error instanceof Error) return { kind: 'broken', message: error.message, stack: error.stack };
  return { kind: 'broken', message: String(error), stack: undefined };
}

export function unpackFailure(carried: CarriedFailure): Error {
  if (carried.kind === 'expected') return new ExpectedError(carried.code, carried.message);
  if (carried.kind === 'cancelled') return new CancelledError();
  const error = new Error(carried.message);
  // Where it happened, not where it was read.
  if (carried.stack !== undefined) error.stack = carried.stack;
  return error;
}
