/** landmark/model/*: fetch, convert, list, verify and remove the weights of model packages. */

/** Names the stream a request's notifications belong to; chosen by the client, unique per connection. */
export type StreamToken = string;

export interface ModelAddParams {
  /** Name of a shipped package or absolute path of a package folder. Default: the default package. */
  package?: string;
  /** A GGUF file that is already here; without it the package's sources are tried in order. */
  file?: string;
  streamToken?: StreamToken;
}

export interface ModelNameParams {
  package?: string;
}

export interface ModelListResult {
  packages: ModelSummary[];
}

export interface ModelSummary {
  name: string;
  /** `reader`: it has no landmarks, and can only read what another package has routed to. */
  role?: 'reader';
  folder: string;
  /** Whether converted weights are in the cache folder. */
  state: 'ready' | 'missing';
  /** How the CPU multiplies by those weights: in int8, or by the blocks of the base's file. Absent where they are missing. */
  form?: 'int8' | 'blocks';
  weightsFolder: string;
  bytesOnDisk: number;
  licence: string;
  /** What was left undone when it was added, and what to do about it; it works all the same. */
  note?: string;
}

export interface ModelVerifyResult {
  name: string;
  ok: boolean;
  /** One line per file that was checked. */
  files: { file: string; ok: boolean; detail: string }[];
}

export interface ModelRemoveResult {
  name: string;
  bytesFreed: number;
}
