/** llama.cpp over a GGUF, on the processor alone and greedily: what an answer costs that reads its text again. */

import { loadLlamaModule, llamaPackageVersion, type LlamaContext, type LlamaModel } from './llamaPackage';

export interface LlamaOptions {
  threads: number;
  /** Most tokens of prompt and answer together. */
  contextTokens: number;
}

export interface LlamaAnswer {
  text: string;
  promptTokens: number;
  generatedTokens: number;
  /** From the call to the first chosen token. */
  firstTokenMs: number;
  /** From the call to the last. */
  ms: number;
}

export interface Llama {
  /** Package and tag of llama.cpp. */
  readonly version: string;
  /** Bytes of the keys and values that the context holds now. */
  readonly stateBytes: number;
  readonly flashAttention: boolean | 'auto';

  tokenize(text: string): number[];

  /**
   * Reads a prompt as it stands and answers it; no chat template is added, and its special tokens are read as such.
   *
   * @param stop texts before which the answer ends
   */
  generate(prompt: string, maxTokens: number, stop: readonly string[]): Promise<LlamaAnswer>;

  /** Milliseconds from an empty context to the choice after the last token. */
  prefill(input: string | readonly number[]): Promise<number>;

  /**
   * Milliseconds to run tokens one by one after a context, whose own time is left out. The tokens are given, so that
   * every rival runs the same ones.
   */
  decode(context: readonly number[], tokens: readonly number[]): Promise<number>;

  close(): Promise<void>;
}

/** @param ggufPath a model whose architecture llama.cpp knows */
export async function openLlama(ggufPath: string, { threads, contextTokens }: LlamaOptions): Promise<Llama> {
  const llamaModule = await loadLlamaModule();
  const binding = await llamaModule.getLlama({
    gpu: false,
    build: 'never',
    skipDownload: true,
    maxThreads: threads,
    progressLogs: false,
    logLevel: 'error',
  });
  const model = await binding.loadModel({ modelPath: ggufPath, gpuLayers: 0 });
  const context = await model.createContext({ contextSize: contextTokens, threads });
  const version = `node-llama-cpp ${llamaPackageVersion}, llama.cpp ${binding.llamaCppRelease.release}`;
  return new OpenLlama(version, model, context, () => binding.dispose());
}

class OpenLlama implements Llama {
  private readonly sequence;
  readonly flashAttention: boolean | 'auto';

  constructor(
    readonly version: string,
    private readonly model: LlamaModel,
    private readonly context: LlamaContext,
    readonly close: () => Promise<void>,
  ) {
    this.sequence = context.getSequence();
    this.flashAttention = context.flashAttention;
  }

  get stateBytes(): number {
    return this.context.stateSize;
  }

  tokenize(text: string): number[] {
    return this.model.tokenize(text, true);
  }

  async generate(prompt: string, maxTokens: number, stop: readonly string[]): Promise<LlamaAnswer> {
    const promptTokens = this.tokenize(prompt);
    this.checkRoom(promptTokens.length + maxTokens);
    await this.sequence.clearHistory();
    const start = performance.now();
    let firstTokenMs = NaN;
    const tokens: number[] = [];
    let text = '';
    for await (const token of this.sequence.evaluate(promptTokens, {
      temperature: 0,
      yieldEogToken: false,
    })) {
      if (tokens.length === 0) firstTokenMs = performance.now() - start;
      tokens.push(token);
      // As a whole, as a token may end in the middle of a character.
      text = this.model.detokenize(tokens, false);
      if (tokens.length >= maxTokens || stop.some((end) => text.includes(end))) break;
    }
    const ms = performance.now() - start;
    const end = Math.min(...stop.map((mark) => text.indexOf(mark)).filter((at) => at >= 0), text.length);
    const counts = { promptTokens: promptTokens.length, generatedTokens: tokens.length };
    return { text: text.slice(0, end), ...counts, firstTokenMs, ms };
  }

  async prefill(input: string | readonly number[]): Promise<number> {
    const tokens = typeof input === 'string' ? this.tokenize(input) : input;
    this.checkRoom(tokens.length);
    await this.sequence.clearHistory();
    const run = this.sequence.evaluate(tokens, { temperature: 0, yieldEogToken: true });
    const start = performance.now();
    await run.next();
    const ms = performance.now() - start;
    await run.return();
    return ms;
  }

  async decode(context: readonly number[], tokens: readonly number[]): Promise<number> {
    this.checkRoom(context.length + tokens.length);
    await this.sequence.clearHistory();
    const run = this.sequence.evaluate(context, { temperature: 0, yieldEogToken: true });
    await run.next();
    const start = performance.now();
    for (const token of tokens) await run.next(token);
    const ms = performance.now() - start;
    await run.return();
    return ms;
  }

  /** llama.cpp would shift the context, which is another thing than what is measured. */
  private checkRoom(tokens: number): void {
    if (tokens <= this.context.contextSize) return;
    throw new Error(`${tokens} tokens do not fit into a context of ${this.context.contextSize}`);
  }
}
