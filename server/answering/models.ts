import type { ModelSummary } from '../../protocol/messages';
import { weightsFolder } from '../model/cacheFolders';
import type { ModelLibrary } from '../model/library';
import { isReaderPackage, type AnyPackage } from '../model/manifest';
import type { ModelHost } from '../model/modelHost';
import { knownForm, measuredForm } from '../model/productForm';
import {
  addWeights,
  convertedForm,
  formsHere,
  removeWeights,
  verifyWeights,
  weightsBytes,
} from '../model/weights';
import type { Emit, Engine } from './engine';

/** The requests about model packages; without a name they are about the engine's own. */
export function modelRequests(
  library: ModelLibrary,
  host: ModelHost,
  { cacheFolder, threads }: { cacheFolder: string; threads: number },
): Pick<Engine, 'modelAdd' | 'modelList' | 'modelVerify' | 'modelRemove'> {
  /** Without a name: all that an answer needs. A file is one package's: without a name the one's that routes. */
  const find = async (name: string | undefined, file?: string): Promise<AnyPackage[]> => {
    if (name !== undefined) return [await library.findAny(name)];
    return file === undefined ? host.packages : [host.model];
  };
  return {
    modelAdd: async (params, emit, signal) => {
      const chosen = await find(params.package, params.file);
      const cpuForm = await measuredForm(cacheFolder, threads, (count) => host.timeForms(count));
      const notes: string[] = [];
      for (const each of chosen) {
        await addWeights(each, cacheFolder, params.file, progressOf(emit), signal, formsHere(cpuForm));
        const note = await host.pack(each, { cpuForm, onProgress: packingOf(emit), signal });
        if (note !== undefined) notes.push(note);
      }
      const summary = await summaryOf(chosen[0]!, cacheFolder);
      return { ...summary, ...(notes.length > 0 && { note: notes.join(' ') }) };
    },
    modelList: async () => ({
      packages: await Promise.all((await library.all()).map((known) => summaryOf(known, cacheFolder))),
    }),
    modelVerify: async (params) => {
      const chosen = await find(params.package);
      const wanted = await knownForm(cacheFolder);
      const files = (
        await Promise.all(chosen.map((each) => verifyWeights(each, cacheFolder, wanted)))
      ).flat();
      return { name: namesOf(chosen), ok: files.every(({ ok }) => ok), files };
    },
    modelRemove: async (params) => {
      const chosen = await find(params.package);
      let bytesFreed = 0;
      for (const each of chosen) bytesFreed += await removeWeights(each, cacheFolder);
      // What is still in memory must not pass for a model that is here.
      const inUse = new Set(host.packages.map(({ packageId }) => packageId));
      if (chosen.some(({ packageId }) => inUse.has(packageId))) await host.dispose();
      return { name: namesOf(chosen), bytesFreed };
    },
  };
}

function progressOf(emit: Emit): Parameters<typeof addWeights>[3] {
  return {
    fetch: (done, total, message) => {
      emit({ type: 'progress', phase: 'fetch', done, total, message });
    },
    convert: (done, total) => {
      emit({ type: 'progress', phase: 'convert', done, total, message: 'converting weights' });
    },
  };
}

function packingOf(emit: Emit): (doneSteps: number, totalSteps: number) => void {
  return (done, total) => {
    emit({ type: 'progress', phase: 'convert', done, total, message: 'packing weights, in steps' });
  };
}

function namesOf(packages: readonly AnyPackage[]): string {
  return packages.map(({ manifest }) => manifest.name).join(' and ');
}

async function summaryOf(model: AnyPackage, cacheFolder: string): Promise<ModelSummary> {
  const form = await convertedForm(model, cacheFolder, await knownForm(cacheFolder));
  return {
    name: model.manifest.name,
    ...(isReaderPackage(model) && { role: 'reader' as const }),
    folder: model.folder,
    state: form ? 'ready' : 'missing',
    ...(form && { form }),
    weightsFolder: weightsFolder(model, cacheFolder),
    bytesOnDisk: await weightsBytes(model, cacheFolder),
    licence: `${model.manifest.base.name}: ${model.manifest.base.licence}`,
  };
}
