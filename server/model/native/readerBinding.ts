import { Tensor } from 'onnxruntime-node';
import type { NativeKvCache } from './kvCache';

/** Token ids are 64-bit integers to the graph; here only the low half of each is written or read. */
const halvesPerId = 2;

type Feeds = Record<string, Tensor>;
type Fetches = Record<string, Tensor | null>;

/** `count` token ids: the graph's tensor over them, and the low halves (little endian, as every platform here). */
class TokenIds {
  private readonly low: Int32Array;
  readonly tensor: Tensor;

  constructor(count: number, dims: readonly number[]) {
    const ids = new BigInt64Array(count);
    this.low = new Int32Array(ids.buffer);
    this.tensor = new Tensor('int64', ids, dims);
  }

  write(tokens: ArrayLike<number>, start: number, count: number): void {
    for (let i = 0; i < count; i++) this.low[i * halvesPerId] = tokens[start + i]!;
  }

  read(target: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) target[i] = this.low[i * halvesPerId]!;
  }
}

/**
 * What the reader graph is given and gives, over the memory of one cache. Every tensor is made once and filled
 * again before each run, so that a run with a row count that came before allocates nothing.
 *
 * Past and present name the same memory: the graph appends in place and nothing is copied. For one run at a time.
 */
export class ReaderBinding {
  private readonly lastToken = new Int32Array(1);
  private readonly tokenCount = new Int32Array(1);
  private readonly logitCount = new BigInt64Array(1);
  private readonly logitCountLow = new Int32Array(this.logitCount.buffer);
  private readonly feeds: Feeds;
  private readonly presents: Fetches = {};
  private readonly choiceFetches: Fetches;
  /** By number of rows. */
  private readonly tokens: (TokenIds | undefined)[] = [];
  private readonly choices: (TokenIds | undefined)[] = [];

  constructor({ shape, rows, keys, values }: NativeKvCache, int8Inputs: Readonly<Feeds>) {
    this.feeds = {
      ...int8Inputs,
      last_token: new Tensor('int32', this.lastToken, [1]),
      token_count: new Tensor('int32', this.tokenCount, []),
      logit_count: new Tensor('int64', this.logitCount, [1]),
    };
    for (let layer = 0; layer < shape.layers; layer++) {
      for (const [part, memory] of [
        ['key', keys[layer]!],
        ['value', values[layer]!],
      ] as const) {
        const tensor = new Tensor('float32', memory, [1, shape.kvHeads, rows, shape.headDim]);
        this.feeds[`past_${part}.${layer}`] = tensor;
        this.presents[`present_${part}.${layer}`] = tensor;
      }
    }
    this.choiceFetches = { ...this.presents };
  }

  /**
   * The inputs of a run of tokens [start, start + count) after `cached` ones.
   *
   * @param logitCount how many of the last of them are judged
   */
  feed(tokens: ArrayLike<number>, start: number, count: number, cached: number, logitCount: number): Feeds {
    const ids = (this.tokens[count] ??= new TokenIds(count, [1, count]));
    ids.write(tokens, start, count);
    this.feeds['tokens'] = ids.tensor;
    this.tokenCount[0] = cached + count;
    this.lastToken[0] = cached + count - 1;
    this.logitCountLow[0] = logitCount;
    return this.feeds;
  }

  /** Fetches outputs that the runtime allocates. */
  fetch(outputs: readonly string[]): Fetches {
    return { ...this.presents, ...Object.fromEntries(outputs.map((name) => [name, null])) };
  }

  /** Fetches the choices after each of the last `count` tokens, and nothing else. */
  fetchChoices(count: number): Fetches {
    const ids = (this.choices[count] ??= new TokenIds(count, [count]));
    this.choiceFetches['choices'] = ids.tensor;
    return this.choiceFetches;
  }

  /** The choices of the last run that fetched `count` of them, into target [count]. */
  readChoices(target: Int32Array, count: number): void {
    this.choices[count]!.read(target, count);
  }
}
