import { Tensor, type InferenceSession } from 'onnxruntime-node';
import type { NativeKvCache } from './kvCache';
import { sliceOf, type GivenRows } from './kvRows';

/** Token ids are 64-bit integers to the graph; here only the low half of each is written or read. */
const halvesPerId = 2;

/** Tokens [start, start + count) in one run; the last `judged` of them get logits. */
export interface TokenRun {
  tokens: ArrayLike<number>;
  start: number;
  count: number;
  judged: number;
  signal: AbortSignal;
}

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
 * What the reader graph is given and gives, over the memory of one cache. For one run at a time.
 *
 * Nothing of the cache is an output, since whatever a run returns is copied: only its new rows are, and are written
 * behind the others.
 */
export class ReaderBinding {
  private readonly logitCount = new BigInt64Array(1);
  private readonly runRoom = new BigInt64Array(1);
  private readonly feeds: Feeds;
  private readonly newRows: Fetches = {};
  private readonly choiceFetches: Fetches;
  private readonly logitFetches: Fetches;
  /** Whose rows, and how many of them, the feeds are made of. */
  private given: GivenRows | undefined;
  private givenCount = 0;
  /** By number of rows. */
  private readonly tokens: (TokenIds | undefined)[] = [];
  private readonly answerRows: (Tensor | undefined)[] = [];
  private readonly choices: (TokenIds | undefined)[] = [];

  /** @param hasDeltas whether the graph is told which rows are an answer's */
  constructor(
    private readonly cache: NativeKvCache,
    private readonly hasDeltas: boolean,
  ) {
    this.feeds = {
      run_room: new Tensor('int64', this.runRoom, [1]),
      logit_count: new Tensor('int64', this.logitCount, [1]),
    };
    for (let layer = 0; layer < cache.shape.layers; layer++) {
      this.newRows[`turned_key.${layer}`] = null;
      this.newRows[`value.${layer}`] = null;
    }
    this.choiceFetches = { ...this.newRows };
    this.logitFetches = this.fetch(['logits']);
  }

  /** The inputs of a run after the cached tokens. */
  feed({ tokens, start, count, judged }: TokenRun): Feeds {
    const ids = (this.tokens[count] ??= new TokenIds(count, [1, count]));
    ids.write(tokens, start, count);
    this.feeds['tokens'] = ids.tensor;
    this.logitCount[0] = BigInt(judged);
    if (this.hasDeltas) this.feeds['answer_rows'] = this.answerShares(count);
    this.feedCache();
    return this.feeds;
  }

  /** [1, count, 1] 1 for each row of the answer. */
  private answerShares(count: number): Tensor {
    const shares = (this.answerRows[count] ??= new Tensor('float32', new Float32Array(count), [1, count, 1]));
    const before = Math.min(count, Math.max(0, this.cache.answersFrom - this.cache.length));
    (shares.data as Float32Array).fill(0, 0, before).fill(1, before);
    return shares;
  }

  private feedCache(): void {
    const { given, run } = this.cache.partsForRun();
    const { kvHeads, headDim } = this.cache.shape;
    const slice = sliceOf(this.cache.shape);
    this.runRoom[0] = BigInt(run.room);
    const isNew = this.given !== given || this.givenCount !== given.length;
    for (const [part, name] of [
      ['keys', 'key'],
      ['values', 'value'],
    ] as const) {
      run[part].forEach((rows, layer) => {
        this.feeds[`run_${name}.${layer}`] = firstRows(rows, [run.length, kvHeads, headDim]);
      });
      if (!isNew) continue;
      const dims =
        part === 'keys' ? [kvHeads, given.length, headDim] : [kvHeads, headDim / slice, given.length, slice];
      given[part].forEach((rows, layer) => {
        this.feeds[`given_${name}.${layer}`] = firstRows(rows, dims);
      });
    }
    this.given = given;
    this.givenCount = given.length;
  }

  /** Fetches outputs beside the new rows. */
  fetch(outputs: readonly string[]): Fetches {
    return { ...this.newRows, ...Object.fromEntries(outputs.map((name) => [name, null])) };
  }

  /**
   * Fetches the logits of the judged tokens beside the new rows. No memory is given for them: the runtime makes an
   * array of its own all the same.
   */
  fetchLogits(): Fetches {
    return this.logitFetches;
  }

  /** Fetches the choices after each of the last `count` tokens beside the new rows. */
  fetchChoices(count: number): Fetches {
    const ids = (this.choices[count] ??= new TokenIds(count, [count]));
    this.choiceFetches['choices'] = ids.tensor;
    return this.choiceFetches;
  }

  /** The choices of the last run that fetched `count` of them, into target [count]. */
  readChoices(target: Int32Array, count: number): void {
    this.choices[count]!.read(target, count);
  }

  /** Appends the new rows of a run to the cache, unless it was given back meanwhile. */
  keep(results: InferenceSession.OnnxValueMapType, count: number): void {
    if (this.cache.isDisposed) return;
    const { run } = this.cache.partsForRun();
    for (let layer = 0; layer < this.cache.shape.layers; layer++) {
      const rowsOf = (name: string): Float32Array => results[`${name}.${layer}`]!.data as Float32Array;
      run.write(layer, rowsOf('turned_key'), rowsOf('value'));
    }
    this.cache.grow(count);
  }
}

function firstRows(rows: Float32Array, dims: readonly number[]): Tensor {
  return new Tensor(
    'float32',
    rows.subarray(
      0,
      dims.reduce((product, dim) => product * dim, 1),
    ),
    dims,
  );
}
