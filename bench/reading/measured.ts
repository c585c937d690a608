/** Of one question. */
export interface Measured {
  id: string;
  /** That the workspace holds an answer, by what routing found. */
  probability: number;
  /** By the names of the ways. */
  ways: Record<string, MeasuredWay>;
}

export interface MeasuredWay {
  /** Of the reference answer, nats per token. */
  loss: number;
  /** Shares of key facts and of gold spans in what was read. */
  facts: number;
  spans: number;
}
