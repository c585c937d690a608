import { join, resolve } from 'node:path';
import { version } from '../../package.json';
import type {
  IndexReport,
  InitializationOptions,
  ModelSummary,
  SearchParams,
  SearchResult,
  StatusResult,
} from '../../protocol/messages';
import { topBlocks } from '../landmark/fusion';
import { defaultCacheFolder, ModelLibrary } from '../model/library';
import type { ModelPackage } from '../model/manifest';
import { ModelHost } from '../model/modelHost';
import { addWeights, hasWeights, removeWeights, verifyWeights, weightsFolder } from '../model/weights';
import { RunClock, type Run } from './answer';
import { ask } from './ask';
import type { Emit, Engine } from './engine';
import { explain } from './explain';
import { requireFolder, workspacePath } from './files';
import { cleanQuestion, hitOf, prepareKeys, route } from './route';
import { summarize } from './summarize';
import { Workspaces } from './workspaces';

/** The packages shipped beside the bundle. */
const shippedModels = join(__dirname, '..', 'models');
const defaultTop = 50;

/** Wires the pipelines to one model package and one cache folder. */
export async function createEngine(options: InitializationOptions): Promise<Engine> {
  const cacheFolder = resolve(options.cacheFolder ?? defaultCacheFolder());
  const library = new ModelLibrary(shippedModels);
  const model = await library.find(options.modelPackage);
  const host = new ModelHost(model, { cacheFolder, provider: options.provider ?? 'auto', threads: 0 });
  const workspaces = new Workspaces(host, cacheFolder, options.kvQuotaBytes);

  const start = async (
    root: string,
    emit: Emit,
    signal: AbortSignal,
    clock = new RunClock(),
  ): Promise<Run> => {
    const index = await workspaces.index(root, emit, signal);
    return { index, host, store: await workspaces.store(), emit, signal, clock };
  };

  return {
    index: async ({ root }, emit, signal) => reportOf(await start(root, emit, signal)),
    search: async (params, emit, signal) => search(params, await start(params.root, emit, signal)),
    ask: async (params, emit, signal) => {
      const clock = new RunClock();
      // What can be told at once is told before a large folder is walked.
      cleanQuestion(params.question);
      await requireFolder(params.root);
      await host.encoder();
      return ask(await start(params.root, emit, signal, clock), params);
    },
    explain: async (params, emit, signal) => {
      const path = workspacePath(resolve(params.root), params.path);
      return explain(await start(params.root, emit, signal), { ...params, path });
    },
    summarize: async (params, emit, signal) => {
      const path = workspacePath(resolve(params.root), params.path);
      return summarize(await start(params.root, emit, signal), { ...params, path });
    },
    status: async ({ root }): Promise<StatusResult> => ({
      serverVersion: version,
      model: await host.status(),
      ...(root !== undefined && { workspace: await workspaces.status(root) }),
    }),
    modelAdd: async (params, emit, signal) => {
      const chosen = params.package === undefined ? model : await library.find(params.package);
      await addWeights(chosen, cacheFolder, params.file, progressOf(emit), signal);
      return summaryOf(chosen, cacheFolder);
    },
    modelList: async () => ({
      packages: await Promise.all((await library.all()).map((known) => summaryOf(known, cacheFolder))),
    }),
    modelVerify: async (params) => {
      const chosen = params.package === undefined ? model : await library.find(params.package);
      const files = await verifyWeights(chosen, cacheFolder);
      return { name: chosen.manifest.name, ok: files.every(({ ok }) => ok), files };
    },
    modelRemove: async (params) => {
      const chosen = params.package === undefined ? model : await library.find(params.package);
      return { name: chosen.manifest.name, bytesFreed: await removeWeights(chosen, cacheFolder) };
    },
    dispose: () => host.dispose(),
  };
}

/** Makes every window searchable and counts. */
async function reportOf(run: Run): Promise<IndexReport> {
  const { index, host, emit, signal, clock } = run;
  const encoded = await index.encodeKeys(
    [...index.windows.keys()],
    await host.encoder(),
    await host.text(),
    Infinity,
    (done, total) => {
      emit({ type: 'progress', phase: 'index', done, total, message: 'encoding landmark keys' });
    },
    signal,
  );
  const { scan } = index;
  return {
    files: scan.files.length,
    windows: index.windows.length,
    blocks: index.blockCount,
    tokens: index.tokenCount,
    encodedWindows: encoded.encodedWindows,
    encodedTokens: encoded.encodedTokens,
    bytesOnDisk: (await run.store.stats()).bytes,
    tokensPerSecond: encoded.encodedTokens === 0 ? 0 : (encoded.encodedTokens / encoded.elapsedMs) * 1000,
    elapsedMs: clock.now(),
    skipped: scan.skipped,
    skippedFiles: scan.skippedFiles,
    linesCut: scan.linesCut,
  };
}

async function search(params: SearchParams, run: Run): Promise<SearchResult> {
  const { text } = cleanQuestion(params.question);
  const arm = params.arm ?? 'hybrid';
  const { index, host, emit, signal } = run;
  if (arm !== 'lexical') await prepareKeys(index, host, text, params.wait ?? false, emit, signal);
  const routed = await route(index, host, text, arm);
  const blocks = topBlocks(routed.scores, params.top ?? defaultTop).map((block) =>
    hitOf(index, routed, block),
  );
  return { blocks, coverage: routed.coverage };
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
  const table = model.manifest.weights.bytes;
  return {
    name: model.manifest.name,
    folder: model.folder,
    state: present ? 'ready' : 'missing',
    weightsFolder: weightsFolder(model, cacheFolder),
    bytesOnDisk: present ? table : 0,
    licence: `${model.manifest.base.name}: ${model.manifest.base.licence}`,
  };
}
