import type { RemoteError } from './remoteRecords';
import { type RemoteTrouble } from './remoteRecords';

/** The first pause after a failure; each further failure in a row doubles it. */
const firstPauseMs = 5_000;
const pauseMsMax = 5 * 60_000;

/** Whether something is worth another try: after a failure it is left alone for a while, longer each time. */
export class Backoff {
  #failures = 0;
  #untilMs = 0;
  #error: RemoteError | undefined;

  constructor(private readonly clock: () => number) {}

  get trouble(): RemoteTrouble | undefined {
    return this.#error?.trouble;
  }

  /** Of the last failure, until something succeeds. */
  get problem(): string | undefined {
    return this.#error?.message;
  }

  /** How long to leave it alone; 0 where it may be tried. */
  get pauseMs(): number {
    return Math.max(0, this.#untilMs - this.clock());
  }

  succeeded(): void {
    this.#failures = 0;
    this.#untilMs = 0;
    this.#error = undefined;
  }

  failed(error: RemoteError): void {
    const pauseMs = error.trouble === 'refused' ? pauseMsMax : firstPauseMs * 2 ** this.#failures;
    this.#untilMs = this.clock() + Math.min(pauseMs, pauseMsMax);
    this.#failures++;
    this.#error = error;
  }
}
