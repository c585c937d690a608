import type { RecordForm } from '../record';

/** A record as it is kept elsewhere: addressed by its window id and form. */
export interface RawRecord {
  windowId: string;
  bytes: Buffer;
}

/**
 * The port to records that several machines share. What comes out of it is data of others: nothing of it has been
 * checked. Every call fails with a `RemoteError`, or as cancelled once the signal is aborted.
 */
export interface RemoteRecords {
  /** Hands over what is there of these records, in any order, as it arrives. */
  getMany(
    form: RecordForm,
    windowIds: readonly string[],
    onRecord: (record: RawRecord) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Which of these records are there. */
  hasMany(form: RecordForm, windowIds: readonly string[], signal: AbortSignal): Promise<Set<string>>;
  /** Keeps records, in place of those of the same form and window. */
  putMany(form: RecordForm, records: readonly RawRecord[], signal: AbortSignal): Promise<void>;
}

/**
 * `away`: no answer, or one of a server in trouble; a later try may succeed by itself. `refused`: an answer that stays
 * the same until somebody changes a setting, a key or a permission.
 */
export type RemoteTrouble = 'away' | 'refused';

export class RemoteError extends Error {
  constructor(
    readonly trouble: RemoteTrouble,
    /** What is wrong and what to do; names no secret. */
    message: string,
  ) {
    super(message);
    this.name = 'RemoteError';
  }
}

/** Stands in where the settings name no place that could be asked: everything is refused, with the reason. */
export function refusing(reason: string): RemoteRecords {
  const refuse = (): Promise<never> => Promise.reject(new RemoteError('refused', reason));
  return { getMany: refuse, hasMany: refuse, putMany: refuse };
}
