/** The thread that runs the model. Bundled as a file of its own, which the server starts. */

import { Console } from 'node:console';
import { constants, getPriority, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { NativeRuntime } from '../native/runtime';
import type { WorkerStart } from './messages';
import { serveModel } from './serveModel';

// Standard output belongs to the protocol, also what a thread prints.
globalThis.console = new Console(process.stderr, process.stderr);
if ((workerData as WorkerStart).lane === 'background') giveWay();
serveModel(parentPort!, (onFallBack) => new NativeRuntime({ onFallBack }));

/**
 * Lets the scheduler prefer everything else that wants a core. On Linux a priority belongs to a thread, and the
 * threads that the runtime starts inherit it; elsewhere it would be the whole server's.
 */
function giveWay(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(Math.max(getPriority(), constants.priority.PRIORITY_BELOW_NORMAL));
  } catch {
    // A machine that forbids it shares its cores evenly.
  }
}
