import type { ModelSummary } from '../../protocol/messages';
import type { ModelLibrary } from '../model/library';
import type { ModelPackage } from '../model/manifest';
import type { ModelHost } from '../model/modelHost';
import {
  addWeights,
  hasWeights,
  removeWeights,
  verifyWeights,
  weightsBytes,
  weightsFolder,
} from '../model/weights';
import type { Emit, Engine } from './engine';

/** The requests about model packages; without a name they are about the engine's own. */
export function modelRequests(
  library: ModelLibrary,
  host: ModelHost,
  cacheFolder: string,
): Pick<Engine, 'modelAdd' | 'modelList' | 'modelVerify' | 'modelRemove'> {
  const find = async (name: string | undefined): Promise<ModelPackage> =>
    name === undefined ? host.model : library.find(name);
  return {
    modelAdd: async (params, emit, signal) => {
      const chosen = await find(params.package);
      await addWeights(chosen, cacheFolder, params.file, progressOf(emit), signal);
      return summaryOf(chosen, cacheFolder);
    },
    modelList: async () => ({
      packages: await Promise.all((await library.all()).map((known) => summaryOf(known, cacheFolder))),
    }),
    modelVerify: async (params) => {
      const chosen = await find(params.package);
      const files = await verifyWeights(chosen, cacheFolder);
      return { name: chosen.manifest.name, ok: files.every(({ ok }) => ok), files };
    },
    modelRemove: async (params) => {
      const chosen = await find(params.package);
      const bytesFreed = await removeWeights(chosen, cacheFolder);
      // What is still in memory must not pass for a model that is here.
      if (chosen.packageId === host.model.packageId) await host.dispose();
      return { name: chosen.manifest.name, bytesFreed };
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

async function summaryOf(model: ModelPackage, cacheFolder: string): Promise<ModelSummary> {
  const present = await hasWeights(model, cacheFolder);
  return {
    name: model.manifest.name,
    folder: model.folder,
    state: present ? 'ready' : 'missing',
    weightsFolder: weightsFolder(model, cacheFolder),
    bytesOnDisk: await weightsBytes(model, cacheFolder),
    licence: `${model.manifest.base.name}: ${model.manifest.base.licence}`,
  };
}
