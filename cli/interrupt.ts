/** Why a command stops before its end. `outputClosed`: whoever read standard output has seen enough (`| head`). */
export type StopReason = 'SIGINT' | 'SIGTERM' | 'outputClosed';

const exitCodes: Record<StopReason, number> = { SIGINT: 130, SIGTERM: 143, outputClosed: 0 };

export interface Interrupt {
  signal: AbortSignal;
  /** What the process ends with; undefined where nothing interrupted it. */
  exitCode(): number | undefined;
  reason(): StopReason | undefined;
}

/**
 * Turns signals and a closed pipe into one abort: the running request is cancelled and the server closes in
 * order. A second signal ends the process at once, and the server with it.
 */
export function watchForInterrupt(): Interrupt {
  const controller = new AbortController();
  let reason: StopReason | undefined;
  const stop = (next: StopReason): void => {
    if (reason !== undefined && next !== 'outputClosed') process.exit(exitCodes[next]);
    reason ??= next;
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    stop('outputClosed');
  });
  // Nobody reads the messages any more; the exit code still tells.
  process.stderr.on('error', () => undefined);
  return {
    signal: controller.signal,
    exitCode: () => reason && exitCodes[reason],
    reason: () => reason,
  };
}
