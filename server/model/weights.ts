/**
 * The converted weights of a model package in the user's cache: graphs and weights side by side, since a
 * graph names its weights by a relative path.
 *
 *     <cache>/models/<name>-<package id, 12 digits>/
 *         encoder.<form>.onnx, reader.<form>.onnx   copies of the package's graphs
 *         weights.<form>.bin                        written by convert.ts
 *         weights.<form>.json                       size, checksum of every 16 MiB, and the file's stamp when last checked
 *         *.packed.onnx, packed.<form>.json         graphs over weights that are packed already, see packed/pack.ts
 *
 * Every machine has a form for its CPU (productForm.ts says which); the one for CUDA is made where its library is
 * installed.
 */

import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../errors';
import { removeEarlierVersions, weightsFolder } from './cacheFolders';
import { convertWeights } from './convert';
import { hasCudaLibrary } from './cuda';
import { fetchBase, type FetchProgress } from './fetchBase';
import { bytesOf, checksumsOf, spanProblem, stampOf, tryWriteJson, writeJson } from './fileChecks';
import {
  checkPackageFiles,
  differenceOf,
  graphFiles,
  packageFiles,
  type AnyPackage,
  type GraphForm,
} from './manifest';
import { checkPacked, packedForms, packedProblem, removePacked } from './packed/record';
import { readTensorTable } from './tensorTable';

const recordFormat = 1;

interface WeightsRecord {
  format: number;
  /** `weightsId` of the package. */
  packageId: string;
  bytes: number;
  /** CRC-32 of each chunk of 16 MiB. */
  checksums: number[];
  /** mtime and size when the checksums last held; a file that has not changed since is not read again. */
  checkedStamp: string;
}

export interface WeightsProgress {
  fetch: FetchProgress;
  convert: (doneBytes: number, totalBytes: number) => void;
}

export function baseFolder(cacheFolder: string): string {
  return join(cacheFolder, 'base');
}

/**
 * The forms that this machine can use; the one that it cannot do without comes first.
 *
 * @param cpuForm what its CPU is to run, which is any form
 */
export function formsHere(cpuForm: GraphForm, cudaAvailable: boolean = hasCudaLibrary()): GraphForm[] {
  return cudaAvailable && cpuForm !== 'blocks' ? [cpuForm, 'blocks'] : [cpuForm];
}

/**
 * What the CPU runs: the wanted form, or else the other one where only that was converted, since it answers as well and
 * nobody is to convert twice unasked.
 *
 * @returns undefined where no conversion was finished
 */
export async function convertedForm(
  model: AnyPackage,
  cacheFolder: string,
  wanted: GraphForm,
): Promise<GraphForm | undefined> {
  const folder = weightsFolder(model, cacheFolder);
  const other: GraphForm = wanted === 'int8' ? 'blocks' : 'int8';
  if (await readRecord(model, folder, wanted)) return wanted;
  if (await readRecord(model, folder, other)) return other;
  return undefined;
}

/** True where a conversion was finished for this very package. Says nothing about damage since. */
export async function hasWeights(model: AnyPackage, cacheFolder: string): Promise<boolean> {
  return (await convertedForm(model, cacheFolder, 'int8')) !== undefined;
}

/** Bytes that the converted weights take on disk. */
export async function weightsBytes(model: AnyPackage, cacheFolder: string): Promise<number> {
  const folder = weightsFolder(model, cacheFolder);
  const sizes = Object.values(model.manifest.graphs).map(({ weights }) =>
    bytesOf(join(folder, weights.file)),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** Fetches the base where it is missing and converts it; does nothing where converted weights are intact. */
export async function addWeights(
  model: AnyPackage,
  cacheFolder: string,
  localGguf: string | undefined,
  progress: WeightsProgress,
  signal: AbortSignal,
  forms: readonly GraphForm[] = formsHere('int8'),
): Promise<string> {
  await checkPackageFiles(model);
  const folder = weightsFolder(model, cacheFolder);
  const problems = await Promise.all(forms.map((form) => weightsProblem(model, folder, form)));
  const missing = forms.filter((_, index) => problems[index] !== undefined);
  if (missing.length === 0) return folder;
  const ggufPath = await fetchBase(model, baseFolder(cacheFolder), localGguf, progress.fetch, signal);
  await mkdir(folder, { recursive: true });
  for (const form of missing) await convertForm({ model, form, ggufPath, folder }, progress.convert, signal);
  return folder;
}

async function convertForm(
  { model, form, ggufPath, folder }: { model: AnyPackage; form: GraphForm; ggufPath: string; folder: string },
  onProgress: WeightsProgress['convert'],
  signal: AbortSignal,
): Promise<void> {
  const { files, graphs, shape, base } = model.manifest;
  const { tensors, weights } = graphs[form];
  const weightsPath = join(folder, weights.file);
  // What is packed lies in the file that is about to be replaced.
  await removePacked(folder, form, graphs[form]);
  await convertWeights(
    {
      ggufPath,
      ...(files.landmarks && { landmarksPath: join(model.folder, files.landmarks.file) }),
      ...(files.answers && { answersPath: join(model.folder, files.answers.file) }),
      weightsPath,
      table: await readTensorTable(join(model.folder, tensors.file)),
      shape,
      identity: `${model.weightsId} ${base.gguf.sha256}`,
    },
    onProgress,
    signal,
  );
  for (const { file } of graphFiles(graphs[form]))
    await copyFile(join(model.folder, file), join(folder, file));
  await writeJson(recordPath(folder, form), await recordOf(model, weightsPath, signal));
}

/** Removes the base and what was made of it, by versions before this one too. @returns bytes that are free now */
export async function removeWeights(model: AnyPackage, cacheFolder: string): Promise<number> {
  const gguf = join(baseFolder(cacheFolder), model.manifest.base.gguf.file);
  const bytes = (await weightsBytes(model, cacheFolder)) + (await bytesOf(gguf));
  // What of this version cannot be removed is an error, since it was asked for.
  await rm(weightsFolder(model, cacheFolder), { recursive: true, force: true });
  await rm(gguf, { force: true });
  return bytes + (await removeEarlierVersions(model, cacheFolder, Infinity));
}

/** The folder of converted weights, which form the CPU runs, and all forms that are there. */
export interface ReadyWeights {
  folder: string;
  cpuForm: GraphForm;
  forms: readonly GraphForm[];
  /** Of these, the forms whose packed graphs can be used. */
  packed: readonly GraphForm[];
}

/**
 * Throws where the weights are missing or damaged; cheap where nothing changed since.
 *
 * @param wanted the form that the CPU runs where it was converted
 */
export async function requireWeights(
  model: AnyPackage,
  cacheFolder: string,
  wanted: GraphForm,
): Promise<ReadyWeights> {
  const folder = weightsFolder(model, cacheFolder);
  const cpuForm = await convertedForm(model, cacheFolder, wanted);
  if (!cpuForm) throw failure.modelMissing(model.manifest.name);
  const forms: GraphForm[] = [];
  for (const form of formsHere(cpuForm)) {
    if (!(await readRecord(model, folder, form))) continue;
    const problem = await weightsProblem(model, folder, form);
    if (problem) throw failure.modelCorrupt(problem.file, problem.detail);
    forms.push(form);
  }
  const packed: GraphForm[] = [];
  for (const form of packedForms(forms)) {
    if (!(await packedProblem(model, folder, form))) packed.push(form);
  }
  return { folder, cpuForm, forms, packed };
}

export interface CheckedFile {
  file: string;
  ok: boolean;
  detail: string;
}

/** Reads every byte of package and weights, whatever the stamps say. */
export async function verifyWeights(
  model: AnyPackage,
  cacheFolder: string,
  wanted: GraphForm,
): Promise<CheckedFile[]> {
  const checked: CheckedFile[] = [];
  const note = (file: string, detail: string | undefined): void => {
    checked.push({ file, ok: detail === undefined, detail: detail ?? 'intact' });
  };
  for (const entry of packageFiles(model.manifest)) {
    note(join(model.folder, entry.file), await differenceOf(join(model.folder, entry.file), entry));
  }
  const folder = weightsFolder(model, cacheFolder);
  for (const form of formsHere((await convertedForm(model, cacheFolder, wanted)) ?? wanted)) {
    const graphs = model.manifest.graphs[form];
    const path = join(folder, graphs.weights.file);
    const record = await readRecord(model, folder, form);
    note(path, record ? await contentProblem(path, record) : 'not converted yet');
    for (const entry of record ? graphFiles(graphs) : []) {
      note(join(folder, entry.file), await differenceOf(join(folder, entry.file), entry));
    }
    for (const { file, detail } of await checkPacked(model, folder, form)) note(file, detail);
  }
  return checked;
}

async function weightsProblem(
  model: AnyPackage,
  folder: string,
  form: GraphForm,
): Promise<{ file: string; detail: string } | undefined> {
  const graphs = model.manifest.graphs[form];
  const path = join(folder, graphs.weights.file);
  const record = await readRecord(model, folder, form);
  if (!record) return { file: path, detail: 'it was made for another package' };
  for (const entry of graphFiles(graphs)) {
    const detail = await differenceOf(join(folder, entry.file), entry);
    if (detail) return { file: join(folder, entry.file), detail };
  }
  const stamp = await stampOf(path);
  if (stamp === record.checkedStamp) return undefined;
  const detail = await contentProblem(path, record);
  if (detail) return { file: path, detail };
  await tryWriteJson(recordPath(folder, form), { ...record, checkedStamp: stamp });
  return undefined;
}

async function recordOf(model: AnyPackage, path: string, signal: AbortSignal): Promise<WeightsRecord> {
  const bytes = await bytesOf(path);
  const checksums = await checksumsOf(path, { start: 0, end: bytes }, signal);
  return {
    format: recordFormat,
    packageId: model.weightsId,
    bytes,
    checksums,
    checkedStamp: await stampOf(path),
  };
}

function recordPath(folder: string, form: GraphForm): string {
  return join(folder, `weights.${form}.json`);
}

/** Of a conversion for this very package; what another one's deltas stand in is to be made again. */
async function readRecord(
  model: AnyPackage,
  folder: string,
  form: GraphForm,
): Promise<WeightsRecord | undefined> {
  try {
    const record = JSON.parse(await readFile(recordPath(folder, form), 'utf8')) as WeightsRecord;
    return record.format === recordFormat && record.packageId === model.weightsId ? record : undefined;
  } catch {
    return undefined;
  }
}

/** The conversion's own bytes: what is packed behind them has a record of its own. */
function contentProblem(path: string, { bytes, checksums }: WeightsRecord): Promise<string | undefined> {
  return spanProblem(path, { start: 0, end: bytes }, checksums);
}
