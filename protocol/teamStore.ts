/** A store that a team shares: where it is, and how it stands. */

/**
 * An S3-compatible object store. Credentials are no part of the protocol: the server takes them from its environment,
 * see docs/team-store.md.
 */
export interface TeamStoreSettings {
  /** Such as `https://s3.example.com`. */
  endpoint: string;
  bucket: string;
  /** Folder inside the bucket. */
  prefix?: string;
  /** Default: `AWS_REGION`, `AWS_DEFAULT_REGION`, else `us-east-1`. */
  region?: string;
  access: TeamStoreAccess;
}

export type TeamStoreAccess = 'read' | 'readWrite';

export interface TeamStoreStatus {
  endpoint: string;
  bucket: string;
  access: TeamStoreAccess;
  /** `away`: left alone for a while, then tried again. `refused`: a setting, a key or a permission is wrong. */
  state: 'ready' | 'away' | 'refused';
  /** What is wrong and what to do. */
  problem?: string;
  /** Records since the server started: taken from it, and refused because they were damaged or not what was asked for. */
  fetched: number;
  rejected: number;
  /** Put there, on their way, and given up. */
  uploaded: number;
  waiting: number;
  dropped: number;
}
