import type { KvPrecision, StoreShape } from './shape';
import type { StoreFiles } from './storeFiles';
import type { TeamStoreOptions } from './team/teamStore';

export interface StoreOptions {
  folder: string;
  packageId: string;
  shape: StoreShape;
  /** Most bytes that the files of KV take. */
  kvQuotaBytes?: number;
  kvPrecision?: KvPrecision;
  kvRamBytes?: number;
  /** Records that a team shares; nothing is shared without. */
  team?: TeamStoreOptions;
  files?: StoreFiles;
  clock?: () => number;
}

export interface StoreStats {
  keysRecords: number;
  kvRecords: number;
  /** Of all segments. */
  bytes: number;
  kvBytes: number;
  /** Records that this process found damaged. */
  dropped: number;
  /** Appends and housekeeping that the disk refused. */
  failedWrites: number;
  kvRam: { hits: number; misses: number; bytes: number };
}
