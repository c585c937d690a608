/** How long the rest will take, by what was measured in the last minute; nothing is said before enough was. Pure. */

/** Older measurements speak of a machine that was busy with something else. */
const windowMs = 60_000;
/** Less says more about loading than about encoding. */
const measuredTokensMin = 4_096;
const measuredMsMin = 10_000;

export class RemainingTime {
  readonly #samples: { tokens: number; ms: number }[] = [];
  #tokens = 0;
  #ms = 0;

  /** @param ms time at work, pauses of a slow machine included, time spent waiting for the user not */
  add(tokens: number, ms: number): void {
    this.#samples.push({ tokens, ms });
    this.#tokens += tokens;
    this.#ms += ms;
    while (this.#samples.length > 1 && this.#ms - this.#samples[0]!.ms >= windowMs) {
      const oldest = this.#samples.shift()!;
      this.#tokens -= oldest.tokens;
      this.#ms -= oldest.ms;
    }
  }

  /** Undefined until enough was measured. */
  secondsFor(tokens: number): number | undefined {
    if (this.#tokens < measuredTokensMin || this.#ms < measuredMsMin) return undefined;
    return (tokens * this.#ms) / this.#tokens / 1_000;
  }
}
