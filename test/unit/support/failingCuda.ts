import { setTimeout } from 'node:timers/promises';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { openGraph, type OpenGraph } from '../../../server/model/sessions';

/** As ONNX Runtime says it, from a node of the graph. */
export const memoryFailure =
  "Non-zero status code returned while running MatMulNBits node. Name:'MatMulNBits_1' Status Message: " +
  '/onnxruntime_src/onnxruntime/core/framework/bfc_arena.cc:376 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, ' +
  'bool, onnxruntime::Stream*) Failed to allocate memory for requested buffer of size 9961472';
export const kernelFailure =
  'CUDA failure 209: no kernel image is available for execution on the device ; GPU=0 ; expr=cudaGetLastError();';

/** A run on the device. */
export interface CudaRun {
  /** Of its session, with the one that tries it as number 0. */
  number: number;
  /** Windows, or 1. */
  rows: number;
  /** Of a row. */
  tokens: number;
}

/** A device that fails at chosen runs: its sessions are of the CPU. */
export class FailingCuda {
  /** All that were asked for, also those that failed. */
  readonly runs: CudaRun[] = [];
  readonly opened = { cuda: 0, cpu: 0 };
  released = 0;
  /** Replaced to let runs fail at the same time, or one after the other. */
  failsAfterMs: (run: CudaRun) => number = () => 0;
  /** Replaced to make the CPU fail too. */
  openOnCpu: OpenGraph = openGraph;

  /** @param failureOf what a run fails with, if it does */
  constructor(private readonly failureOf: (run: CudaRun) => string | undefined) {}

  readonly open: OpenGraph = async (graph, provider, threads) => {
    this.opened[provider]++;
    if (provider === 'cpu') return this.openOnCpu(graph, provider, threads);
    return this.wrap(await openGraph(graph, 'cpu', threads));
  };

  /** Tokens of each run after the first, which only tries the device. */
  get tokens(): number[] {
    return this.runs.filter(({ number }) => number > 0).map(({ tokens }) => tokens);
  }

  private wrap(session: InferenceSession): InferenceSession {
    let count = 0;
    const run = (
      feeds: InferenceSession.FeedsType,
      fetches: InferenceSession.FetchesType,
    ): Promise<InferenceSession.ReturnType> => {
      const [rows, tokens] = (feeds['tokens'] as Tensor).dims;
      const asked = { number: count++, rows: rows!, tokens: tokens! };
      this.runs.push(asked);
      const failure = this.failureOf(asked);
      if (failure === undefined) return session.run(feeds, fetches);
      return setTimeout(this.failsAfterMs(asked)).then(() => Promise.reject(new Error(failure)));
    };
    const release = (): Promise<void> => {
      this.released++;
      return session.release();
    };
    return { inputNames: session.inputNames, run, release } as unknown as InferenceSession;
  }
}
