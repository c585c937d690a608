/** Which model packages there are, by name or folder. */

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { failure } from '../errors';
import {
  isReaderPackage,
  readAnyPackage,
  readPackage,
  type AnyPackage,
  type ModelPackage,
  type ReaderPackage,
} from './manifest';

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

  /** The package that routes. */
  async find(nameOrFolder: string = defaultPackage): Promise<ModelPackage> {
    return readPackage(await this.folderOf(nameOrFolder));
  }

  /** A package that reads what `model` has routed to: any with landmarks is no such package. */
  async findReader(nameOrFolder: string, model: ModelPackage): Promise<ReaderPackage> {
    const found = await this.findAny(nameOrFolder);
    const { name } = found.manifest;
    if (!isReaderPackage(found)) throw failure.readerUnfit(name, 'it is made for routing');
    if (!this.isReaderOf(found, model)) {
      throw failure.readerUnfit(name, `it does not read the tokens of ${model.manifest.name}`);
    }
    return found;
  }

  isReaderOf({ manifest: { reads } }: ReaderPackage, { manifest: { files } }: ModelPackage): boolean {
    return reads.tokenizer === files.tokenizer.sha256;
  }

  async findAny(nameOrFolder: string): Promise<AnyPackage> {
    return readAnyPackage(await this.folderOf(nameOrFolder));
  }

  async all(): Promise<AnyPackage[]> {
    return Promise.all((await this.names()).map((name) => readAnyPackage(join(this.folder, name))));
  }

  private async folderOf(nameOrFolder: string): Promise<string> {
    if (isAbsolute(nameOrFolder)) return nameOrFolder;
    const names = await this.names();
    if (!names.includes(nameOrFolder)) throw failure.modelUnknown(nameOrFolder, names);
    return join(this.folder, nameOrFolder);
  }

  private async names(): Promise<string[]> {
    try {
      const entries = await readdir(this.folder, { withFileTypes: true });
      const folders = entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
      // What is being copied here is no package yet, and keeps nobody from the others.
      return folders.filter((name) => existsSync(join(this.folder, name, 'manifest.json'))).sort();
    } catch {
      return [];
    }
  }
}
