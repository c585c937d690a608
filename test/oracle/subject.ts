import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Encoder } from '../../server/model/encoder';
import type { KvCache, RawKv } from '../../server/model/kvCache';
import { graphFiles, readPackage, type AnyPackage, type ModelPackage } from '../../server/model/manifest';
import type { Reader } from '../../server/model/reader';
import type { ModelRuntime } from '../../server/model/runtime';
import { addWeights } from '../../server/model/weights';
import { WorkerRuntime } from '../../server/model/worker/runtime';
import { createTokenizer, type Tokenizer, type TokenizerJson } from '../../server/text/tokenizer';
import { cutWindows, type Window, type WindowLayout } from '../../server/text/windows';
import { modelWorker } from '../modelWorker';
import { withExactProducts } from './exactGraph';
import { packageFolder, readFixtures, testCacheFolder, type OracleFixtures } from './fixtures';

/** `exact`: the graphs of blocks with inputs of products kept in fp32. */
export type Variant = 'exact' | 'blocks' | 'int8';

const signal = new AbortController().signal;

/** The package's graphs and weights, and the windows that the oracle encoded. */
export class Subject {
  private constructor(
    readonly model: ModelPackage,
    readonly fixtures: OracleFixtures,
    readonly tokenizer: Tokenizer,
    readonly layout: WindowLayout,
    readonly encoder: Encoder,
    readonly reader: Reader,
    private readonly runtime: ModelRuntime,
  ) {}

  close(): Promise<void> {
    return this.runtime.close();
  }

  static async open(name: string, variant: Variant): Promise<Subject> {
    const model = await readPackage(packageFolder(name));
    const quiet = { fetch: () => undefined, convert: () => undefined };
    const form = variant === 'int8' ? 'int8' : 'blocks';
    const weights = await addWeights(model, testCacheFolder, undefined, quiet, signal, [form]);
    const folder = variant === 'exact' ? exactCopy(model, weights) : weights;
    const { manifest } = model;
    const onCpu = (graph: 'encoder' | 'reader') => ({
      graphPaths: { cpu: join(folder, manifest.graphs[form][graph].file) },
      provider: 'cpu' as const,
      threads: 0,
    });
    // As the server runs them.
    const runtime = new WorkerRuntime({
      path: modelWorker(),
      lane: 'interactive',
      onGone: () => undefined,
    });
    const { keyNumbers } = manifest.routing;
    const encoder = await runtime.openEncoder({ ...onCpu('encoder'), keyNumbers });
    const { shape, layout: positions } = manifest;
    const { contextTokens } = positions;
    const reader = await runtime.openReader({ ...onCpu('reader'), shape, contextTokens });
    const json = JSON.parse(readFileSync(join(model.folder, 'tokenizer.json'), 'utf8')) as TokenizerJson;
    const tokenizer = createTokenizer(json);
    const layout: WindowLayout = {
      packageId: model.packageId,
      prefixTokens: tokenizer.encodeMarkup(manifest.layout.prefix),
      fileSeparatorToken: tokenizer.tokenId(manifest.layout.fileSeparator)!,
      blockTokens: manifest.layout.blockTokens,
      windowTokens: manifest.layout.windowTokens,
      pathTokens: manifest.layout.pathTokens,
    };
    return new Subject(model, readFixtures(name), tokenizer, layout, encoder.graph, reader.graph, runtime);
  }

  graphBytes(graph: 'encoder' | 'reader'): Buffer {
    return readFileSync(join(this.model.folder, this.model.manifest.graphs.int8[graph].file));
  }

  windows(fileIndex: number): Window[] {
    const { path, lines } = this.fixtures.blocks[fileIndex]!;
    return cutWindows({ path, lines }, this.tokenizer, this.layout);
  }

  /** The windows that the oracle encoded, as it cut them. */
  encodedWindows(): Window[] {
    const prefixTokenCount = this.layout.prefixTokens.length;
    return this.fixtures.encoder.windows.map(({ tokens, blocks }) => ({
      id: '',
      path: '',
      startLine: blocks[0]![0],
      endLine: blocks.at(-1)![1],
      tokens: Int32Array.from(tokens),
      prefixTokenCount,
      // The first block's segment has the header, whose length nothing here asks for.
      headerTokenCount: 0,
      blocks: blocks.map(([startLine, endLine, startToken, endToken]) => ({
        startLine,
        endLine,
        startToken,
        endToken,
      })),
    }));
  }

  async query(text: string): Promise<Float32Array> {
    const { questionHead, questionTail, questionMargins } = this.model.manifest.chat;
    const [head, tail] = [questionHead, questionTail].map((part) => this.tokenizer.encodeMarkup(part));
    const tokens = [...head!, ...this.tokenizer.encodeText(text), ...tail!];
    return this.encoder.encodeQuery(tokens, questionMargins);
  }

  /** Prefix in a cache with room, and the windows' encodings after it. */
  async encodings(room: number): Promise<{ cache: KvCache; raws: RawKv[] }> {
    const { prefixTokens } = this.layout;
    const cache = this.reader.createCache(room);
    await this.reader.logitsAfter(prefixTokens, cache, signal);
    const raws: RawKv[] = [];
    for (const window of this.encodedWindows()) {
      raws.push(await this.reader.encodeKv(window.tokens.subarray(prefixTokens.length), cache, signal));
    }
    return { cache, raws };
  }
}

/** The graphs of blocks beside the same weights, with matrix products of fp32 inputs. */
export function exactCopy(model: AnyPackage, weights: string): string {
  const { blocks: form } = model.manifest.graphs;
  for (const { file } of graphFiles(form)) {
    const target = join(weights, 'exact', file);
    mkdirSync(join(weights, 'exact'), { recursive: true });
    writeFileSync(target, withExactProducts(readFileSync(join(weights, file))));
  }
  // A graph may name its weights only in its own folder; a link would be followed out of it.
  copyFileSync(join(weights, form.weights.file), join(weights, 'exact', form.weights.file));
  return join(weights, 'exact');
}
