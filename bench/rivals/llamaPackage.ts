/**
 * llama.cpp's prebuilt binary for this machine's processor, through `node-llama-cpp`. Installed when a bench first
 * asks for it, and not as a dependency: `npm ci` would fetch its CUDA and Vulkan binaries too, which are optional
 * packages of hundreds of megabytes, and a run of the suites needs none of it. As nothing of it stands in package.json
 * or in node_modules, nothing of it can be packaged.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { benchCache } from '../questions/packages';

export const llamaPackageVersion = '3.22.1';

/** The processor's binary of each platform. */
const binaries: Record<string, string> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-x64': 'mac-x64',
  'darwin-arm64': 'mac-arm64-metal',
  'win32-x64': 'win-x64',
  'win32-arm64': 'win-arm64',
};

/** What is used of `node-llama-cpp`; its own types come only with the package. */
export interface LlamaModule {
  getLlama(options: {
    gpu: false;
    build: 'never';
    skipDownload: true;
    maxThreads: number;
    progressLogs: false;
    logLevel: 'error';
  }): Promise<LlamaBinding>;
}

export interface LlamaBinding {
  /** Tag of llama.cpp that the binary was built from. */
  readonly llamaCppRelease: { readonly release: string };
  loadModel(options: { modelPath: string; gpuLayers: 0 }): Promise<LlamaModel>;
  dispose(): Promise<void>;
}

export interface LlamaModel {
  tokenize(text: string, specialTokens: boolean): number[];
  detokenize(tokens: readonly number[], specialTokens: boolean): string;
  createContext(options: { contextSize: number; threads: number }): Promise<LlamaContext>;
}

export interface LlamaContext {
  readonly flashAttention: boolean | 'auto';
  readonly contextSize: number;
  /** Bytes of the context's state: keys and values of the tokens it holds now. */
  readonly stateSize: number;
  getSequence(): LlamaSequence;
}

export interface LlamaSequence {
  clearHistory(): Promise<void>;
  /** Each token that is passed to `next` stands in for the token that was chosen. */
  evaluate(
    tokens: readonly number[],
    options: { temperature: 0; yieldEogToken: boolean },
  ): AsyncGenerator<number, void, number | undefined>;
}

/** Installs it where that has not been done, and loads it. */
export async function loadLlamaModule(): Promise<LlamaModule> {
  const entry = join(install(), 'node_modules', 'node-llama-cpp', 'dist', 'index.js');
  return (await import(pathToFileURL(entry).href)) as LlamaModule;
}

function install(): string {
  const platform = `${process.platform}-${process.arch}`;
  const binary = binaries[platform];
  if (binary === undefined) throw new Error(`node-llama-cpp has no binary for ${platform}`);
  const parent = resolve(benchCache, 'llama');
  const folder = join(parent, llamaPackageVersion);
  if (existsSync(folder)) return folder;
  mkdirSync(parent, { recursive: true });
  const temporary = mkdtempSync(join(parent, '.install-'));
  try {
    // Without a package of its own npm would install into the one above.
    writeFileSync(join(temporary, 'package.json'), '{"private":true}\n');
    const names = [`node-llama-cpp`, `@node-llama-cpp/${binary}`];
    execFileSync(
      'npm',
      [
        ...['install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts', '--omit=optional'],
        ...names.map((name) => `${name}@${llamaPackageVersion}`),
      ],
      { cwd: temporary, stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' },
    );
    // Only a package that is whole gets its name.
    renameSync(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
}
