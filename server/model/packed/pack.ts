/**
 * Packs the weights of a converted package once for all sessions that will be opened over them.
 *
 * ONNX Runtime packs the matrices of each session into memory of the session's own, 500 MB for a reader of 500 M
 * parameters. It can save a graph with what it packed, and maps that from the file when the graph is opened again: the
 * system then holds it once for all sessions and processes, and may drop it. Saved graphs repeat the weights, and one
 * another; here they become graphs over the form's one weights file, to which what is new to it is added.
 *
 * The weights file is never written where somebody may have it mapped: a copy of it grows, and takes its name.
 */

import { constants } from 'node:fs';
import { copyFile, open, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { env } from 'onnxruntime-node';
import { CancelledError, throwIfCancelled } from '../../errors';
import { weightsFolder } from '../cacheFolders';
import { bytesOf } from '../fileChecks';
import { graphFiles, messageOf, type AnyPackage, type GraphForm, type GraphSet } from '../manifest';
import type { SaveSpec } from '../runtime';
import { readTensorTable } from '../tensorTable';
import { requireWeights } from '../weights';
import { ContentFile } from './contentFile';
import { externalRanges, relocate, type ByteRange } from './externalData';
import {
  packedForms,
  packedName,
  packedProblem,
  readPackedRecord,
  recordPacked,
  setPackedAside,
  writePackedRecord,
} from './record';
import { removeLeftScratch, Scratch } from './scratch';

/**
 * Disk that packing takes meanwhile, in sizes of the weights: their copy (1), what is packed (1 at most, 0.8 of the
 * default base), and the largest saved graph, which holds both again. That is asked for; 3.5 were measured.
 */
const roomShare = 4;
/** A saved graph without its numbers has a few hundred kB. */
const graphBytesMax = 64 * 2 ** 20;

export interface PackOptions {
  /** What the CPU runs. */
  cpuForm: GraphForm;
  /** Saves a graph as the runtime has optimized and packed it, off this thread. Runs to its end, also after a cancel. */
  save: (spec: SaveSpec) => Promise<void>;
  onProgress: (doneSteps: number, totalSteps: number) => void;
  signal: AbortSignal;
  /** Replaced in tests. */
  freeBytes?: (folder: string) => Promise<number>;
  runtimeVersion?: string;
}

/**
 * Packs what is not packed yet, or was by another version of the runtime.
 *
 * @returns why it was not done; everything works without it and takes more memory
 */
export async function packWeights(
  model: AnyPackage,
  cacheFolder: string,
  options: PackOptions,
): Promise<string | undefined> {
  const folder = weightsFolder(model, cacheFolder);
  // Also where nothing is to be packed now: it may be what the disk is full of.
  await removeLeftScratch(folder);
  for (const form of packedForms([options.cpuForm])) {
    try {
      if (await isPacked(model, folder, form, versionOf(options))) continue;
      const shortage = await shortageOf(model, folder, form, options);
      if (shortage !== undefined) return shortage;
      await packForm({ model, folder, form }, options);
    } catch (error) {
      if (error instanceof CancelledError) throw error;
      return `The weights of ${model.manifest.name} are not shared between sessions (${messageOf(error)}).`;
    }
    // Reads the copy once and marks it as intact; where it is not, the model cannot be used, and that is no note.
    await requireWeights(model, cacheFolder, form);
  }
  return undefined;
}

function versionOf({ runtimeVersion = env.versions.node ?? env.versions.common }: PackOptions): string {
  return runtimeVersion;
}

async function isPacked(
  model: AnyPackage,
  folder: string,
  form: GraphForm,
  version: string,
): Promise<boolean> {
  const record = await readPackedRecord(folder, form);
  return record?.runtimeVersion === version && !(await packedProblem(model, folder, form));
}

async function shortageOf(
  { manifest }: AnyPackage,
  folder: string,
  form: GraphForm,
  { freeBytes = freeBytesOf }: PackOptions,
): Promise<string | undefined> {
  const needed = roomShare * manifest.graphs[form].weights.bytes;
  const free = await freeBytes(folder);
  if (free >= needed) return undefined;
  const [have, want] = [free, needed].map((bytes) => `${Math.ceil(bytes / 1e6)} MB`);
  return (
    `The weights of ${manifest.name} are not shared between sessions: that needs ${want} of free disk for a ` +
    `moment, and ${have} are free. Make room and run \`landmark model add\` again to save memory.`
  );
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

interface Packing {
  model: AnyPackage;
  folder: string;
  form: GraphForm;
}

async function packForm(packing: Packing, options: PackOptions): Promise<void> {
  const scratch = await Scratch.make(packing.folder);
  const save: PackOptions['save'] = (spec) => scratch.whileWriting(options.save(spec), options.signal);
  try {
    const made = await makePacked(packing, scratch.path, { ...options, save });
    await install(packing, scratch.path, made, versionOf(options));
  } finally {
    await scratch.remove();
  }
}

/** Packed graphs by name, over a weights file that conversion has filled up to `start`. */
interface Made {
  start: number;
  graphs: Map<string, Uint8Array>;
}

async function makePacked(packing: Packing, scratch: string, options: PackOptions): Promise<Made> {
  const { model, folder, form } = packing;
  const { signal, onProgress } = options;
  const set = model.manifest.graphs[form];
  const table = await readTensorTable(join(model.folder, set.tensors.file));
  const copy = join(scratch, set.weights.file);
  const stepsMax = 1 + 2 * graphFiles(set).length;
  let steps = 0;
  const step = (): void => {
    onProgress(++steps, stepsMax);
    throwIfCancelled(signal);
  };
  // Costs no room where the file system can share blocks between files.
  await copyFile(join(folder, set.weights.file), copy, constants.COPYFILE_FICLONE);
  const target = await open(copy, 'r+');
  try {
    // Without what was packed before.
    await target.truncate(table.bytes);
    const content = new ContentFile(target, table.bytes, signal);
    for (const entry of table.tensors) await content.know(entry);
    step();
    const graphs: Made['graphs'] = new Map();
    for (const entry of graphFiles(set)) {
      const saved = { graph: join(scratch, entry.file), weightsFile: `${entry.file}.bin` };
      await options.save({
        graphPath: join(folder, entry.file),
        savedPath: saved.graph,
        savedWeightsFile: saved.weightsFile,
      });
      step();
      graphs.set(packedName(entry), await merge(scratch, saved, content, set));
      step();
    }
    await target.sync();
    return { start: table.bytes, graphs };
  } finally {
    await target.close();
  }
}

/** Adds the numbers of a saved graph to the weights; what was saved is gone afterwards, since it is large. */
async function merge(
  scratch: string,
  saved: { graph: string; weightsFile: string },
  content: ContentFile,
  { weights }: GraphSet,
): Promise<Uint8Array> {
  const bytes = await bytesOf(saved.graph);
  if (bytes > graphBytesMax) throw new Error(`a saved graph of ${bytes} bytes`);
  const graph = await readFile(saved.graph);
  const places = new Map<string, number>();
  const source = await open(join(scratch, saved.weightsFile), 'r');
  try {
    for (const range of externalRanges(graph, saved.weightsFile)) {
      places.set(keyOf(range), await content.add(source, range));
    }
  } finally {
    await source.close();
  }
  await rm(join(scratch, saved.weightsFile));
  return relocate(graph, {
    from: saved.weightsFile,
    to: weights.file,
    place: (range) => places.get(keyOf(range))!,
  });
}

function keyOf({ offset, bytes }: ByteRange): string {
  return `${offset} ${bytes}`;
}

/**
 * Packed graphs of before are set aside first, since they must not be opened over the new weights. Where these cannot take
 * their place (on Windows, while a session has the old ones mapped) they are put back.
 */
async function install(
  { model, folder, form }: Packing,
  scratch: string,
  { start, graphs }: Made,
  version: string,
): Promise<void> {
  const set = model.manifest.graphs[form];
  const { file } = set.weights;
  const record = await recordPacked(model, { weightsPath: join(scratch, file), start, graphs }, version);
  const putBack = await setPackedAside(folder, form, set, join(scratch, 'before'));
  try {
    await rename(join(scratch, file), join(folder, file));
  } catch (error) {
    await putBack();
    throw error;
  }
  for (const [name, bytes] of graphs) {
    await writeFile(join(scratch, name), bytes);
    await rename(join(scratch, name), join(folder, name));
  }
  // Last: without it the packed graphs are not there, whatever of them is.
  await writePackedRecord(folder, form, record);
}
