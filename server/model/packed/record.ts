/**
 * What is known of the packed graphs of a form. Their numbers lie in the form's weights file: the conversion's as they
 * were, and behind them, from `start` to `end`, what ONNX Runtime packed for this machine's processor.
 */

import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesOf, checksumsOf, spanProblem, stampOf, tryWriteJson, writeJson } from '../fileChecks';
import {
  differenceOf,
  graphFiles,
  type AnyPackage,
  type GraphForm,
  type GraphSet,
  type PackageFile,
} from '../manifest';

const recordFormat = 1;

export interface PackedRecord {
  format: number;
  /** `weightsId` of the package. */
  packageId: string;
  /** Of ONNX Runtime, which packs in its own way. */
  runtimeVersion: string;
  architecture: string;
  start: number;
  end: number;
  /** CRC-32 of each chunk of 16 MiB from `start` on. */
  checksums: number[];
  graphs: PackageFile[];
  /** mtime and size of the weights file when the checksums last held. */
  checkedStamp: string;
}

export interface FileProblem {
  file: string;
  detail: string;
}

/** Only the form for CPUs is packed: CUDA copies its weights to its own memory. */
export function packedForms(forms: readonly GraphForm[]): GraphForm[] {
  return forms.filter((form) => form === 'int8');
}

export function packedName({ file }: PackageFile): string {
  return file.replace(/(\.onnx)?$/, '.packed.onnx');
}

export async function readPackedRecord(folder: string, form: GraphForm): Promise<PackedRecord | undefined> {
  try {
    const record = JSON.parse(await readFile(recordPath(folder, form), 'utf8')) as PackedRecord;
    return record.format === recordFormat ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Takes the packed graphs of a form away, so that nobody opens one of them over weights that are about to change. */
export async function removePacked(folder: string, form: GraphForm, graphs: GraphSet): Promise<void> {
  for (const name of packedFiles(form, graphs)) await rm(join(folder, name), { force: true });
}

/**
 * The same, into a folder of its own.
 *
 * @returns puts them back
 */
export async function setPackedAside(
  folder: string,
  form: GraphForm,
  graphs: GraphSet,
  aside: string,
): Promise<() => Promise<void>> {
  await mkdir(aside);
  const moved: string[] = [];
  const putBack = async (): Promise<void> => {
    // The record comes last, as when they were made.
    for (const name of moved.splice(0).reverse()) await rename(join(aside, name), join(folder, name));
  };
  try {
    for (const name of packedFiles(form, graphs)) {
      if (await moveWhereThere(join(folder, name), join(aside, name))) moved.push(name);
    }
  } catch (error) {
    await putBack();
    throw error;
  }
  return putBack;
}

async function moveWhereThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** The record comes first: without it the graphs are not there, whatever of them is. */
function packedFiles(form: GraphForm, graphs: GraphSet): string[] {
  return [recordName(form), ...graphFiles(graphs).map(packedName)];
}

export function writePackedRecord(folder: string, form: GraphForm, record: PackedRecord): Promise<void> {
  return writeJson(recordPath(folder, form), record);
}

/** Describes packed files that were just written; a rename keeps the stamp. */
export async function recordPacked(
  { weightsId }: AnyPackage,
  files: { weightsPath: string; start: number; graphs: ReadonlyMap<string, Uint8Array> },
  runtimeVersion: string,
): Promise<PackedRecord> {
  const { weightsPath, start } = files;
  const end = await bytesOf(weightsPath);
  return {
    format: recordFormat,
    packageId: weightsId,
    runtimeVersion,
    architecture: process.arch,
    start,
    end,
    checksums: await checksumsOf(weightsPath, { start, end }),
    graphs: [...files.graphs].map(([file, bytes]) => ({
      file,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    })),
    checkedStamp: await stampOf(weightsPath),
  };
}

/** Why the packed graphs of a form cannot be used; cheap where nothing changed since. */
export async function packedProblem(
  model: AnyPackage,
  folder: string,
  form: GraphForm,
): Promise<FileProblem | undefined> {
  const record = await readPackedRecord(folder, form);
  if (!record) return { file: recordPath(folder, form), detail: 'there is none' };
  const unfit = unfitness(record, model);
  if (unfit !== undefined) return { file: recordPath(folder, form), detail: unfit };
  const ofGraphs = (await checkedGraphs(record, folder)).find(({ detail }) => detail !== undefined);
  if (ofGraphs?.detail !== undefined) return { file: ofGraphs.file, detail: ofGraphs.detail };
  const path = join(folder, model.manifest.graphs[form].weights.file);
  const stamp = await stampOf(path);
  if (stamp === record.checkedStamp) return undefined;
  const detail = await spanProblem(path, record, record.checksums);
  if (detail !== undefined) return { file: path, detail };
  await tryWriteJson(recordPath(folder, form), { ...record, checkedStamp: stamp });
  return undefined;
}

/** Reads every byte of what was packed; nothing where a form was not. */
export async function checkPacked(
  model: AnyPackage,
  folder: string,
  form: GraphForm,
): Promise<{ file: string; detail: string | undefined }[]> {
  const record = await readPackedRecord(folder, form);
  if (!record || unfitness(record, model) !== undefined) return [];
  const path = join(folder, model.manifest.graphs[form].weights.file);
  const ofWeights = await spanProblem(path, record, record.checksums);
  const detail = ofWeights === undefined ? undefined : `what is packed in it: ${ofWeights}`;
  return [{ file: path, detail }, ...(await checkedGraphs(record, folder))];
}

function unfitness({ packageId, architecture }: PackedRecord, model: AnyPackage): string | undefined {
  if (packageId !== model.weightsId) return 'it was made for another package';
  return architecture === process.arch ? undefined : `it was made for ${architecture}`;
}

async function checkedGraphs(
  { graphs }: PackedRecord,
  folder: string,
): Promise<{ file: string; detail: string | undefined }[]> {
  const checked = graphs.map(async (entry) => {
    const file = join(folder, entry.file);
    return { file, detail: await differenceOf(file, entry) };
  });
  return Promise.all(checked);
}

function recordPath(folder: string, form: GraphForm): string {
  return join(folder, recordName(form));
}

function recordName(form: GraphForm): string {
  return `packed.${form}.json`;
}
