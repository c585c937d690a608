/**
 * What this machine can do at most, by the runtime that the graphs run on and with as many threads: operations a second of
 * matrix products that fit into its caches, and bytes a second of one that has to be streamed from memory. The fastest
 * of several runs counts, as whatever else runs only slows it.
 */

import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { ProbeSizes } from '../sizes';
import { oneNodeModel, type OneNode } from './onnxModel';

export interface Probes {
  threads: number;
  fp32OperationsPerSecond: number;
  int8OperationsPerSecond: number;
  bytesPerSecond: number;
}

export async function probeMachine(threads: number, sizes: ProbeSizes): Promise<Probes> {
  return {
    threads,
    fp32OperationsPerSecond: await fp32(threads, sizes),
    int8OperationsPerSecond: await int8(threads, sizes),
    bytesPerSecond: await stream(threads, sizes),
  };
}

/** [width, width] x [width, width] of fp32; the right side is constant, as weights are. */
async function fp32(threads: number, { width, runs }: ProbeSizes): Promise<number> {
  const numbers = Float32Array.from({ length: width * width }, (_, at) => (at % 17) / 17);
  const dims = [width, width];
  const model: OneNode = {
    operator: 'MatMul',
    operands: ['left', 'right'],
    inputs: [{ name: 'left', type: 'float32', dims }],
    constants: [{ name: 'right', type: 'float32', dims, bytes: new Uint8Array(numbers.buffer) }],
    output: { name: 'product', type: 'float32', dims },
  };
  const ms = await fastestMs(model, { left: new Tensor('float32', numbers, dims) }, threads, runs);
  return (operationsOf(width) / ms) * 1000;
}

/** The same of uint8 by int8 into int32. */
async function int8(threads: number, { width, runs }: ProbeSizes): Promise<number> {
  const left = Uint8Array.from({ length: width * width }, (_, at) => at % 17);
  const right = Int8Array.from(left, (value) => value - 8);
  const dims = [width, width];
  const model: OneNode = {
    operator: 'MatMulInteger',
    operands: ['left', 'right'],
    inputs: [{ name: 'left', type: 'uint8', dims }],
    constants: [{ name: 'right', type: 'int8', dims, bytes: new Uint8Array(right.buffer) }],
    output: { name: 'product', type: 'int32', dims },
  };
  const ms = await fastestMs(model, { left: new Tensor('uint8', left, dims) }, threads, runs);
  return (operationsOf(width) / ms) * 1000;
}

/** One row by a matrix far larger than any cache: each of its bytes is read once, for two operations a number. */
async function stream(threads: number, { streamedBytes, runs }: ProbeSizes): Promise<number> {
  const rows = 1024;
  const columns = Math.floor(streamedBytes / rows / Float32Array.BYTES_PER_ELEMENT);
  const model: OneNode = {
    operator: 'MatMul',
    operands: ['left', 'right'],
    inputs: [
      { name: 'left', type: 'float32', dims: [1, rows] },
      { name: 'right', type: 'float32', dims: [rows, columns] },
    ],
    constants: [],
    output: { name: 'product', type: 'float32', dims: [1, columns] },
  };
  const right = new Float32Array(rows * columns).fill(0.5);
  const feeds = {
    left: new Tensor('float32', new Float32Array(rows).fill(0.5), [1, rows]),
    right: new Tensor('float32', right, [rows, columns]),
  };
  const ms = await fastestMs(model, feeds, threads, runs);
  return (right.byteLength / ms) * 1000;
}

/** A product and a sum for each of width³ pairs. */
function operationsOf(width: number): number {
  return 2 * width ** 3;
}

async function fastestMs(
  model: OneNode,
  feeds: Record<string, Tensor>,
  threads: number,
  runs: number,
): Promise<number> {
  const session = await InferenceSession.create(oneNodeModel(model), {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
  });
  let fastest = Infinity;
  for (let run = 0; run <= runs; run++) {
    const start = performance.now();
    await session.run(feeds);
    // The first one makes the runtime's own buffers.
    if (run > 0) fastest = Math.min(fastest, performance.now() - start);
  }
  await session.release();
  return fastest;
}
