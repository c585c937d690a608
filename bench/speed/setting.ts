/** What every part works with: the model as it is shipped, the same GGUF for llama.cpp, the same real code. */

import { join } from 'node:path';
import { cutFolder, type CutFile } from '../retrieval/blocks';
import { buildProject, readSources } from '../questions/projects';
import { openLlama, type Llama } from '../rivals/llama';
import type { ModelPackage } from '../../server/model/manifest';
import { defaultCacheFolder, ModelLibrary } from '../../server/model/library';
import { ModelHost } from '../../server/model/modelHost';
import { baseFolder } from '../../server/model/weights';
import { benchCache } from '../questions/packages';
import type { Sizes } from './sizes';

/** Its code is read: Go, in files of all lengths. */
const project = 'memberlist';

export interface SettingOptions {
  threads: number;
  sizes: Sizes;
  /** Another GGUF than the one that the package was converted from. */
  gguf?: string | undefined;
}

export interface Setting {
  model: ModelPackage;
  host: ModelHost;
  ggufPath: string;
  threads: number;
  sizes: Sizes;
  project: string;
  /** Folder of the project. */
  root: string;
  /** Where landmark keys of the project are kept from run to run. */
  cacheFolder: string;
  openLlama: (contextTokens: number) => Promise<Llama>;
}

export const never = new AbortController().signal;

export async function openSetting({ threads, sizes, gguf }: SettingOptions): Promise<Setting> {
  const model = await new ModelLibrary('models').find();
  const host = openHost(model, threads);
  const ggufPath = gguf ?? join(baseFolder(defaultCacheFolder()), model.manifest.base.gguf.file);
  return {
    model,
    host,
    ggufPath,
    threads,
    sizes,
    project,
    root: buildProject(project, readSources()),
    cacheFolder: join(benchCache, 'speed'),
    openLlama: (contextTokens) => openLlama(ggufPath, { threads, contextTokens }),
  };
}

/** With the model in threads of its own, as the server has it. */
export function openHost(model: ModelPackage, threads: number): ModelHost {
  const workerPath = join(__dirname, 'modelWorker.js');
  return new ModelHost(model, { cacheFolder: defaultCacheFolder(), provider: 'cpu', threads, workerPath });
}

/** Token ids of the project's code, file after file; both rivals have the same vocabulary. */
export async function realTokens({ root, host }: Setting, count: number): Promise<number[]> {
  const { tokenizer } = await host.text();
  const tokens: number[] = [];
  for (const { file } of await cutFolder(root, host)) {
    tokens.push(...tokenizer.encodeText(`${file.lines.join('\n')}\n`));
    if (tokens.length >= count) return tokens.slice(0, count);
  }
  throw new Error(`the project has ${tokens.length} tokens, ${count} are needed`);
}

/** Files of the project, spread over it, until they hold so many tokens. */
export async function sampleFiles({ root, host }: Setting, tokensMin: number): Promise<CutFile[]> {
  const files = (await cutFolder(root, host)).filter(({ windows }) => windows.length > 0);
  const sample: CutFile[] = [];
  let tokens = 0;
  // A stride without a common factor with the count meets every file once.
  for (let at = 0; at < files.length && tokens < tokensMin; at++) {
    const file = files[(at * strideOf(files.length)) % files.length]!;
    sample.push(file);
    tokens += file.windows.reduce((sum, window) => sum + window.tokens.length, 0);
  }
  return sample;
}

function strideOf(count: number): number {
  const divides = (left: number, right: number): number =>
    right === 0 ? left : divides(right, left % right);
  let stride = Math.max(1, Math.floor(count / 3));
  while (divides(count, stride) !== 1) stride++;
  return stride;
}
