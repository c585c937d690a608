import { setImmediate } from 'node:timers/promises';

/** Milliseconds of many runs. */
export interface Times {
  p50: number;
  p99: number;
}

export function timesOf(milliseconds: readonly number[]): Times {
  const sorted = [...milliseconds].sort((left, right) => left - right);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  return { p50: at(0.5), p99: at(0.99) };
}

export function elapsed(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

const megabyte = 1e6;

/** Memories of WebAssembly are given back by tasks that follow a collection. */
const collections = 4;

/** What is held, memories of WebAssembly included, after garbage was collected. Needs --expose-gc. */
export async function heldMegabytes(): Promise<number> {
  for (let turn = 0; turn < collections; turn++) {
    globalThis.gc?.();
    await setImmediate();
  }
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / megabyte;
}
