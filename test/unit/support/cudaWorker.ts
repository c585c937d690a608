/**
 * The thread that runs the model, on a device that has memory for a session's first runs only, and ends the thread when it
 * is asked for again afterwards.
 */

import { parentPort } from 'node:worker_threads';
import { NativeRuntime } from '../../../server/model/native/runtime';
import type { OpenGraph } from '../../../server/model/sessions';
import { serveModel } from '../../../server/model/worker/serveModel';
import { FailingCuda, memoryFailure } from './failingCuda';

const runsThatFit = 4;
let isFull = false;
const cuda = new FailingCuda(({ number }) => {
  isFull ||= number > runsThatFit;
  return isFull ? memoryFailure : undefined;
});
const open: OpenGraph = (graph, provider, threads) => {
  if (isFull && provider === 'cuda') process.exit(1);
  return cuda.open(graph, provider, threads);
};

serveModel(parentPort!, (onFallBack) => new NativeRuntime({ onFallBack, open, cudaAvailable: true }));
