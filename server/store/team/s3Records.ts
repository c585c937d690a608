import { AwsClient } from 'aws4fetch';
import { webcrypto } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { mapBounded } from '../../concurrency';
import { throwIfCancelled } from '../../errors';
import { formatVersion } from '../preamble';
import type { RecordForm } from '../record';
import { noCredentials, type Credentials } from './credentials';
import { RemoteError, type RawRecord, type RemoteRecords } from './remoteRecords';
import type { TeamPlace } from './settings';

/** Enough to hide a round trip of a hundred milliseconds, few enough for a small server. */
const requestsAtOnceMax = 16;
/** A record of landmark keys takes some KB; one of KV some MB, which a slow line needs its time for. */
const requestMsMax: Record<RecordForm, number> = { keysInt8: 5_000, kvInt8: 20_000, kvFloat16: 20_000 };
/** What is longer is no record of a window: it is read up to here, and fails the checks. */
const objectBytesMax: Record<RecordForm, number> = {
  keysInt8: 2 ** 20,
  kvInt8: 2 ** 25,
  kvFloat16: 2 ** 25,
};
/** Of an answer that is an error: the code stands at its beginning. */
const errorBytesMax = 4_096;

/**
 * Records in an S3-compatible object store, one object each:
 *
 *     <prefix>/<format version>/<SHA-256 of the package id>/<form>/<window id>
 *
 * The name says all that is needed to find a record, so there is no list to keep and nothing that two writers could
 * disagree about: they put equal content under equal names.
 */
export class S3Records implements RemoteRecords {
  #client: AwsClient | undefined;

  constructor(
    private readonly place: TeamPlace,
    private readonly packageHash: Buffer,
    private readonly credentials: () => Promise<Credentials | undefined>,
    /** Tests shorten it. */
    private readonly msMax = requestMsMax,
  ) {}

  async getMany(
    form: RecordForm,
    windowIds: readonly string[],
    onRecord: (record: RawRecord) => void,
    signal: AbortSignal,
  ): Promise<void> {
    await mapAtOnce(windowIds, signal, async (windowId) => {
      const bytes = await this.#request(form, windowId, { method: 'GET' }, signal, (answer) =>
        bodyOf(answer, objectBytesMax[form] + 1),
      );
      if (bytes) onRecord({ windowId, bytes });
    });
  }

  async hasMany(form: RecordForm, windowIds: readonly string[], signal: AbortSignal): Promise<Set<string>> {
    const found = new Set<string>();
    await mapAtOnce(windowIds, signal, async (windowId) => {
      const isThere = await this.#request(form, windowId, { method: 'HEAD' }, signal, () => true);
      if (isThere) found.add(windowId);
    });
    return found;
  }

  async putMany(form: RecordForm, records: readonly RawRecord[], signal: AbortSignal): Promise<void> {
    await mapAtOnce(records, signal, async ({ windowId, bytes }) => {
      // Signed with its content, a request that is changed on its way is refused by servers that check it.
      const sha256 = Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('hex');
      const headers = { 'x-amz-content-sha256': sha256, 'content-type': 'application/octet-stream' };
      await this.#request(form, windowId, { method: 'PUT', headers, body: bytes }, signal, bodyOf);
    });
  }

  /** @returns undefined where the object is not there */
  async #request<Result>(
    form: RecordForm,
    windowId: string,
    init: RequestInit,
    signal: AbortSignal,
    read: (answer: Response) => Promise<Result> | Result,
  ): Promise<Result | undefined> {
    throwIfCancelled(signal);
    const { endpoint, bucket, prefix } = this.place;
    const name = [prefix, String(formatVersion), this.packageHash.toString('hex'), form, windowId];
    const url = [endpoint, bucket, ...name.filter((part) => part !== '')].join('/');
    const client = await this.#signer();
    try {
      return await within(this.msMax[form], signal, async (patience) => {
        // A redirect would carry the data to a place that the user has not named.
        const signed = await client.sign(url, { ...init, redirect: 'manual', signal: patience });
        const answer = await fetch(signed);
        if (answer.ok) return read(answer);
        const code = await codeOf(answer);
        const mayBeMissing = init.method !== 'PUT' && code !== 'NoSuchBucket';
        if (answer.status === 404 && mayBeMissing) return undefined;
        throw this.#failureOf(answer.status, code);
      });
    } catch (error) {
      throwIfCancelled(signal);
      if (error instanceof RemoteError) throw error;
      // What fetch throws hides the reason in its cause.
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new RemoteError('away', `The team store at ${endpoint} cannot be reached: ${reason}.`);
    }
  }

  async #signer(): Promise<AwsClient> {
    if (this.#client) return this.#client;
    const credentials = await this.credentials();
    if (!credentials) throw new RemoteError('refused', noCredentials);
    // Who tries again, and when, is decided above this.
    this.#client = new AwsClient({ ...credentials, service: 's3', region: this.place.region, retries: 0 });
    return this.#client;
  }

  #failureOf(status: number, code: string): RemoteError {
    const { endpoint, bucket, region } = this.place;
    const told = `The team store at ${endpoint} answered ${status}${code === '' ? '' : ` ${code}`}`;
    if (status >= 500 || status === 429 || status === 408 || code === 'RequestTimeTooSkewed') {
      const hint = code === 'RequestTimeTooSkewed' ? ' Set the clock of this machine.' : '';
      return new RemoteError('away', `${told}.${hint}`);
    }
    if (status === 404) {
      return new RemoteError(
        'refused',
        `${told}: there is no bucket ${bucket}. Make it, or correct the name.`,
      );
    }
    if (status >= 300 && status < 400) {
      return new RemoteError(
        'refused',
        `${told}, a redirect, which is not followed. Name the endpoint and the region (now ${region}) of the bucket.`,
      );
    }
    // Credentials are looked for again: the files may hold new ones by then.
    this.#client = undefined;
    if (status !== 401 && status !== 403) return new RemoteError('refused', `${told}. Check its settings.`);
    const isOfKey = /Signature|AccessKey|Token/.test(code);
    const hint = isOfKey
      ? 'Sign in again, or correct the key.'
      : 'The key must be allowed to get and list objects and, where it writes, to put them.';
    return new RemoteError('refused', `${told}. ${hint}`);
  }
}

async function mapAtOnce<Item>(
  items: readonly Item[],
  signal: AbortSignal,
  request: (item: Item) => Promise<void>,
): Promise<void> {
  // Each request under way listens to it; Node takes more than ten for a leak.
  setMaxListeners(2 * requestsAtOnceMax, signal);
  await mapBounded(items, requestsAtOnceMax, request);
}

/** Ends the work when its time is over, as a failure, or when the caller cancels. */
async function within<Result>(
  ms: number,
  signal: AbortSignal,
  work: (patience: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const patience = new AbortController();
  const cancel = (): void => {
    patience.abort(signal.reason);
  };
  const timer = setTimeout(() => {
    patience.abort(new Error(`no answer within ${ms / 1_000} s`));
  }, ms);
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await work(patience.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
  }
}

/** Reads a body up to a limit; its bytes begin where typed arrays may be laid over them. */
async function bodyOf(answer: Response, bytesMax = errorBytesMax): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const body = answer.body as AsyncIterable<Uint8Array> | null;
  for await (const chunk of body ?? []) {
    chunks.push(chunk.subarray(0, bytesMax - length));
    length += chunks.at(-1)!.length;
    // Leaving the loop ends the transfer.
    if (length >= bytesMax) break;
  }
  const bytes = Buffer.from(new ArrayBuffer(length));
  let end = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, end);
    end += chunk.length;
  }
  return bytes;
}

/** The word that S3 gives a failure; empty where the answer has none, as those to HEAD. */
async function codeOf(answer: Response): Promise<string> {
  const text = (await bodyOf(answer)).toString('utf8');
  return /<Code>(\w{1,64})<\/Code>/.exec(text)?.[1] ?? '';
}
