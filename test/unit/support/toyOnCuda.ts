import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProviderChoice } from '../../../protocol/messages';
import type { Encoder } from '../../../server/model/encoder';
import { readPackage, type GraphForm, type ModelPackage } from '../../../server/model/manifest';
import { NativeRuntime } from '../../../server/model/native/runtime';
import type { Reader } from '../../../server/model/reader';
import type { Opened, Provider, SessionOptions } from '../../../server/model/runtime';
import { weightsFolder } from '../../../server/model/cacheFolders';
import { addWeights } from '../../../server/model/weights';
import { packageFolder } from '../../oracle/fixtures';
import type { FailingCuda } from './failingCuda';

export interface Choice {
  provider?: ProviderChoice;
  /** Of the CPU's graph; CUDA has the one of blocks. */
  cpuForm?: GraphForm;
}

/** A graph of the toy package on a device, and the notes that its runtime gave. */
export interface OnCuda<Graph> {
  graph: Graph;
  opened: Opened<Graph>;
  notes: string[];
}

/** The toy package with its weights in both forms, whose graphs are opened on devices. */
export class ToyOnCuda {
  private readonly runtimes: NativeRuntime[] = [];

  private constructor(
    readonly model: ModelPackage,
    readonly cacheFolder: string,
  ) {}

  static async make(): Promise<ToyOnCuda> {
    const model = await readPackage(packageFolder('toy-landmark'));
    const cacheFolder = mkdtempSync(join(tmpdir(), 'landmark-cuda-'));
    const quiet = { fetch: () => undefined, convert: () => undefined };
    const never = new AbortController().signal;
    await addWeights(model, cacheFolder, undefined, quiet, never, ['int8', 'blocks']);
    return new ToyOnCuda(model, cacheFolder);
  }

  async reader(cuda: FailingCuda, choice: Choice = {}): Promise<OnCuda<Reader>> {
    const { shape, layout } = this.model.manifest;
    const { runtime, notes } = this.runtime(cuda);
    const { contextTokens } = layout;
    const opened = await runtime.openReader({ ...this.spec('reader', choice), shape, contextTokens });
    return { graph: opened.graph, opened, notes };
  }

  async encoder(cuda: FailingCuda, choice: Choice = {}): Promise<OnCuda<Encoder>> {
    const { keyNumbers } = this.model.manifest.routing;
    const { runtime, notes } = this.runtime(cuda);
    const opened = await runtime.openEncoder({ ...this.spec('encoder', choice), keyNumbers });
    return { graph: opened.graph, opened, notes };
  }

  async close(): Promise<void> {
    for (const runtime of this.runtimes.splice(0)) await runtime.close();
  }

  remove(): void {
    rmSync(this.cacheFolder, { recursive: true, force: true });
  }

  private runtime({ open }: FailingCuda): { runtime: NativeRuntime; notes: string[] } {
    const notes: string[] = [];
    const onFallBack = (note: string): void => void notes.push(note);
    const runtime = new NativeRuntime({ onFallBack, open, cudaAvailable: true });
    this.runtimes.push(runtime);
    return { runtime, notes };
  }

  private spec(
    graph: 'encoder' | 'reader',
    { provider = 'auto', cpuForm = 'blocks' }: Choice,
  ): SessionOptions & { graphPaths: Record<Provider, string> } {
    const pathOf = (form: GraphForm): string =>
      join(weightsFolder(this.model, this.cacheFolder), this.model.manifest.graphs[form][graph].file);
    return { graphPaths: { cpu: pathOf(cpuForm), cuda: pathOf('blocks') }, provider, threads: 1 };
  }
}
