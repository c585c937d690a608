import type { CancellationToken } from 'vscode-languageserver/node';
import type { StreamToken } from '../../protocol/messages';
import { throwIfCancelled } from '../errors';
import { refusal } from './failures';

interface RunningRequest {
  controller: AbortController;
  settled: Promise<unknown>;
}

/** The requests the engine is working on, so that they can be cancelled by id, by stream token or all at once. */
export class RunningRequests {
  private readonly running = new Set<RunningRequest>();
  private readonly byStreamToken = new Map<StreamToken, AbortController>();

  /** Runs `work` under a signal that follows `token`; the answer of a cancelled request is always `CancelledError`. */
  async run<Result>(
    streamToken: StreamToken | undefined,
    token: CancellationToken,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    if (streamToken !== undefined && this.byStreamToken.has(streamToken)) throw refusal.streamTokenInUse();
    const controller = new AbortController();
    if (token.isCancellationRequested) controller.abort();
    const listener = token.onCancellationRequested(() => {
      controller.abort();
    });
    if (streamToken !== undefined) this.byStreamToken.set(streamToken, controller);
    const result = startWork(work, controller.signal);
    const request = { controller, settled: result.catch(() => undefined) };
    this.running.add(request);
    try {
      return await result;
    } finally {
      listener.dispose();
      this.running.delete(request);
      if (streamToken !== undefined) this.byStreamToken.delete(streamToken);
    }
  }

  /** A token nobody runs under is no failure: its request may just have been answered. */
  cancel(streamToken: StreamToken): void {
    this.byStreamToken.get(streamToken)?.abort();
  }

  /** Cancels everything and waits until the engine has let go of it. */
  async cancelAll(): Promise<void> {
    const requests = [...this.running];
    for (const request of requests) request.controller.abort();
    await Promise.all(requests.map((request) => request.settled));
  }
}

async function startWork<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  throwIfCancelled(signal);
  const result = await work(signal);
  throwIfCancelled(signal);
  return result;
}
