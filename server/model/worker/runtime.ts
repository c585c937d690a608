import { failure } from '../../errors';
import type { Encoder } from '../encoder';
import type { Reader } from '../reader';
import type {
  EncoderSpec,
  FormTimes,
  ModelRuntime,
  OnFallBack,
  Opened,
  ReaderSpec,
  SaveSpec,
} from '../runtime';
import type { Lane } from './messages';
import { ModelWorker } from './modelWorker';
import { RemoteEncoder, RemoteReader } from './remote';

/** A thread that ends so often within `crashWindowMs` would end again. */
export const crashesMax = 3;
const crashWindowMs = 10 * 60_000;

export interface WorkerRuntimeOptions {
  /** The worker's bundle. */
  path: string;
  lane: Lane;
  /** The thread, and all that was opened in it, goes after so long without a call. Default: never. */
  idleMsMax?: number;
  /** Called once the thread is gone: what was opened in it has to be opened again. */
  onGone: () => void;
  onFallBack?: OnFallBack;
}

/** Graphs in a thread of their own, which is started at the first use, and again at the next use after a crash. */
export class WorkerRuntime implements ModelRuntime {
  private worker: ModelWorker | undefined;
  private idleTimer: NodeJS.Timeout | undefined;
  private crashedAtMs: number[] = [];

  constructor(private readonly options: WorkerRuntimeOptions) {}

  async openEncoder(spec: EncoderSpec): Promise<Opened<Encoder>> {
    const worker = this.running();
    const { graph, ...rest } = await worker.call('openEncoder', spec);
    return { graph: new RemoteEncoder(worker, graph), ...rest };
  }

  async openReader(spec: ReaderSpec): Promise<Opened<Reader>> {
    const worker = this.running();
    const { graph, ...rest } = await worker.call('openReader', spec);
    return { graph: new RemoteReader(worker, graph, spec.shape, spec.contextTokens), ...rest };
  }

  async saveGraph(spec: SaveSpec): Promise<void> {
    await this.running().call('saveGraph', spec);
  }

  async timeForms(threads: number): Promise<FormTimes> {
    return this.running().call('timeForms', { threads });
  }

  /** Ends the thread, which gives its memory back. */
  async close(): Promise<void> {
    const { worker } = this;
    this.forget();
    await worker?.close();
  }

  private running(): ModelWorker {
    if (this.worker) return this.worker;
    const now = performance.now();
    this.crashedAtMs = this.crashedAtMs.filter((at) => now - at < crashWindowMs);
    if (this.crashedAtMs.length >= crashesMax) throw failure.modelCrashesOften(crashesMax);
    const { path, lane, idleMsMax, onFallBack = () => undefined } = this.options;
    const onCrash = (): void => {
      this.crashedAtMs.push(performance.now());
      this.forget();
    };
    this.worker = new ModelWorker(path, lane, { onCrash, onFallBack });
    if (idleMsMax !== undefined) {
      this.idleTimer = setInterval(() => void this.closeIfIdle(idleMsMax), idleMsMax).unref();
    }
    return this.worker;
  }

  private async closeIfIdle(idleMsMax: number): Promise<void> {
    if (this.worker && this.worker.idleMs >= idleMsMax) await this.close();
  }

  private forget(): void {
    clearInterval(this.idleTimer);
    this.worker = undefined;
    this.options.onGone();
  }
}
