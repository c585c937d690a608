import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelStatus, ProviderChoice } from '../../protocol/messages';
import { ExpectedError } from '../errors';
import { createTokenizer, type Tokenizer, type TokenizerJson } from '../text/tokenizer';
import type { WindowLayout } from '../text/windows';
import { Encoder } from './encoder';
import type { RawKv } from './kvCache';
import { checkPackageFiles, messageOf, type ModelPackage } from './manifest';
import { Reader } from './reader';
import { openSession, type OpenedSession, type OpenGraph } from './sessions';
import { hasWeights, requireWeights } from './weights';

export interface ModelHostOptions {
  cacheFolder: string;
  provider: ProviderChoice;
  /** Threads of one run; 0 leaves the choice to the runtime. */
  threads: number;
  openGraph?: OpenGraph;
}

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
  #folder: Promise<string> | undefined;
  #encoder: Promise<Encoder> | undefined;
  #reader: Promise<Reader> | undefined;
  #prefix: Promise<RawKv> | undefined;
  #provider: OpenedSession['provider'] | undefined;
  #providerNote: string | undefined;
  #problem: string | undefined;

  constructor(
    readonly model: ModelPackage,
    private readonly options: ModelHostOptions,
  ) {}

  text(): Promise<TextModel> {
    return (this.#text ??= this.#forget(this.#loadText(), () => (this.#text = undefined)));
  }

  encoder(): Promise<Encoder> {
    return (this.#encoder ??= this.#forget(this.#loadEncoder(), () => (this.#encoder = undefined)));
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
    if (this.#encoder || this.#reader) return { state: 'ready', name, ...provider, ...providerNote };
    const present = await hasWeights(this.model, this.options.cacheFolder);
    return { state: present ? 'notLoaded' : 'missing', name };
  }

  /** Why the asked-for provider is not used, where that is so. */
  get providerNote(): string | undefined {
    return this.#providerNote;
  }

  /** Gives up what was loaded; the next use loads it again, where it is still there. */
  async dispose(): Promise<void> {
    this.#folder = this.#encoder = this.#reader = this.#prefix = undefined;
    this.#provider = this.#problem = undefined;
    await Promise.resolve();
  }

  /** A failed load must not stay: the user mends the cause and asks again. */
  #forget<Value>(pending: Promise<Value>, reset: () => void): Promise<Value> {
    pending.then(
      () => (this.#problem = undefined),
      (error: unknown) => {
        if (error instanceof ExpectedError && error.code !== 'modelMissing') this.#problem = messageOf(error);
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

  /** The checked weights folder; looked at once for both graphs. */
  #weights(): Promise<string> {
    return (this.#folder ??= this.#forget(this.#checkWeights(), () => (this.#folder = undefined)));
  }

  async #checkWeights(): Promise<string> {
    const folder = await requireWeights(this.model, this.options.cacheFolder);
    await this.#intactPackage();
    return folder;
  }

  async #loadEncoder(): Promise<Encoder> {
    const opened = await this.#open('encoder');
    return new Encoder(opened.session, this.model.manifest.routing.keyNumbers);
  }

  async #loadReader(): Promise<Reader> {
    const opened = await this.#open('reader');
    const { shape, layout } = this.model.manifest;
    // The last position is for the spare row of attention.
    return new Reader(opened.session, shape, layout.contextTokens - 1);
  }

  async #open(graph: 'encoder' | 'reader'): Promise<OpenedSession> {
    const folder = await this.#weights();
    const path = join(folder, this.model.manifest.files[graph].file);
    const opened = await openSession(path, this.options, this.options.openGraph);
    this.#provider = opened.provider;
    this.#providerNote ??= opened.note;
    return opened;
  }

  async #encodePrefix(): Promise<RawKv> {
    const reader = await this.reader();
    const { layout } = await this.text();
    const cache = reader.createCache(layout.prefixTokens.length);
    return reader.encodeKv(layout.prefixTokens, cache, new AbortController().signal);
  }
}
