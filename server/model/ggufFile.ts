import { GGMLQuantizationType, gguf } from '@huggingface/gguf';
import type { FileHandle } from 'node:fs/promises';
import { failure } from '../errors';
import { messageOf } from './manifest';
import { quantForms } from './quantForms';

/** Bytes of one number of the float types. */
const floatBytes: Readonly<Record<string, number>> = { F32: 4, F16: 2 };

/** A matrix or vector inside a GGUF file: `rows` runs of `columns` numbers, each row stored without a gap. */
export interface GgufTensor {
  name: string;
  /** GGML type name, as in `quantForms`, or F32 or F16. */
  type: string;
  rows: number;
  columns: number;
  rowBytes: number;
  /** Position of the first row in the file. */
  offset: number;
}

export async function listTensors(path: string): Promise<Map<string, GgufTensor>> {
  try {
    const { tensorInfos, tensorDataOffset } = await gguf(path, { allowLocalFile: true });
    const dataStart = Number(tensorDataOffset);
    return new Map(
      tensorInfos.map(({ name, shape, dtype, offset }) => {
        const [columns, ...rest] = shape.map(Number);
        const type = GGMLQuantizationType[dtype];
        const rows = rest.reduce((product, length) => product * length, 1);
        const tensor = { name, type, rows, columns: columns!, rowBytes: rowBytes(type, columns!) };
        return [name, { ...tensor, offset: dataStart + Number(offset) }];
      }),
    );
  } catch (error) {
    throw failure.modelCorrupt(path, `it is not a GGUF file (${messageOf(error)})`);
  }
}

/** Bytes of `columns` numbers; NaN for a type that has no form here. */
function rowBytes(type: string, columns: number): number {
  const quantForm = quantForms[type];
  if (quantForm) return (columns / quantForm.sourceWeights) * quantForm.sourceBytes;
  return columns * (floatBytes[type] ?? NaN);
}

/** Reads whole rows; the file ending early is a damaged file. */
export async function readRows(
  file: FileHandle,
  path: string,
  tensor: GgufTensor,
  firstRow: number,
  rowCount: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(rowCount * tensor.rowBytes);
  const { bytesRead } = await file.read(bytes, 0, bytes.length, tensor.offset + firstRow * tensor.rowBytes);
  if (bytesRead !== bytes.length) throw failure.modelCorrupt(path, `it ends inside ${tensor.name}`);
  return bytes;
}
