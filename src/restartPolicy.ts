/** Pauses before the server is started again after its first, second, … crash in a row. */
const pausesMs = [250, 1_000, 4_000, 10_000];
/** A server that ran for so long was well; its next crash counts as the first. */
const wellAfterMs = 3 * 60_000;

/** Decides whether and when a server that crashed is started again. */
export class RestartPolicy {
  private crashes = 0;
  /** Of the server that ran last; undefined where it died before it had started. */
  private startedAtMs: number | undefined;

  started(atMs: number): void {
    this.startedAtMs = atMs;
  }

  /** The pause before the next start; undefined where it has crashed too often. */
  crashed(atMs: number): number | undefined {
    if (this.startedAtMs !== undefined && atMs - this.startedAtMs >= wellAfterMs) this.crashes = 0;
    this.startedAtMs = undefined;
    this.crashes += 1;
    return pausesMs[this.crashes - 1];
  }

  /** The user asks for another try. */
  forgive(): void {
    this.crashes = 0;
  }
}
