import { Worker } from 'node:worker_threads';
import { assertInvariant, CancelledError, failure, throwIfCancelled } from '../../errors';
import { messageOf } from '../manifest';
import type { OnFallBack } from '../runtime';
import {
  unpackFailure,
  type Answer,
  type CallName,
  type FromWorker,
  type Lane,
  type ParamsOf,
  type ResultOf,
  type ToWorker,
  type WorkerStart,
} from './messages';

/** Calls that may be under way: far more than requests run at once; more means that something calls without waiting. */
const callsMax = 4_096;

interface PendingCall {
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
}

interface CallOptions {
  /** Ends the waiting at once, and the work between two native runs. */
  signal?: AbortSignal;
  /** Memory that is given away with the parameters. */
  transfer?: readonly ArrayBuffer[];
}

interface WorkerEvents {
  /** The thread has ended although nobody closed it. */
  onCrash: (error: Error) => void;
  onFallBack: OnFallBack;
}

/** One thread that runs the model, from its start to its end. Holds the process only while a call is under way. */
export class ModelWorker {
  private readonly worker: Worker;
  private readonly pending = new Map<number, PendingCall>();
  private nextId = 1;
  private ended: Error | undefined;
  /** When the last call was sent or answered. */
  private usedAtMs = performance.now();

  constructor(
    path: string,
    lane: Lane,
    private readonly events: WorkerEvents,
  ) {
    const start: WorkerStart = { lane };
    this.worker = new Worker(path, { workerData: start, name: `landmark-model-${lane}` });
    this.worker.unref();
    this.worker.on('message', (message: FromWorker) => {
      this.hear(message);
    });
    this.worker.on('error', (error) => {
      this.crash(messageOf(error));
    });
    this.worker.on('messageerror', (error) => {
      this.crash(messageOf(error));
    });
    this.worker.on('exit', (exitCode) => {
      this.crash(`exit code ${exitCode}`);
    });
  }

  /** @throws what the worker threw; `modelStopped` where the thread has ended */
  async call<Name extends CallName>(
    name: Name,
    params: ParamsOf<Name>,
    { signal, transfer = [] }: CallOptions = {},
  ): Promise<ResultOf<Name>> {
    if (signal) throwIfCancelled(signal);
    if (this.ended) throw this.ended;
    assertInvariant(this.pending.size < callsMax, `fewer than ${callsMax} calls of the model under way`);
    const id = this.nextId++;
    let onAbort: (() => void) | undefined;
    const answered = new Promise<unknown>((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      onAbort = () => {
        this.post({ cancel: id });
        reject(new CancelledError());
      };
    });
    if (this.pending.size === 1) this.worker.ref();
    signal?.addEventListener('abort', onAbort!, { once: true });
    try {
      this.send({ id, call: name, params } as ToWorker & { id: number }, transfer);
      return (await answered) as ResultOf<Name>;
    } finally {
      signal?.removeEventListener('abort', onAbort!);
    }
  }

  /** For how long nothing has been asked and nothing answered; 0 while a call is under way. */
  get idleMs(): number {
    return this.pending.size > 0 ? 0 : performance.now() - this.usedAtMs;
  }

  /** Ends the thread after the native run that holds it; calls under way fail. */
  async close(): Promise<void> {
    this.end(failure.modelUnloaded());
    await this.worker.terminate();
  }

  /** What cannot be sent is never answered, so it must not be waited for. */
  private send(message: ToWorker & { id: number }, transfer: readonly ArrayBuffer[]): void {
    try {
      this.post(message, transfer);
    } catch (error) {
      this.finish(message.id);
      throw error;
    }
  }

  private post(message: ToWorker, transfer: readonly ArrayBuffer[] = []): void {
    this.usedAtMs = performance.now();
    this.worker.postMessage(message, transfer);
  }

  private hear(message: FromWorker): void {
    if (!('note' in message)) this.settle(message);
    else if (!this.ended) this.events.onFallBack(message.note);
  }

  private settle(message: Answer): void {
    this.usedAtMs = performance.now();
    const call = this.finish(message.id);
    if ('failure' in message) call?.reject(unpackFailure(message.failure));
    else call?.resolve(message.result);
  }

  private finish(id: number): PendingCall | undefined {
    const call = this.pending.get(id);
    this.pending.delete(id);
    if (this.pending.size === 0) this.worker.unref();
    return call;
  }

  private crash(detail: string): void {
    if (this.ended) return;
    const error = failure.modelCrashed(detail);
    this.end(error);
    this.events.onCrash(error);
  }

  private end(error: Error): void {
    this.ended ??= error;
    for (const { reject } of this.pending.values()) reject(this.ended);
    this.pending.clear();
    this.worker.unref();
  }
}
