import type { ProviderChoice } from '../../protocol/messages';
import type { Encoder } from './encoder';
import type { BaseShape, GraphForm } from './manifest';
import type { Reader } from './reader';

export type Provider = 'cuda' | 'cpu';

export interface SessionOptions {
  provider: ProviderChoice;
  /** Threads of one run; 0 leaves the choice to the runtime. */
  threads: number;
}

/** A graph in the form that each provider runs best; a provider without one is not used. */
export type GraphPaths = Readonly<
  Partial<Record<Provider, string>> & {
    /** The graph for the CPU over weights that are packed already; it is tried first. */
    packed?: string;
  }
>;

export interface EncoderSpec extends SessionOptions {
  graphPaths: GraphPaths;
  /** R: numbers of a landmark key. */
  keyNumbers: number;
}

export interface ReaderSpec extends SessionOptions {
  graphPaths: GraphPaths;
  shape: BaseShape;
  /** Most tokens of a context. */
  contextTokens: number;
}

/** A graph that is to be saved as the runtime has optimized it, with its weights as packed for this processor. */
export interface SaveSpec {
  graphPath: string;
  savedPath: string;
  /** In the folder of `savedPath`. */
  savedWeightsFile: string;
}

/** Milliseconds of the same product in each form. */
export type FormTimes = Record<GraphForm, number>;

export interface Opened<Graph> {
  graph: Graph;
  provider: Provider;
  /** Why the first choice of a provider was not taken. */
  note?: string;
}

/**
 * Told once a graph that ran on CUDA has failed there and runs on the CPU instead.
 *
 * @param note why, for the user
 */
export type OnFallBack = (note: string) => void;

/**
 * Where graphs run: in this thread, which every run then holds (`native/runtime.ts`), or in a thread of their own
 * (`worker/runtime.ts`).
 */
export interface ModelRuntime {
  openEncoder(spec: EncoderSpec): Promise<Opened<Encoder>>;
  openReader(spec: ReaderSpec): Promise<Opened<Reader>>;
  saveGraph(spec: SaveSpec): Promise<void>;
  /** Times one product in both forms, see `native/formProbe.ts`. */
  timeForms(threads: number): Promise<FormTimes>;
  /** Gives up every graph and its memory. What was opened must not be used any more; opening again is no harm. */
  close(): Promise<void>;
}
