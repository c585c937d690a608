/** Which model packages there are, by name or folder. */

import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { failure } from '../errors';
import { readPackage, type ModelPackage } from './manifest';

export const defaultPackage = 'qwen2.5-coder-0.5b-landmark';

/** The user's cache folder for converted weights and stores. */
export function defaultCacheFolder(): string {
  const environment = process.env['LANDMARK_CACHE'];
  if (environment) return environment;
  if (process.platform === 'win32') return join(process.env['LOCALAPPDATA'] ?? homedir(), 'landmark');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'landmark');
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'landmark');
}

export class ModelLibrary {
  /** @param folder the shipped packages, each a folder of its own */
  constructor(private readonly folder: string) {}

  async find(nameOrFolder: string = defaultPackage): Promise<ModelPackage> {
    if (isAbsolute(nameOrFolder)) return readPackage(nameOrFolder);
    const names = await this.names();
    if (!names.includes(nameOrFolder)) throw failure.modelUnknown(nameOrFolder, names);
    return readPackage(join(this.folder, nameOrFolder));
  }

  async all(): Promise<ModelPackage[]> {
    return Promise.all((await this.names()).map((name) => readPackage(join(this.folder, name))));
  }

  private async names(): Promise<string[]> {
    try {
      const entries = await readdir(this.folder, { withFileTypes: true });
      return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
    } catch {
      return [];
    }
  }
}
