/** The toy package, converted and packed, in folders that a test may change. */

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Encoder, EncodableWindow } from '../../../server/model/encoder';
import { readPackage, type ModelPackage } from '../../../server/model/manifest';
import { NativeRuntime } from '../../../server/model/native/runtime';
import { packWeights, type PackOptions } from '../../../server/model/packed/pack';
import type { Reader } from '../../../server/model/reader';
import type { GraphPaths, SaveSpec } from '../../../server/model/runtime';
import { saveGraph } from '../../../server/model/sessions';
import { weightsFolder } from '../../../server/model/cacheFolders';
import { addWeights, requireWeights } from '../../../server/model/weights';
import { packageFolder } from '../../oracle/fixtures';

const never = new AbortController().signal;
const quiet = { fetch: () => undefined, convert: () => undefined };

export const windows: EncodableWindow[] = [
  {
    tokens: Int32Array.from({ length: 96 }, (_, i) => 5 + ((i * 7) % 200)),
    prefixTokenCount: 2,
    blocks: [
      { startToken: 2, endToken: 50 },
      { startToken: 50, endToken: 96 },
    ],
  },
];

export interface Numbers {
  keys: Float32Array[];
  query: Float32Array;
  /** Of many tokens, and of one more. */
  logits: Float32Array[];
}

export class PackedToy {
  private copies = 0;
  /** Graphs that were saved by the last packing. */
  saved: string[] = [];

  private constructor(
    readonly model: ModelPackage,
    readonly scratch: string,
    /** Cache folders; not to be changed. */
    readonly converted: string,
    readonly packed: string,
  ) {}

  static async make(): Promise<PackedToy> {
    const model = await readPackage(packageFolder('toy-landmark'));
    const scratch = mkdtempSync(join(tmpdir(), 'landmark-packed-'));
    const toy = new PackedToy(model, scratch, join(scratch, 'converted'), join(scratch, 'packed'));
    await toy.convert(toy.converted);
    cpSync(toy.converted, toy.packed, { recursive: true });
    const note = await toy.pack(toy.packed);
    if (note !== undefined) throw new Error(note);
    return toy;
  }

  remove(): void {
    rmSync(this.scratch, { recursive: true, force: true });
  }

  copyOf(cacheFolder: string): string {
    const copy = join(this.scratch, `copy-${++this.copies}`);
    cpSync(cacheFolder, copy, { recursive: true, preserveTimestamps: true });
    return copy;
  }

  async convert(cacheFolder: string): Promise<void> {
    await addWeights(this.model, cacheFolder, undefined, quiet, never, ['int8']);
  }

  pack(cacheFolder: string, change: Partial<PackOptions> = {}): Promise<string | undefined> {
    this.saved = [];
    const save = (spec: SaveSpec): Promise<void> => {
      this.saved.push(spec.graphPath);
      return saveGraph(spec);
    };
    const usual: PackOptions = { cpuForm: 'int8', save, onProgress: () => undefined, signal: never };
    return packWeights(this.model, cacheFolder, { ...usual, ...change });
  }

  async packedForms(cacheFolder: string): Promise<readonly string[]> {
    return (await requireWeights(this.model, cacheFolder, 'int8')).packed;
  }

  path(cacheFolder: string, name: string): string {
    return join(weightsFolder(this.model, cacheFolder), name);
  }

  files(cacheFolder: string): string[] {
    return readdirSync(weightsFolder(this.model, cacheFolder)).sort();
  }

  weights(cacheFolder: string): Buffer {
    return readFileSync(this.path(cacheFolder, 'weights.int8.bin'));
  }

  /** What encoder and reader make of the same tokens. */
  async numbers(graphPaths: (graph: 'encoder' | 'reader') => GraphPaths): Promise<Numbers> {
    const runtime = new NativeRuntime();
    const spec = { provider: 'cpu' as const, threads: 2 };
    const { shape, layout, routing } = this.model.manifest;
    const { keyNumbers } = routing;
    const { contextTokens } = layout;
    try {
      const ofEncoder = { ...spec, graphPaths: graphPaths('encoder'), keyNumbers };
      const { graph: encoder } = await runtime.openEncoder(ofEncoder);
      const ofReader = { ...spec, graphPaths: graphPaths('reader'), shape, contextTokens };
      const { graph: reader } = await runtime.openReader(ofReader);
      return await numbersOf(encoder, reader);
    } finally {
      await runtime.close();
    }
  }

  plainNumbers(cacheFolder: string): Promise<Numbers> {
    return this.numbers((graph) => ({ cpu: this.path(cacheFolder, `${graph}.int8.onnx`) }));
  }

  packedNumbers(cacheFolder: string): Promise<Numbers> {
    return this.numbers((graph) => ({ packed: this.path(cacheFolder, `${graph}.int8.packed.onnx`) }));
  }
}

async function numbersOf(encoder: Encoder, reader: Reader): Promise<Numbers> {
  const context = reader.createCache(64);
  const logits: Float32Array[] = [];
  for (const tokens of [Int32Array.from({ length: 40 }, (_, i) => i + 3), [9]]) {
    logits.push((await reader.logitsAfter(tokens, context, never)).slice());
  }
  context.dispose();
  return {
    keys: await encoder.encodeKeys(windows),
    query: await encoder.encodeQuery([5, 6, 7, 8], [1, 1]),
    logits,
  };
}

/** Changes one byte, as a failing disk does. */
export function damage(path: string, at: (bytes: number) => number): void {
  const bytes = readFileSync(path);
  const position = at(bytes.length);
  bytes[position] = bytes[position]! ^ 1;
  writeFileSync(path, bytes);
}
