/** The model package that all arms share. */

import { cpus } from 'node:os';
import { join } from 'node:path';
import { contrast, defaultMaxTokens, manner } from '../../server/answering/ask';
import { defaultReadLimits } from '../../server/answering/context';
import type { Run } from '../../server/answering/run';
import { Workspaces } from '../../server/answering/workspaces';
import { defaultCacheFolder, ModelLibrary } from '../../server/model/library';
import type { ModelPackage, ReaderPackage } from '../../server/model/manifest';
import { ModelHost } from '../../server/model/modelHost';
import { openRun } from '../decode/prepare';
import { llamaPackageVersion } from '../rivals/llamaPackage';
import { machine } from '../support';
import type { ArmName } from './arms';
import { goldMarginLines } from './refed';

export interface Setup {
  model: ModelPackage;
  /** What reads and answers, where it is another package. */
  reader?: ReaderPackage | undefined;
  cacheFolder: string;
  /** 0 leaves the choice to each runtime. */
  threads: number;
  ggufPath: string;
}

export interface SetupOptions {
  model?: string | undefined;
  reader?: string | undefined;
  cache?: string | undefined;
  threads?: string | undefined;
  gguf?: string | undefined;
}

export async function setUp(options: SetupOptions): Promise<Setup> {
  const cacheFolder = options.cache ?? defaultCacheFolder();
  const library = new ModelLibrary(join(__dirname, '..', 'models'));
  const model = await library.find(options.model);
  const reader = options.reader === undefined ? undefined : await library.findReader(options.reader, model);
  const { gguf } = (reader ?? model).manifest.base;
  const ggufPath = options.gguf ?? join(cacheFolder, 'base', gguf.file);
  return { model, reader, cacheFolder, threads: wholeNumber('threads', options.threads ?? '0'), ggufPath };
}

/** Of a runtime that wants a number. */
export function threadCount({ threads }: Setup): number {
  return threads === 0 ? cpus().length : threads;
}

export function wholeNumber(name: string, value: string): number {
  if (!/^\d{1,6}$/.test(value)) throw new RangeError(`--${name} wants a whole number, not "${value}"`);
  return Number(value);
}

/** The model in this thread, over the same store as the product's. */
export interface OpenModel {
  /** A repository, opened once. */
  runOf: (root: string) => Promise<Run>;
  close: () => Promise<void>;
}

export function openModel({ model, reader, cacheFolder, threads }: Setup): OpenModel {
  const host = new ModelHost(model, { cacheFolder, provider: 'cpu', threads }, reader);
  const workspaces = new Workspaces(host, { cacheFolder });
  const runs = new Map<string, Promise<Run>>();
  return {
    runOf: (root) => {
      const run = runs.get(root) ?? openRun(root, host, workspaces);
      runs.set(root, run);
      return run;
    },
    close: async () => {
      await workspaces.dispose();
      await host.dispose();
    },
  };
}

/** What decides the answers of an arm, besides the package and the question; not which commit the code is of. */
export function settingsOf({ model, reader, threads }: Setup, arm: ArmName | 'likelihood'): unknown {
  const common = {
    ...{ format: 1, machine: machine(), threads, defaultMaxTokens, manner, defaultReadLimits },
    ...(reader && { reader: reader.packageId }),
  };
  const { thresholds } = model.manifest;
  const deltas = model.manifest.files.answers?.sha256;
  if (arm === 'ours') return { ...common, thresholds, contrast, ...(deltas !== undefined && { deltas }) };
  if (arm === 'likelihood') return { ...common, kvPrecisions: ['int8', 'fp16'] };
  if (arm === 'gold') return { ...common, goldMarginLines };
  return arm === 'bm25' ? { ...common, llamaPackageVersion } : common;
}
