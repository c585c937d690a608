import type { InferenceSession } from 'onnxruntime-node';
import { breathe } from '../../concurrency';
import { assertInvariant, throwIfCancelled } from '../../errors';
import { emptyRaw, type KvCache, type RawKv } from '../kvCache';
import type { BaseShape } from '../manifest';
import {
  isContrast,
  judgedChunkTokens,
  judgedChunkTokensMin,
  judgedRowsMax,
  prefillChunkTokens,
  prefillChunkTokensMin,
  type Choosing,
  type Reader,
} from '../reader';
import { RotaryTable } from '../rotary';
import { largestOf, Sampler, type Sampling } from '../sampling';
import { ContrastChooser } from './contrastChooser';
import { runSize, type GuardedSession } from './guardedSession';
import { NativeKvCache } from './kvCache';
import { RowsMemory } from './kvRows';
import { ReaderBinding, type TokenRun } from './readerBinding';

/** Of contexts that were given back; the context of one window of the default base takes 16 MB. */
const freeBytesMax = 32 * 2 ** 20;

/** The reader's graph in this thread, which each run holds. */
export class NativeReader implements Reader {
  private readonly rotary: RotaryTable;
  private readonly memory = new RowsMemory(freeBytesMax);
  private readonly bindings = new WeakMap<NativeKvCache, ReaderBinding>();
  private readonly sampler = new Sampler();
  private readonly beside = new ContrastChooser((run, cache) => this.logitRows(run, cache));
  private readonly prefillSize = runSize(prefillChunkTokens, prefillChunkTokensMin);
  private readonly judgedSize = runSize(judgedChunkTokens, judgedChunkTokensMin);

  constructor(
    private readonly session: GuardedSession,
    readonly shape: BaseShape,
    readonly contextTokens: number,
  ) {
    this.rotary = new RotaryTable(shape, contextTokens);
  }

  createCache(capacity: number, given?: number): NativeKvCache {
    assertInvariant(
      capacity <= this.contextTokens,
      `a context of ${capacity} tokens of ${this.contextTokens}`,
    );
    return new NativeKvCache(this.shape, capacity, this.rotary, this.memory, given);
  }

  async logitsAfter(tokens: ArrayLike<number>, cache: KvCache, signal: AbortSignal): Promise<Float32Array> {
    assertInvariant(tokens.length > 0, 'a run without tokens');
    const memory = ownCache(cache);
    const binding = this.bindingOf(memory);
    const fetches = binding.fetchLogits();
    let logits: Float32Array = new Float32Array();
    await this.session.inPieces(this.prefillSize, tokens.length, async (start, count) => {
      await breathe(signal);
      const run = { tokens, start, count, judged: 1, signal };
      const results = await this.run(binding, run, memory, fetches);
      logits = results['logits']!.data as Float32Array;
    });
    memory.endText();
    return logits;
  }

  async choiceAfter(
    tokens: ArrayLike<number>,
    cache: KvCache,
    signal: AbortSignal,
    sampling?: Sampling,
  ): Promise<number> {
    assertInvariant(tokens.length > 0, 'a run without tokens');
    const choice = new Int32Array(1);
    const memory = ownCache(cache);
    const binding = this.bindingOf(memory);
    await this.session.inPieces(this.prefillSize, tokens.length, async (start, count) => {
      await breathe(signal);
      await this.choose(binding, { tokens, start, count, judged: 1, signal }, memory, choice, sampling);
    });
    memory.endText();
    return choice[0]!;
  }

  async judge(
    tokens: Int32Array,
    count: number,
    cache: KvCache,
    choices: Int32Array,
    signal: AbortSignal,
    choosing?: Choosing,
  ): Promise<void> {
    assertInvariant(count <= judgedRowsMax, `${count} tokens are judged, ${judgedRowsMax} at most`);
    await breathe(signal);
    const memory = ownCache(cache);
    memory.settle();
    const binding = this.bindingOf(memory);
    await this.session.inPieces(this.judgedSize, count, async (start, part) => {
      const run = { tokens, start, count: part, judged: part, signal };
      const target = choices.subarray(start);
      if (choosing && isContrast(choosing)) await this.beside.choose(run, memory, target, choosing);
      else await this.choose(binding, run, memory, target, choosing);
    });
  }

  rawKv(from: number, to: number, cache: KvCache): Promise<RawKv> {
    return Promise.resolve(ownCache(cache).raw(from, to));
  }

  async losses(
    tokens: ArrayLike<number>,
    given: number,
    cache: KvCache,
    signal: AbortSignal,
  ): Promise<Float32Array> {
    assertInvariant(given >= 1 && given < tokens.length, `${given} of ${tokens.length} tokens are given`);
    const losses = new Float32Array(tokens.length - given);
    if (given > 1) await this.choiceAfter(Array.from(tokens).slice(0, given - 1), cache, signal);
    const memory = ownCache(cache);
    await this.session.inPieces(this.judgedSize, losses.length, async (at, count) => {
      await breathe(signal);
      const start = given - 1 + at;
      const rows = await this.logitRows({ tokens, start, count, judged: count, signal }, memory);
      for (const [row, logits] of rows.entries()) losses[at + row] = lossOf(logits, tokens[start + row + 1]!);
    });
    return losses;
  }

  async encodeKv(tokens: ArrayLike<number>, cache: KvCache, signal: AbortSignal): Promise<RawKv> {
    const { layers, kvHeads, headDim } = this.shape;
    const total = tokens.length;
    const raw = emptyRaw(this.shape, total);
    const memory = ownCache(cache);
    const binding = this.bindingOf(memory);
    const fetches = binding.fetch(layerNames(['key', 'value'], layers));
    const before = memory.length;
    try {
      await this.session.inPieces(this.prefillSize, total, async (start, count) => {
        await breathe(signal);
        const run = { tokens, start, count, judged: 1, signal };
        const results = await this.run(binding, run, memory, fetches);
        for (let layer = 0; layer < layers; layer++) {
          for (const part of ['key', 'value'] as const) {
            const rows = results[`${part}.${layer}`]!.data as Float32Array;
            scatterHeads(rows, part === 'key' ? raw.keys : raw.values, {
              layer,
              start,
              total,
              kvHeads,
              headDim,
            });
          }
        }
      });
    } finally {
      if (memory.length > before) memory.truncate(before);
    }
    return raw;
  }

  /** Runs tokens and writes the choice after each judged one into `choices`. Logits stay in this thread. */
  private async choose(
    binding: ReaderBinding,
    run: TokenRun,
    cache: NativeKvCache,
    choices: Int32Array,
    sampling: Sampling | undefined,
  ): Promise<void> {
    const { count, judged } = run;
    if (sampling === undefined) {
      await this.run(binding, run, cache, binding.fetchChoices(judged));
      binding.readChoices(choices, judged);
      return;
    }
    const firstPosition = cache.length + count - judged + 1;
    const rows = await this.logitRows(run, cache);
    for (const [row, logits] of rows.entries()) {
      choices[row] = this.sampler.choose(logits, firstPosition + row, sampling);
    }
  }

  /** Runs tokens; the logits after each judged one, [vocabulary]. */
  private async logitRows(run: TokenRun, cache: NativeKvCache): Promise<Float32Array[]> {
    const binding = this.bindingOf(cache);
    return rowsOf(await this.run(binding, run, cache, binding.fetchLogits()), run.judged);
  }

  private async run(
    binding: ReaderBinding,
    run: TokenRun,
    cache: NativeKvCache,
    fetches: InferenceSession.FetchesType,
  ): Promise<InferenceSession.OnnxValueMapType> {
    const after = cache.length + run.count;
    assertInvariant(after <= cache.capacity, `${after} tokens in a cache of ${cache.capacity}`);
    const results = await this.session.run(binding.feed(run), fetches);
    // A change of the session takes seconds, in which a cancelled caller may have gone on with the same cache.
    throwIfCancelled(run.signal);
    binding.keep(results, run.count);
    return results;
  }

  private bindingOf(cache: NativeKvCache): ReaderBinding {
    let binding = this.bindings.get(cache);
    if (!binding)
      this.bindings.set(cache, (binding = new ReaderBinding(cache, this.session.takes('answer_rows'))));
    return binding;
  }
}

function ownCache(cache: KvCache): NativeKvCache {
  assertInvariant(cache instanceof NativeKvCache, 'a cache of another reader');
  return cache;
}

/** The logits of a run, [rows, vocabulary], row by row. */
function rowsOf(results: InferenceSession.OnnxValueMapType, count: number): Float32Array[] {
  const logits = results['logits']!.data as Float32Array;
  const vocabulary = logits.length / count;
  return Array.from({ length: count }, (_, row) => logits.subarray(row * vocabulary, (row + 1) * vocabulary));
}

function layerNames(parts: readonly string[], layers: number): string[] {
  return Array.from({ length: layers }, (_, layer) => parts.map((part) => `${part}.${layer}`)).flat();
}

/** rows [S, kvHeads * headDim] into target [layers, kvHeads, total, headDim] at token `start` of `layer`. */
function scatterHeads(
  rows: Float32Array,
  target: Float32Array,
  at: { layer: number; start: number; total: number; kvHeads: number; headDim: number },
): void {
  const { layer, start, total, kvHeads, headDim } = at;
  const count = rows.length / (kvHeads * headDim);
  for (let token = 0; token < count; token++) {
    for (let head = 0; head < kvHeads; head++) {
      const from = (token * kvHeads + head) * headDim;
      const to = ((layer * kvHeads + head) * total + start + token) * headDim;
      target.set(rows.subarray(from, from + headDim), to);
    }
  }
}

/**
 * @param logits [vocabulary]
 * @returns nats
 */
export function lossOf(logits: Float32Array, token: number): number {
  const largest = largestOf(logits);
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - largest);
  return largest + Math.log(sum) - logits[token]!;
}
