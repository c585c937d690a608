import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelStatus, ProviderChoice } from '../../protocol/messages';
import { ExpectedError } from '../errors';
import { createTokenizer, type Tokenizer, type TokenizerJson } from '../text/tokenizer';
import type { WindowLayout } from '../text/windows';
import type { Encoder } from './encoder';
import type { RawKv } from './kvCache';
import { checkPackageFiles, messageOf, type ModelPackage } from './manifest';
import { NativeRuntime } from './native/runtime';
import type { Reader } from './reader';
import type { GraphPaths, ModelRuntime, Opened, Provider, SessionOptions } from './runtime';
import { hasWeights, requireWeights, type ReadyWeights } from './weights';
import { WorkerRuntime } from './worker/runtime';

export interface ModelHostOptions {
  cacheFolder: string;
  provider: ProviderChoice;
  /** Threads of one run; 0 leaves the choice to the runtime. */
  threads: number;
  /** The bundle of `worker/main.ts`. Without it the model runs in this thread, which each run then holds. */
  workerPath?: string;
}

/** After so long without a window to encode, the background's thread gives its memory back (some 300 MB). */
const backgroundIdleMs = 30_000;

/** A package whose tokenizer is loaded: enough to cut windows and to search by words. */
export interface TextModel {
  tokenizer: Tokenizer;
  layout: WindowLayout;
}

/**
 * One model package in use. Tokenizer, encoder and reader are each loaded at their first use and once, so
 * that searching by words never waits for weights, and routing never waits for the reader.
 */
export class ModelHost {
  #text: Promise<TextModel> | undefined;
  #intact: Promise<void> | undefined;
  #weights: Promise<ReadyWeights> | undefined;
  #encoder: Promise<Encoder> | undefined;
  #reader: Promise<Reader> | undefined;
  #backgroundEncoder: Promise<Encoder> | undefined;
  #prefix: Promise<RawKv> | undefined;
  #provider: Provider | undefined;
  #providerNote: string | undefined;
  #problem: string | undefined;
  readonly #interactive: ModelRuntime;
  /** Beside it, so that a question never waits for a window. */
  readonly #background: ModelRuntime;

  constructor(
    readonly model: ModelPackage,
    private readonly options: ModelHostOptions,
  ) {
    const { workerPath: path } = options;
    if (path === undefined) {
      this.#interactive = this.#background = new NativeRuntime();
      return;
    }
    this.#interactive = new WorkerRuntime({
      path,
      lane: 'interactive',
      onGone: () => (this.#encoder = this.#reader = undefined),
    });
    this.#background = new WorkerRuntime({
      path,
      lane: 'background',
      idleMsMax: backgroundIdleMs,
      onGone: () => (this.#backgroundEncoder = undefined),
    });
  }

  text(): Promise<TextModel> {
    return (this.#text ??= this.#forget(this.#loadText(), () => (this.#text = undefined)));
  }

  encoder(): Promise<Encoder> {
    return (this.#encoder ??= this.#forget(
      this.#loadEncoder(this.#interactive),
      () => (this.#encoder = undefined),
    ));
  }

  /**
   * The encoder for work that nobody waits for. It has a thread and a graph of its own, which come with the first
   * window and go when there are no more; what waits between two windows keeps neither.
   */
  async backgroundEncoder(): Promise<Encoder> {
    if (this.#background === this.#interactive) return this.encoder();
    await this.#openBackground();
    return {
      encodeKeys: async (windows) => (await this.#openBackground()).encodeKeys(windows),
      encodeQuery: async (...query) => (await this.#openBackground()).encodeQuery(...query),
    };
  }

  reader(): Promise<Reader> {
    return (this.#reader ??= this.#forget(this.#loadReader(), () => (this.#reader = undefined)));
  }

  /** Keys and values of the constant prefix, which every context and every window begins with. */
  prefix(): Promise<RawKv> {
    return (this.#prefix ??= this.#forget(this.#encodePrefix(), () => (this.#prefix = undefined)));
  }

  async status(): Promise<ModelStatus> {
    const { name } = this.model.manifest;
    const provider = this.#provider && { provider: this.#provider };
    const providerNote = this.#providerNote !== undefined && { providerNote: this.#providerNote };
    if (this.#problem !== undefined) return { state: 'failed', name, problem: this.#problem };
    if (this.#encoder || this.#reader || this.#backgroundEncoder)
      return { state: 'ready', name, ...provider, ...providerNote };
    const present = await hasWeights(this.model, this.options.cacheFolder);
    return { state: present ? 'notLoaded' : 'missing', name };
  }

  /** Why the asked-for provider is not used, where that is so. */
  get providerNote(): string | undefined {
    return this.#providerNote;
  }

  /** Gives up what was loaded, and its memory; the next use loads it again, where it is still there. */
  async dispose(): Promise<void> {
    this.#weights = this.#encoder = this.#reader = this.#backgroundEncoder = this.#prefix = undefined;
    await Promise.all([this.#interactive.close(), this.#background.close()]);
    this.#provider = this.#problem = undefined;
  }

  /** A failed load must not stay: the user mends the cause and asks again. */
  #forget<Value>(pending: Promise<Value>, reset: () => void): Promise<Value> {
    pending.then(
      () => (this.#problem = undefined),
      (error: unknown) => {
        if (isLasting(error)) this.#problem = messageOf(error);
        reset();
      },
    );
    return pending;
  }

  async #loadText(): Promise<TextModel> {
    await this.#intactPackage();
    const { manifest, folder, packageId } = this.model;
    const json = JSON.parse(
      await readFile(join(folder, manifest.files.tokenizer.file), 'utf8'),
    ) as TokenizerJson;
    const tokenizer = createTokenizer(json);
    const { prefix, fileSeparator, blockTokens, windowTokens, pathTokens } = manifest.layout;
    const [fileSeparatorToken] = tokenizer.encodeMarkup(fileSeparator);
    const prefixTokens = tokenizer.encodeMarkup(prefix);
    return {
      tokenizer,
      layout: {
        packageId,
        prefixTokens,
        fileSeparatorToken: fileSeparatorToken!,
        blockTokens,
        windowTokens,
        pathTokens,
      },
    };
  }

  /** Hashing the package's files takes a while, so it is done once for all that is made from them. */
  #intactPackage(): Promise<void> {
    return (this.#intact ??= this.#forget(checkPackageFiles(this.model), () => (this.#intact = undefined)));
  }

  /** The checked weights; looked at once for both graphs. */
  #readyWeights(): Promise<ReadyWeights> {
    return (this.#weights ??= this.#forget(this.#checkWeights(), () => (this.#weights = undefined)));
  }

  async #checkWeights(): Promise<ReadyWeights> {
    const ready = await requireWeights(this.model, this.options.cacheFolder);
    await this.#intactPackage();
    return ready;
  }

  #openBackground(): Promise<Encoder> {
    return (this.#backgroundEncoder ??= this.#forget(
      this.#loadEncoder(this.#background),
      () => (this.#backgroundEncoder = undefined),
    ));
  }

  async #loadEncoder(runtime: ModelRuntime): Promise<Encoder> {
    const { keyNumbers } = this.model.manifest.routing;
    return this.#note(await runtime.openEncoder({ ...(await this.#graph('encoder')), keyNumbers }));
  }

  async #loadReader(): Promise<Reader> {
    const { shape, layout } = this.model.manifest;
    // The last position is for the spare row of attention.
    const contextTokens = layout.contextTokens - 1;
    return this.#note(
      await this.#interactive.openReader({ ...(await this.#graph('reader')), shape, contextTokens }),
    );
  }

  async #graph(name: 'encoder' | 'reader'): Promise<SessionOptions & { graphPaths: GraphPaths }> {
    const { provider, threads } = this.options;
    const { folder, forms } = await this.#readyWeights();
    const { int8, blocks } = this.model.manifest.graphs;
    const graphPaths = {
      cpu: join(folder, int8[name].file),
      // CUDA has no kernel for the int8 products, and one for blocks.
      ...(forms.includes('blocks') && { cuda: join(folder, blocks[name].file) }),
    };
    return { graphPaths, provider, threads };
  }

  #note<Graph>({ graph, provider, note }: Opened<Graph>): Graph {
    this.#provider = provider;
    this.#providerNote ??= note;
    return graph;
  }

  async #encodePrefix(): Promise<RawKv> {
    const reader = await this.reader();
    const { layout } = await this.text();
    const cache = reader.createCache(layout.prefixTokens.length);
    try {
      return await reader.encodeKv(layout.prefixTokens, cache, new AbortController().signal);
    } finally {
      cache.dispose();
    }
  }
}

/** A model that is missing has a state of its own; one that stopped is started again. */
function isLasting(error: unknown): boolean {
  return error instanceof ExpectedError && error.code !== 'modelMissing' && error.code !== 'modelStopped';
}
