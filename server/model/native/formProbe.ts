import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tensor, type InferenceSession } from 'onnxruntime-node';
import type { GraphForm } from '../manifest';
import type { FormTimes } from '../runtime';
import { openGraph } from '../sessions';
import { int8Inputs } from './int8';

interface ProbeGraph {
  /** The graph, base64. */
  graph: string;
  /** What it calls its weights file, and how long that must be. */
  weightsFile: string;
  weightsBytes: number;
}

/**
 * Gate and up of the default base in both forms, written by `training/landmark_training/export/probe.py`:
 * x float [1, T, 896] times a matrix [896, 4864]. Products of a package have constant weights, which the runtime packs
 * once for its kernels; inputs would be packed in every run, and megabytes of constants would be carried in this file.
 */
const probeGraphs: Record<GraphForm, ProbeGraph> = {
  int8: {
    graph:
      'CAkSCGxhbmRtYXJrOtMHChEKAXgSBUFic18xIgNBYnM6AApECgVBYnNfMQoQY29uc3RfaW50NjRfMV8tMRILUmVkdWNlTWF4XzIiCVJlZHVjZU1h' +
      'eCoPCghrZWVwZGltcxgBoAECOgAKQQoLUmVkdWNlTWF4XzIKJGNvbnN0X2Zsb2F0MzJfXzkuOTk5OTk5OTYwMDQxOTcyZS0xMxIFTWF4XzMiA01h' +
      'eDoAChgKAXgKBU1heF8zEgVEaXZfNCIDRGl2OgAKQwoFRGl2XzQKCmlucHV0X3N0ZXAKCmlucHV0X3plcm8SEFF1YW50aXplTGluZWFyXzUiDlF1' +
      'YW50aXplTGluZWFyOgAKigEKEFF1YW50aXplTGluZWFyXzUKDnRpbWVkLmxldmVscy4wCgppbnB1dF9zdGVwChF0aW1lZC5yb3dTY2FsZXMuMAoK' +
      'aW5wdXRfemVybxIWTWF0TXVsSW50ZWdlclRvRmxvYXRfNiIUTWF0TXVsSW50ZWdlclRvRmxvYXQ6DWNvbS5taWNyb3NvZnQKLQoWTWF0TXVsSW50' +
      'ZWdlclRvRmxvYXRfNgoFTWF4XzMSBU11bF83IgNNdWw6AApMCgVNdWxfNwoPY29uc3RfaW50NjRfMV8wCg9jb25zdF9pbnQ2NF8xXzEKD2NvbnN0' +
      'X2ludDY0XzFfMRIHU2xpY2VfOCIFU2xpY2U6AAoYCgdTbGljZV84EgF5IghJZGVudGl0eToAEgV0aW1lZCogCAEQB0IQY29uc3RfaW50NjRfMV8t' +
      'MUoI//////////8qLhABQiRjb25zdF9mbG9hdDMyX185Ljk5OTk5OTk2MDA0MTk3MmUtMTNKBMy8jCsqWAiABwiAJhADQg50aW1lZC5sZXZlbHMu' +
      'MGocCghsb2NhdGlvbhIQd2VpZ2h0cy5pbnQ4LmJpbmoLCgZvZmZzZXQSATBqEQoGbGVuZ3RoEgc0MzU4MTQ0cAEqXAiAJhABQhF0aW1lZC5yb3dT' +
      'Y2FsZXMuMGocCghsb2NhdGlvbhIQd2VpZ2h0cy5pbnQ4LmJpbmoRCgZvZmZzZXQSBzQzNTgxNDRqDwoGbGVuZ3RoEgUxOTQ1NnABKh8IARAHQg9j' +
      'b25zdF9pbnQ2NF8xXzBKCAAAAAAAAAAAKh8IARAHQg9jb25zdF9pbnQ2NF8xXzFKCAEAAAAAAAAAWhQKCmlucHV0X3N0ZXASBgoECAESAFoUCgpp' +
      'bnB1dF96ZXJvEgYKBAgCEgBaGQoBeBIUChIIARIOCgIIAQoDEgFUCgMIgAdiGAoBeRITChEIARINCgIIAQoCCAEKAwiAJkIECgAQEkIRCg1jb20u' +
      'bWljcm9zb2Z0EAE=',
    weightsFile: 'weights.int8.bin',
    weightsBytes: 4_377_600,
  },
  blocks: {
    graph:
      'CAkSCGxhbmRtYXJrOsEECpcBCgF4Cgx0aW1lZC5xdWFudHMKDHRpbWVkLnNjYWxlcxINTWF0TXVsTkJpdHNfMSILTWF0TXVsTkJpdHMqCQoBSxiA' +
      'B6ABAioJCgFOGIAmoAECKhUKDmFjY3VyYWN5X2xldmVsGASgAQIqCwoEYml0cxgIoAECKhEKCmJsb2NrX3NpemUYIKABAjoNY29tLm1pY3Jvc29m' +
      'dApUCg1NYXRNdWxOQml0c18xCg9jb25zdF9pbnQ2NF8xXzAKD2NvbnN0X2ludDY0XzFfMQoPY29uc3RfaW50NjRfMV8xEgdTbGljZV8yIgVTbGlj' +
      'ZToAChgKB1NsaWNlXzISAXkiCElkZW50aXR5OgASBXRpbWVkKlkIgCYIHAggEAJCDHRpbWVkLnF1YW50c2oeCghsb2NhdGlvbhISd2VpZ2h0cy5i' +
      'bG9ja3MuYmluagsKBm9mZnNldBIBMGoRCgZsZW5ndGgSBzQzNTgxNDRwASpcCIAmCBwQAUIMdGltZWQuc2NhbGVzah4KCGxvY2F0aW9uEhJ3ZWln' +
      'aHRzLmJsb2Nrcy5iaW5qEQoGb2Zmc2V0Egc0MzU4MTQ0ahAKBmxlbmd0aBIGNTQ0NzY4cAEqHwgBEAdCD2NvbnN0X2ludDY0XzFfMEoIAAAAAAAA' +
      'AAAqHwgBEAdCD2NvbnN0X2ludDY0XzFfMUoIAQAAAAAAAABaGQoBeBIUChIIARIOCgIIAQoDEgFUCgMIgAdiGAoBeRITChEIARINCgIIAQoCCAEK' +
      'AwiAJkIECgAQEkIRCg1jb20ubWljcm9zb2Z0EAE=',
    weightsFile: 'weights.blocks.bin',
    weightsBytes: 4_902_912,
  },
};
const columns = 896;
/** Every byte of the weights. Read as float it is .0115: neither weights nor scales are numbers that processors are slow with. */
const filling = 0x3c;

/** Half a window: enough for the kernels of many rows, in which indexing and reading spend their time. */
const tokenCount = 256;
/** Runs of each form, by turns, of which the fastest counts: other work on the machine only ever adds to a run. */
const turnsMax = 8;
/** No further turn is begun after so long. */
const turnsMsMax = 300;

interface TimedGraph {
  form: GraphForm;
  session: InferenceSession;
  inputs: InferenceSession.FeedsType;
}

/**
 * Times one product in both forms, in well under a second, in which it holds this thread.
 *
 * @param threads of one run; 0 leaves the choice to the runtime
 * @param scratch where a folder is made for the graphs and their weights, and removed again
 */
export async function timeForms(threads: number, scratch: string = tmpdir()): Promise<FormTimes> {
  const folder = await mkdtemp(join(scratch, 'landmark-forms-'));
  const graphs: TimedGraph[] = [];
  try {
    for (const form of ['int8', 'blocks'] as const) graphs.push(await openProbe(folder, form, threads));
    return await fastestOf(graphs);
  } finally {
    await Promise.all(graphs.map(({ session }) => session.release()));
    // Where a file is still held it is left to whoever tidies up temporary files.
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function openProbe(folder: string, form: GraphForm, threads: number): Promise<TimedGraph> {
  const { graph, weightsFile, weightsBytes } = probeGraphs[form];
  const path = join(folder, `timed.${form}.onnx`);
  await writeFile(join(folder, weightsFile), Buffer.alloc(weightsBytes, filling));
  await writeFile(path, Buffer.from(graph, 'base64'));
  const session = await openGraph(path, 'cpu', threads);
  const x = new Tensor('float32', spreadNumbers(tokenCount * columns), [1, tokenCount, columns]);
  return { form, session, inputs: { x, ...(await int8Inputs(session)) } };
}

async function fastestOf(graphs: readonly TimedGraph[]): Promise<FormTimes> {
  const ms: FormTimes = { int8: Infinity, blocks: Infinity };
  // The first run of a graph sets its memory up.
  for (const { session, inputs } of graphs) await session.run(inputs);
  const start = performance.now();
  for (let turn = 0; turn < turnsMax && (turn === 0 || performance.now() - start < turnsMsMax); turn++) {
    for (const { form, session, inputs } of graphs) {
      const before = performance.now();
      await session.run(inputs);
      ms[form] = Math.min(ms[form], performance.now() - before);
    }
  }
  return ms;
}

/** Between -1 and 1, the same each time. */
function spreadNumbers(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, at) => Math.sin(at));
}
