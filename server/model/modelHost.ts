import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelStatus, ProviderChoice } from '../../protocol/messages';
import { ExpectedError } from '../errors';
import { createTokenizer, type Tokenizer, type TokenizerJson } from '../text/tokenizer';
import type { WindowLayout } from '../text/windows';
import { markUsed, removeEarlierVersions, unusedMs } from './cacheFolders';
import type { Encoder } from './encoder';
import type { RawKv } from './kvCache';
import {
  checkPackageFiles,
  messageOf,
  type AnyPackage,
  type GraphForm,
  type ModelPackage,
  type PackageFile,
  type ReaderPackage,
} from './manifest';
import { NativeRuntime } from './native/runtime';
import { packWeights, type PackOptions } from './packed/pack';
import { packedName } from './packed/record';
import { knownForm } from './productForm';
import type { Reader } from './reader';
import type { FormTimes, GraphPaths, ModelRuntime, Opened, Provider, SessionOptions } from './runtime';
import { TurnMemory } from './turnMemory';
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

/** After so long without a window to encode, the background's thread gives its memory back (some 120 MB). */
const backgroundIdleMs = 30_000;

/** A package whose tokenizer is loaded: enough to cut windows and to search by words. */
export interface TextModel {
  tokenizer: Tokenizer;
  layout: WindowLayout;
}

/**
 * The model in use: a package that routes, and reads as well unless another one is to. Tokenizer, encoder and reader are
 * each loaded at their first use and once, so that searching by words never waits for weights, and routing never waits
 * for the reader.
 */
export class ModelHost {
  #text: Promise<TextModel> | undefined;
  /** By package: each is hashed and looked at once for all that is made from it. */
  readonly #intact = new Map<AnyPackage, Promise<void>>();
  readonly #weights = new Map<AnyPackage, Promise<ReadyWeights>>();
  #encoder: Promise<Encoder> | undefined;
  #reader: Promise<Reader> | undefined;
  #backgroundEncoder: Promise<Encoder> | undefined;
  #prefix: Promise<RawKv> | undefined;
  #provider: Provider | undefined;
  #providerNote: string | undefined;
  /** A graph has failed on CUDA: what is opened from then on does not try it again. */
  #hasLeftCuda = false;
  #problem: string | undefined;
  #judge: ModelHost | undefined;
  readonly #interactive: ModelRuntime;
  /** What was said with this reader, as its keys and values. */
  readonly turns = new TurnMemory();
  /** Beside it, so that a question never waits for a window. */
  readonly #background: ModelRuntime;

  constructor(
    readonly model: ModelPackage,
    private readonly options: ModelHostOptions,
    /** A larger base that reads what `model` has routed to. */
    readonly readerPackage?: ReaderPackage,
  ) {
    const { workerPath: path } = options;
    const onFallBack = (note: string): void => {
      this.#leaveCuda(note);
    };
    if (path === undefined) {
      this.#interactive = this.#background = new NativeRuntime({ onFallBack });
      return;
    }
    this.#interactive = new WorkerRuntime({
      path,
      lane: 'interactive',
      onFallBack,
      onGone: () => (this.#encoder = this.#reader = undefined),
    });
    this.#background = new WorkerRuntime({
      path,
      lane: 'background',
      idleMsMax: backgroundIdleMs,
      onFallBack,
      onGone: () => (this.#backgroundEncoder = undefined),
    });
  }

  /** The packages whose weights are needed for an answer. */
  get packages(): AnyPackage[] {
    return this.readerPackage ? [this.model, this.readerPackage] : [this.model];
  }

  /** The package whose keys and values are read. */
  get reading(): AnyPackage {
    return this.readerPackage ?? this.model;
  }

  /**
   * The package that routes, as a reader: this host, or one beside it where another package reads. Its weights are mapped once for
   * both hosts.
   */
  get judge(): ModelHost {
    if (!this.readerPackage) return this;
    this.#judge ??= new ModelHost(this.model, this.options);
    this.#judge.#text = this.text();
    return this.#judge;
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
    const reader = this.readerPackage && { reader: this.readerPackage.manifest.name };
    const provider = this.#provider && { provider: this.#provider };
    const providerNote = this.#providerNote !== undefined && { providerNote: this.#providerNote };
    if (this.#problem !== undefined) return { state: 'failed', name, ...reader, problem: this.#problem };
    if (this.#encoder || this.#reader || this.#backgroundEncoder)
      return { state: 'ready', name, ...reader, ...provider, ...providerNote };
    const present = await Promise.all(
      this.packages.map((each) => hasWeights(each, this.options.cacheFolder)),
    );
    return { state: present.every(Boolean) ? 'notLoaded' : 'missing', name, ...reader };
  }

  /** Why the asked-for provider is not used, or is not used any more, where that is so. */
  get providerNote(): string | undefined {
    return this.#providerNote;
  }

  /**
   * Times one product in both forms: in the background's thread, so that it holds up no question.
   *
   * @param threads of one run; 0 leaves the choice to the runtime
   */
  async timeForms(threads: number): Promise<FormTimes> {
    return this.#background.timeForms(threads);
  }

  /** Packs a package's weights, see packed/pack.ts. What is loaded keeps what it has; what is loaded next shares. */
  async pack(model: AnyPackage, options: Omit<PackOptions, 'save'>): Promise<string | undefined> {
    const save: PackOptions['save'] = (spec) => this.#background.saveGraph(spec);
    const note = await packWeights(model, this.options.cacheFolder, { ...options, save });
    this.#weights.clear();
    return note;
  }

  /** Gives up what was loaded, and its memory; the next use loads it again, where it is still there. */
  async dispose(): Promise<void> {
    this.#encoder = this.#reader = this.#backgroundEncoder = this.#prefix = undefined;
    this.#weights.clear();
    this.turns.clear();
    await Promise.all([this.#interactive.close(), this.#background.close(), this.#judge?.dispose()]);
    this.#provider = this.#providerNote = this.#problem = undefined;
    this.#hasLeftCuda = false;
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
    await this.#intactPackage(this.model);
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

  #intactPackage(model: AnyPackage): Promise<void> {
    return this.#once(this.#intact, model, () => checkPackageFiles(model));
  }

  #readyWeights(model: AnyPackage): Promise<ReadyWeights> {
    return this.#once(this.#weights, model, async () => {
      const { cacheFolder } = this.options;
      const ready = await requireWeights(model, cacheFolder, await knownForm(cacheFolder));
      await this.#intactPackage(model);
      await markUsed(ready.folder);
      await removeEarlierVersions(model, cacheFolder, Date.now() - unusedMs);
      return ready;
    });
  }

  #once<Value>(
    known: Map<AnyPackage, Promise<Value>>,
    model: AnyPackage,
    make: () => Promise<Value>,
  ): Promise<Value> {
    const found = known.get(model);
    if (found) return found;
    const pending = this.#forget(make(), () => known.delete(model));
    known.set(model, pending);
    return pending;
  }

  #openBackground(): Promise<Encoder> {
    return (this.#backgroundEncoder ??= this.#forget(
      this.#loadEncoder(this.#background),
      () => (this.#backgroundEncoder = undefined),
    ));
  }

  async #loadEncoder(runtime: ModelRuntime): Promise<Encoder> {
    const { graphs, routing } = this.model.manifest;
    const { int8, blocks } = graphs;
    const graph = await this.#graph(this.model, { int8: int8.encoder, blocks: blocks.encoder });
    return this.#note(await runtime.openEncoder({ ...graph, keyNumbers: routing.keyNumbers }));
  }

  async #loadReader(): Promise<Reader> {
    const { shape, graphs } = this.reading.manifest;
    const { int8, blocks } = graphs;
    const graph = await this.#graph(this.reading, { int8: int8.reader, blocks: blocks.reader });
    const { contextTokens } = this.readerPackage?.manifest.reads ?? this.model.manifest.layout;
    return this.#note(await this.#interactive.openReader({ ...graph, shape, contextTokens }));
  }

  async #graph(
    model: AnyPackage,
    files: Record<GraphForm, PackageFile>,
  ): Promise<SessionOptions & { graphPaths: GraphPaths }> {
    const { threads } = this.options;
    const provider = this.#hasLeftCuda ? 'cpu' : this.options.provider;
    const { folder, cpuForm, forms, packed } = await this.#readyWeights(model);
    const graphPaths = {
      cpu: join(folder, files[cpuForm].file),
      ...(packed.includes(cpuForm) && { packed: join(folder, packedName(files[cpuForm])) }),
      // CUDA has no kernel for the int8 products, and one for blocks.
      ...(forms.includes('blocks') && { cuda: join(folder, files.blocks.file) }),
    };
    return { graphPaths, provider, threads };
  }

  #note<Graph>({ graph, provider, note }: Opened<Graph>): Graph {
    this.#provider = this.#hasLeftCuda ? 'cpu' : provider;
    this.#providerNote ??= note;
    return graph;
  }

  /** Said whatever provider was asked for, since answers are slower from then on; once, for the first graph. */
  #leaveCuda(note: string): void {
    if (this.#hasLeftCuda) return;
    this.#hasLeftCuda = true;
    this.#provider = 'cpu';
    this.#providerNote = note;
  }

  async #encodePrefix(): Promise<RawKv> {
    const reader = await this.reader();
    const { layout } = await this.text();
    const cache = reader.createCache(layout.prefixTokens.length, 0);
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
