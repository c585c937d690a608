import { nodeStoreFiles, type StoreFiles } from '../../../server/store/storeFiles';

export function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** Operations that change the disk, in the order in which a store asks for them. */
const changes = ['create', 'write', 'truncate', 'sync', 'rename', 'remove', 'makeFolder', 'touch'] as const;

type Operation = (...args: unknown[]) => Promise<unknown>;

export interface Faults {
  /** Changes that have been asked for. */
  count: number;
  /** Whether the change of this number fails. */
  fails: (changeNumber: number) => boolean;
  code: string;
}

/** The disk, but some changes fail; a write that fails has written a part. */
export function faultyFiles(faults: Faults): StoreFiles {
  const files: StoreFiles = { ...nodeStoreFiles };
  const operations = nodeStoreFiles as unknown as Record<string, Operation>;
  for (const name of changes) {
    const original = operations[name]!;
    const faulty: Operation = async (...args) => {
      if (!faults.fails(faults.count++)) return original(...args);
      const bytes = args.at(-1);
      if ((name === 'write' || name === 'create') && bytes instanceof Uint8Array) {
        await original(...args.slice(0, -1), bytes.subarray(0, bytes.length >> 1));
      }
      throw systemError(faults.code);
    };
    Object.assign(files, { [name]: faulty });
  }
  return files;
}
