/**
 * Writes the weights file of a model package from its base's GGUF file and what was trained.
 *
 * The work goes tensor by tensor into `<weights>.part`; a journal beside it counts finished tensors, so an
 * interrupted conversion continues where it stopped. Only a complete file gets its final name.
 */

import { open, readFile, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { failure, throwIfCancelled } from '../errors';
import { decodeFloat16 } from '../float16';
import { listTensors, readRows, type GgufTensor } from './ggufFile';
import { rotaryValues } from './rotary';
import { dequantize, Int8Matrix, type DecodedRows } from './int8Form';
import type { BaseShape } from './manifest';
import { quantForms, type QuantForm } from './quantForms';
import { readSafetensors } from './safetensors';
import type { StoredTensor, TensorTable } from './tensorTable';

export interface ConversionInput {
  ggufPath: string;
  /** Where the package has landmarks, and deltas of answers. */
  landmarksPath?: string;
  answersPath?: string;
  weightsPath: string;
  table: TensorTable;
  shape: BaseShape;
  /** Identifies input and table; a journal of another conversion is not continued. */
  identity: string;
}

/** Source bytes that are held at once. */
const chunkBytes = 8 * 2 ** 20;

export async function convertWeights(
  input: ConversionInput,
  onProgress: (doneBytes: number, totalBytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const part = `${input.weightsPath}.part`;
  const journal = new Journal(`${input.weightsPath}.journal`, input.identity);
  const finished = await journal.load();
  const gguf = await open(input.ggufPath, 'r');
  const target = await open(part, finished > 0 ? 'r+' : 'w');
  try {
    await target.truncate(input.table.bytes);
    await writeGroups(input, gguf, target, journal, finished, onProgress, signal);
    await target.sync();
  } finally {
    await gguf.close();
    await target.close();
  }
  await rename(part, input.weightsPath);
  await journal.remove();
}

async function writeGroups(
  input: ConversionInput,
  gguf: FileHandle,
  target: FileHandle,
  journal: Journal,
  finished: number,
  onProgress: (doneBytes: number, totalBytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const tensors = await listTensors(input.ggufPath);
  const trained = {
    landmarks: await trainedTensors(input.landmarksPath),
    answers: await trainedTensors(input.answersPath),
  };
  const groups = groupBySource(input.table.tensors);
  let doneBytes = 0;
  for (const [index, group] of groups.entries()) {
    if (index >= finished) {
      throwIfCancelled(signal);
      const { source, tensor } = group[0]!;
      if (source === 'gguf') await writeGgufTensor(input.ggufPath, gguf, target, tensors.get(tensor), group);
      else if (source === 'rotary')
        await writeFloats(target, group[0]!, rotaryTensor(group[0]!, input.shape));
      else await writeFloats(target, group[0]!, trained[source].get(tensor));
      await journal.advance(index + 1);
    }
    doneBytes += group.reduce((sum, entry) => sum + entry.bytes, 0);
    onProgress(doneBytes, input.table.bytes);
  }
}

/** Of a package without them, none. */
async function trainedTensors(path: string | undefined): Promise<Map<string, Float32Array>> {
  return path === undefined ? new Map() : readSafetensors(path);
}

function rotaryTensor({ tensor, shape }: StoredTensor, base: BaseShape): Float32Array {
  return rotaryValues(base, shape[0]!, tensor === 'cos' ? Math.cos : Math.sin);
}

/** The parts of one source tensor are written together, since one pass over the source gives them all. */
function groupBySource(entries: readonly StoredTensor[]): StoredTensor[][] {
  const groups = new Map<string, StoredTensor[]>();
  for (const entry of entries) {
    const key = `${entry.source}:${entry.tensor}`;
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return [...groups.values()];
}

async function writeGgufTensor(
  path: string,
  gguf: FileHandle,
  target: FileHandle,
  tensor: GgufTensor | undefined,
  parts: readonly StoredTensor[],
): Promise<void> {
  const name = parts[0]!.tensor;
  if (!tensor) throw failure.modelCorrupt(path, `it has no tensor ${name}`);
  if (parts[0]!.part === 'float') {
    const bytes = await readRows(gguf, path, tensor, 0, tensor.rows);
    await writeFloats(target, parts[0]!, floatsOf(path, tensor, bytes));
    return;
  }
  const quantForm = quantForms[tensor.type];
  if (!quantForm)
    throw failure.modelCorrupt(path, `${name} is stored as ${tensor.type}, which is not supported`);
  const source = { path, gguf, tensor, quantForm };
  // A matrix that is looked up and multiplied may be wanted in both forms.
  if (parts.some(({ part }) => part === 'quants')) await writeBlocks(source, target, parts);
  if (parts.some(({ part }) => part === 'levels')) await writeInt8(source, target, parts);
}

interface QuantizedSource {
  path: string;
  gguf: FileHandle;
  tensor: GgufTensor;
  quantForm: QuantForm;
}

async function* chunksOf({ path, gguf, tensor, quantForm }: QuantizedSource): AsyncGenerator<{
  row: number;
  rowCount: number;
  decoded: DecodedRows;
}> {
  const rowsPerChunk = Math.max(1, Math.floor(chunkBytes / tensor.rowBytes));
  for (let row = 0; row < tensor.rows; row += rowsPerChunk) {
    const rowCount = Math.min(rowsPerChunk, tensor.rows - row);
    const bytes = await readRows(gguf, path, tensor, row, rowCount);
    yield { row, rowCount, decoded: decodeRows(quantForm, tensor, bytes, rowCount) };
  }
}

async function writeBlocks(
  source: QuantizedSource,
  target: FileHandle,
  parts: readonly StoredTensor[],
): Promise<void> {
  const { tensor, quantForm } = source;
  const offsets = quantForm.hasOffsets ? new Float32Array(offsetCount(tensor, quantForm)) : undefined;
  for await (const { row, decoded } of chunksOf(source)) {
    await writePart(target, parts, 'quants', row / tensor.rows, decoded.quants);
    await writePart(target, parts, 'scales', row / tensor.rows, asBytes(decoded.scales));
    offsets?.set(decoded.offsets!, row * (tensor.columns / quantForm.blockWeights));
  }
  if (offsets) {
    await writePart(target, parts, 'offsets', 0, asBytes(transposed(offsets, tensor.rows)));
  }
}

/**
 * Columns come first in this form, so the matrix is held whole: 136 MB for the largest of the default base. The parts say
 * which columns have scales of their own.
 */
async function writeInt8(
  source: QuantizedSource,
  target: FileHandle,
  parts: readonly StoredTensor[],
): Promise<void> {
  const { tensor, quantForm } = source;
  const groups = parts
    .filter(({ part }) => part === 'levels')
    .map(({ shape: [width], firstColumn = 0 }) => ({
      firstColumn,
      width: width!,
      matrix: new Int8Matrix(tensor.rows, width!),
    }));
  for await (const { row, rowCount, decoded } of chunksOf(source)) {
    const weights = dequantize(quantForm, decoded);
    for (let i = 0; i < rowCount; i++) {
      for (const { firstColumn, width, matrix } of groups) {
        const start = i * tensor.columns + firstColumn;
        matrix.setRow(row + i, weights.subarray(start, start + width));
      }
    }
  }
  for (const { firstColumn, matrix } of groups) {
    const ofGroup = parts.filter((entry) => (entry.firstColumn ?? 0) === firstColumn);
    await writePart(target, ofGroup, 'levels', 0, asBytes(matrix.levels));
    await writePart(target, ofGroup, 'rowScales', 0, asBytes(matrix.rowScales));
  }
}

function offsetCount(tensor: GgufTensor, { blockWeights }: QuantForm): number {
  return (tensor.rows * tensor.columns) / blockWeights;
}

/** [rows, blocks] to [blocks, rows]: the offsets are the right-hand side of a product over blocks. */
function transposed(values: Float32Array, rows: number): Float32Array {
  const columns = values.length / rows;
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = values[row * columns + column]!;
    }
  }
  return result;
}

/** Whole rows of a quantized tensor in the parts that `MatMulNBits` reads. */
export function decodeRows(
  quantForm: QuantForm,
  tensor: Pick<GgufTensor, 'columns'>,
  source: Uint8Array,
  rowCount: number,
): DecodedRows {
  const weights = rowCount * tensor.columns;
  const blocks = weights / quantForm.blockWeights;
  const result = {
    quants: new Uint8Array((weights * quantForm.bits) / 8),
    scales: new Float32Array(blocks),
    offsets: quantForm.hasOffsets ? new Float32Array(blocks) : undefined,
  };
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  const sourceBlocks = weights / quantForm.sourceWeights;
  for (let index = 0; index < sourceBlocks; index++) quantForm.write(view, index, result);
  return result;
}

function floatsOf(path: string, tensor: GgufTensor, bytes: Uint8Array): Float32Array {
  if (tensor.type === 'F32') return new Float32Array(bytes.buffer);
  if (tensor.type !== 'F16') throw failure.modelCorrupt(path, `${tensor.name} is stored as ${tensor.type}`);
  const numbers = new Float32Array(bytes.length / 2);
  decodeFloat16(new Uint16Array(bytes.buffer), numbers);
  return numbers;
}

async function writeFloats(
  target: FileHandle,
  entry: StoredTensor,
  values: Float32Array | undefined,
): Promise<void> {
  if (values?.byteLength !== entry.bytes) {
    throw failure.modelCorrupt(
      entry.name,
      `it has ${values?.byteLength ?? 0} bytes instead of ${entry.bytes}`,
    );
  }
  await target.write(asBytes(values), 0, entry.bytes, entry.offset);
}

/** Writes a run of a part that starts at `share` (0..1) of it. */
async function writePart(
  target: FileHandle,
  parts: readonly StoredTensor[],
  part: StoredTensor['part'],
  share: number,
  bytes: Uint8Array,
): Promise<void> {
  const entry = parts.find((candidate) => candidate.part === part);
  if (!entry) throw failure.modelCorrupt(parts[0]!.tensor, `the tensor table has no ${part} for it`);
  await target.write(bytes, 0, bytes.length, entry.offset + Math.round(share * entry.bytes));
}

function asBytes(values: Float32Array | Int8Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** How many tensor groups are finished, for one identity. */
class Journal {
  constructor(
    private readonly path: string,
    private readonly identity: string,
  ) {}

  async load(): Promise<number> {
    try {
      const [identity, finished] = (await readFile(this.path, 'utf8')).split('\n');
      return identity === this.identity ? Number(finished) || 0 : 0;
    } catch {
      return 0;
    }
  }

  async advance(finished: number): Promise<void> {
    await writeFile(this.path, `${this.identity}\n${finished}\n`);
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }
}
