import { Tensor } from 'onnxruntime-node';
import type { InferenceSession } from 'onnxruntime-node';
import { openGraph } from '../sessions';

/**
 * One int8 product of the largest numbers there are, written by `training/landmark_training/export/probe.py`:
 * input uint8 [4, 64] to sums float [4, 32].
 */
const probeGraph =
  'CAkSCGxhbmRtYXJrOuUBCjYKBXNoYXBlEgd3ZWlnaHRzIg9Db25zdGFudE9mU2hhcGUqEwoFdmFsdWUqBwgBEANKAX+gAQQKRQoFaW5wdXQK' +
  'B3dlaWdodHMKA29uZQoDb25lEgRzdW1zIhRNYXRNdWxJbnRlZ2VyVG9GbG9hdDoNY29tLm1pY3Jvc29mdBIFcHJvYmUqDRABQgNvbmVKBAAA' +
  'gD8qHQgCEAdCBXNoYXBlShBAAAAAAAAAACAAAAAAAAAAWhcKBWlucHV0Eg4KDAgCEggKAggECgIIQGIWCgRzdW1zEg4KDAgBEggKAggECgII' +
  'IEIECgAQEkIRCg1jb20ubWljcm9zb2Z0EAE=';
const probeDims = [4, 64] as const;
const trueSum = 255 * 127 * probeDims[1];

/** Inputs of int8 products are whole numbers of steps around a zero point, up to `steps` on each side. */
export interface InputRounding {
  steps: number;
  zeroPoint: number;
}

/** Eight bits. */
const fine: InputRounding = { steps: 127, zeroPoint: 128 };
/** Seven bits: 127 * 127 * 2 fits into the 16 bits in which processors without VNNI add pairs of products. */
const coarse: InputRounding = { steps: 63, zeroPoint: 64 };

/** @param sums what this processor makes of the largest products */
export function roundingFor(sums: ArrayLike<number>): InputRounding {
  return Array.from(sums).every((sum) => sum === trueSum) ? fine : coarse;
}

let rounding: Promise<InputRounding> | undefined;

/** What this processor adds up without loss; tried once. */
export function inputRounding(): Promise<InputRounding> {
  return (rounding ??= probe());
}

async function probe(): Promise<InputRounding> {
  const session = await openGraph(Buffer.from(probeGraph, 'base64'), 'cpu', 1);
  try {
    const largest = new Uint8Array(probeDims[0] * probeDims[1]).fill(255);
    const { sums } = await session.run({ input: new Tensor('uint8', largest, probeDims) });
    return roundingFor(sums!.data as Float32Array);
  } finally {
    await session.release();
  }
}

/** What a graph of int8 products is told about rounding; nothing for other graphs. */
export async function int8Inputs(session: InferenceSession): Promise<Record<string, Tensor>> {
  if (!session.inputNames.includes('input_step')) return {};
  const { steps, zeroPoint } = await inputRounding();
  return {
    input_step: new Tensor('float32', Float32Array.of(1 / steps), []),
    input_zero: new Tensor('uint8', Uint8Array.of(zeroPoint), []),
  };
}
