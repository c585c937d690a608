import { join } from 'node:path';
import type { RecordIndex } from './recordIndex';
import type { StoreFiles } from './storeFiles';

/** The folder of one package's records, and what this process knows of it. */
export interface StoreFolder {
  readonly folder: string;
  readonly packageHash: Buffer;
  readonly files: StoreFiles;
  readonly index: RecordIndex;
  readonly clock: () => number;
}

export function pathIn({ folder }: StoreFolder, name: string): string {
  return join(folder, name);
}
