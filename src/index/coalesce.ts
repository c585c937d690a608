/** Many changes become one: a switch of branches changes thousands of files within a second. */

export interface QuietPeriod {
  /** It is told when nothing has changed for so long, … */
  quietMs: number;
  /** … or so long after the first change, where it never is quiet. */
  latestMs: number;
}

export class Coalescer {
  private timer: NodeJS.Timeout | undefined;
  private firstAtMs = 0;

  constructor(
    private readonly period: QuietPeriod,
    private readonly onQuiet: () => void,
  ) {}

  /** Costs next to nothing, however often it is called. */
  changed(): void {
    const now = Date.now();
    if (this.timer === undefined) this.firstAtMs = now;
    clearTimeout(this.timer);
    const { quietMs, latestMs } = this.period;
    const ms = Math.max(0, Math.min(quietMs, this.firstAtMs + latestMs - now));
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.onQuiet();
    }, ms);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
