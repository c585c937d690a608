import { SingleBar } from 'cli-progress';
import { milestone, progressLine, type ProgressEvent } from './render/progress';
import type { Terminal } from './terminal';

/** Shows progress on standard error: one line that is drawn over on a terminal, milestones elsewhere. */
export interface Progress {
  show(event: ProgressEvent): void;
  /** Clears the line; what is shown next starts a new one. */
  clear(): void;
}

interface Payload {
  event: ProgressEvent;
}

export function createProgress(terminal: Terminal): Progress {
  return terminal.progressBar ? barProgress(terminal) : milestoneProgress(terminal);
}

function milestoneProgress(terminal: Terminal): Progress {
  let previous: ProgressEvent | undefined;
  return {
    show(event) {
      const line = milestone(previous, event);
      previous = event;
      if (line !== undefined) terminal.err(`${line}\n`);
    },
    clear: () => undefined,
  };
}

function barProgress(terminal: Terminal): Progress {
  const { errorColors } = terminal;
  let isShown = false;
  const bar = new SingleBar({
    format: (_options, _params, payload: Payload) =>
      errorColors.dim(progressLine(payload.event, terminal.columns() - 1)),
    stream: process.stderr,
    clearOnComplete: true,
    // Lines are cut to the width above; a terminal whose wrapping or cursor was switched off would stay so after a kill.
    linewrap: true,
    hideCursor: null,
  });
  return {
    show(event) {
      const payload: Payload = { event };
      if (isShown) bar.update(event.done, payload);
      else bar.start(Math.max(1, event.total), event.done, payload);
      isShown = true;
    },
    clear() {
      if (isShown) bar.stop();
      isShown = false;
    },
  };
}
