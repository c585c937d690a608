import { join, resolve } from 'node:path';
import { version } from '../../package.json';
import type {
  BatteryChoice,
  InitializationOptions,
  StatusParams,
  StatusResult,
} from '../../protocol/messages';
import { PriorityGate } from '../concurrency';
import { seldomAsked, systemPower } from '../indexing/power';
import { Throttle } from '../indexing/throttle';
import { chooseReader, noReader } from '../model/chooseReader';
import { defaultCacheFolder, ModelLibrary } from '../model/library';
import { ModelHost } from '../model/modelHost';
import { noDocuments, type OpenDocuments } from '../workspace/openDocuments';
import { runAhead, type AheadParts } from './ahead';
import { ask } from './ask';
import type { Emit, Engine } from './engine';
import { explain } from './explain';
import { buildIndex, estimateIndex, workspaceStatus } from './indexing';
import { modelRequests } from './models';
import { requireFolders, rootsOf, workspacePath, type RootedParams } from './roots';
import { cleanQuestion } from './route';
import { RunClock, type Run } from './run';
import { search, whyNot } from './search';
import { summarizeChanges } from './summarize/changes';
import { summarize } from './summarize/summarize';
import { verify } from './verify';
import { wantedBy } from './wanted';
import { Workspaces, type WorkspacesOptions } from './workspaces';

/** The packages shipped beside the bundle. */
const shippedModels = join(__dirname, '..', 'models');

/** The thread that runs the model; bundled beside the server. */
const shippedWorker = join(__dirname, 'modelWorker.js');

export interface EngineParts {
  /** The bundle of the thread that runs the model. Without it, for a comparison, the model holds the server's thread. */
  modelWorker: string | undefined;
  /** What an editor has open; a command line has nothing. */
  documents: OpenDocuments;
}

const shippedParts: EngineParts = { modelWorker: shippedWorker, documents: noDocuments };

/** Wires the pipelines to one model package and one cache folder. */
export async function createEngine(
  options: InitializationOptions,
  parts: Partial<EngineParts> = {},
): Promise<Engine> {
  const { modelWorker, documents } = { ...shippedParts, ...parts };
  const cacheFolder = resolve(options.cacheFolder ?? defaultCacheFolder());
  const library = new ModelLibrary(shippedModels);
  const host = await hostOf(library, options, cacheFolder, modelWorker);
  const { onBattery = 'slow', teamStore } = options;
  const workspaces = new Workspaces(host, { ...workspacesOptions(options, cacheFolder), documents });
  const gate = new PriorityGate();
  const throttle = throttleBy(documents, onBattery);

  const start = async (params: RootedParams, emit: Emit, signal: AbortSignal): Promise<Run> => {
    const clock = new RunClock();
    const roots = rootsOf(params);
    const index = await workspaces.index(roots, emit, signal);
    return { roots, index, host, ...(await workspaces.stores()), emit, signal, clock };
  };
  const interactive = interactiveBy(gate, { workspaces, host });
  const status = async (params: StatusParams): Promise<StatusResult> => {
    const root = params.root ?? params.folders?.[0]?.root;
    const team = teamStore && (await workspaces.store()).team?.status();
    const result = {
      serverVersion: version,
      model: await host.status(),
      ...(team && { teamStore: team }),
    };
    if (root === undefined) return result;
    const uncancelled = new AbortController().signal;
    const index = await workspaces.index(rootsOf({ ...params, root }), () => undefined, uncancelled);
    const warmWindows = await workspaces.warmWindows(index);
    const workspace = await workspaceStatus(index, await workspaces.stores(), root, warmWindows);
    return { ...result, workspace };
  };

  return {
    index: async (params, emit, signal) => {
      const run = await start(params, emit, signal);
      const wanted = wantedBy(run.roots, documents, params.openEditors);
      return buildIndex(run, params, { gate, throttle }, wanted, workspaces.speed);
    },
    indexEstimate: async (params, emit, signal) =>
      estimateIndex(await start(params, emit, signal), workspaces.speed),
    indexClear: async (params, emit, signal) => {
      const { windows, bytes } = await workspaces.clear(rootsOf(params), emit, signal);
      return { windows, bytesFreed: bytes };
    },
    search: interactive(search, checkQuestion),
    whyNot: interactive(whyNot, checkQuestion),
    ask: interactive(ask, async (params) => {
      checkQuestion(params);
      await requireFolders(rootsOf(params));
      await host.encoder();
    }),
    explain: interactive(explain, checkPath),
    summarize: interactive(summarize, checkPath),
    summarizeChanges: interactive(summarizeChanges, () => undefined),
    verify: interactive(verify, checkQuestion),
    status,
    ...modelRequests(library, host, { cacheFolder, threads: options.threads ?? 0 }),
    dispose: async () => {
      await workspaces.dispose();
      await host.dispose();
    },
  };
}

/** The packages that are named, and the threads that run them. */
async function hostOf(
  library: ModelLibrary,
  { modelPackage, readerPackage = noReader, provider = 'auto', threads = 0 }: InitializationOptions,
  cacheFolder: string,
  workerPath: string | undefined,
): Promise<ModelHost> {
  const model = await library.find(modelPackage);
  const reader = await chooseReader(library, model, readerPackage, cacheFolder);
  const options = { cacheFolder, provider, threads, ...(workerPath !== undefined && { workerPath }) };
  return new ModelHost(model, options, reader);
}

function workspacesOptions(
  { kvQuotaBytes, exclude, folderExcludes, include, teamStore }: InitializationOptions,
  cacheFolder: string,
): WorkspacesOptions {
  return {
    cacheFolder,
    ...(kvQuotaBytes !== undefined && { kvQuotaBytes }),
    ...(exclude && { exclude }),
    ...(folderExcludes && { folderExcludes }),
    ...(include && { include }),
    ...(teamStore && { teamStore }),
  };
}

function throttleBy(documents: OpenDocuments, onBattery: BatteryChoice): Throttle {
  const power = seldomAsked(systemPower());
  return new Throttle({ editedAtMs: () => documents.editedAtMs, power, onBattery });
}

/** Makes requests that a user waits for: indexing pauses while one runs. */
function interactiveBy(gate: PriorityGate, parts: AheadParts) {
  return <Params extends RootedParams, Result>(
      pipeline: (run: Run, params: Params) => Promise<Result>,
      check: (params: Params) => Promise<void> | void,
    ) =>
    (params: Params, emit: Emit, signal: AbortSignal): Promise<Result> =>
      gate.interactive(async () => {
        const clock = new RunClock();
        // What can be told at once is told before a large folder is walked.
        await check(params);
        const request = { roots: rootsOf(params), emit, signal, clock };
        return runAhead(parts, request, (run) => pipeline(run, params));
      });
}

function checkQuestion({ question }: { question: string }): void {
  cleanQuestion(question);
}

function checkPath(params: RootedParams & { path: string }): void {
  workspacePath(rootsOf(params), params.path);
}
