import { readFile } from 'node:fs/promises';
import { failure } from '../errors';
import { messageOf } from './manifest';

/** One initializer of the graphs: a byte range of the weights file, and where its numbers come from. */
export interface StoredTensor {
  name: string;
  source: 'gguf' | 'landmarks' | 'answers' | 'rotary';
  /** Name inside the source. */
  tensor: string;
  /** `quants`, `scales`, `offsets`: the GGUF's blocks (quantForms.ts); `levels`, `rowScales`: int8 (int8Form.ts). */
  part: 'quants' | 'scales' | 'offsets' | 'levels' | 'rowScales' | 'float';
  dtype: 'uint8' | 'int8' | 'float32';
  shape: number[];
  offset: number;
  bytes: number;
  /** Of levels and row scales, which may be of some columns alone; absent for the first. */
  firstColumn?: number;
}

export interface TensorTable {
  format: number;
  /** Size of the weights file. */
  bytes: number;
  tensors: StoredTensor[];
}

const tensorTableFormat = 1;
/** No base that fits a personal machine comes near this; a larger number means a damaged table. */
const maxWeightsBytes = 64 * 2 ** 30;

export async function readTensorTable(path: string): Promise<TensorTable> {
  let table: TensorTable;
  try {
    table = JSON.parse(await readFile(path, 'utf8')) as TensorTable;
  } catch (error) {
    throw failure.modelCorrupt(path, messageOf(error));
  }
  if (table.format > tensorTableFormat) throw failure.modelTooNew(path, table.format, tensorTableFormat);
  if (!(table.bytes > 0 && table.bytes <= maxWeightsBytes)) {
    throw failure.modelCorrupt(path, `the weights would have ${table.bytes} bytes`);
  }
  for (const entry of table.tensors) {
    if (!(entry.offset >= 0 && entry.bytes > 0 && entry.offset + entry.bytes <= table.bytes)) {
      throw failure.modelCorrupt(path, `${entry.name} lies outside the weights`);
    }
  }
  return table;
}
