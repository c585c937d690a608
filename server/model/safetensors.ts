import { readFile } from 'node:fs/promises';
import { failure } from '../errors';
import { decodeFloat16 } from '../float16';

/** Longest header that is read; ours has some thousand characters. */
const maxHeaderBytes = 16 * 2 ** 20;

interface HeaderEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/**
 * Reads a safetensors file: header length u64, JSON header, data.
 *
 * @returns every tensor as fp32, by name
 */
export async function readSafetensors(path: string): Promise<Map<string, Float32Array>> {
  const bytes = await readFile(path);
  if (bytes.length < 8) throw failure.modelCorrupt(path, 'it is too short');
  const headerBytes = Number(bytes.readBigUInt64LE(0));
  if (headerBytes > maxHeaderBytes || 8 + headerBytes > bytes.length) {
    throw failure.modelCorrupt(path, 'its header is longer than the file');
  }
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerBytes)) as Record<string, HeaderEntry>;
  const tensors = new Map<string, Float32Array>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const [start, end] = entry.data_offsets;
    // A copy, because a view of other element size must start on a multiple of it.
    const data = Uint8Array.from(bytes.subarray(8 + headerBytes + start, 8 + headerBytes + end));
    tensors.set(name, asFloat32(path, name, entry.dtype, data));
  }
  return tensors;
}

function asFloat32(path: string, name: string, dtype: string, data: Uint8Array): Float32Array {
  if (dtype === 'F32') return new Float32Array(data.buffer);
  if (dtype === 'F16') {
    const halves = new Uint16Array(data.buffer);
    const numbers = new Float32Array(halves.length);
    decodeFloat16(halves, numbers);
    return numbers;
  }
  throw failure.modelCorrupt(path, `${name} has type ${dtype}; F16 and F32 are known`);
}
