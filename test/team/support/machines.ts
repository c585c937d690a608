/** Machines with stores of tiny records over one object store, behind a line on which things can go wrong. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { packageHashOf } from '../../../server/store/preamble';
import type { RecordForm } from '../../../server/store/record';
import { S3Records } from '../../../server/store/team/s3Records';
import type { TeamStoreOptions } from '../../../server/store/team/teamStore';
import type { WindowStore } from '../../../server/store/windowStore';
import { idOf, keysOf, never, openStore, packageId } from '../../store/support/smallStore';
import { FaultyLine } from './faultyLine';
import { bucket, keys, ObjectStore } from './objectStore';

/** Short enough to be waited for. */
const quick: Record<RecordForm, number> = { keysInt8: 500, kvInt8: 500, kvFloat16: 500 };

export interface Machine {
  key?: keyof typeof keys | 'none';
  access?: TeamStoreOptions['access'];
  bucketName?: string;
  ofPackage?: string;
  folder?: string;
  clock?: () => number;
  /** Requests wait as long as they do in the product. */
  isPatient?: boolean;
}

export class Machines {
  readonly scratch = mkdtempSync(join(tmpdir(), 'landmark-team-'));
  #count = 0;
  #places = 0;
  #prefix = '';
  #opened: WindowStore[] = [];

  private constructor(
    readonly server: ObjectStore,
    readonly line: FaultyLine,
    private readonly endpoint: string,
  ) {}

  static async start(): Promise<Machines> {
    const server = await ObjectStore.start();
    const line = new FaultyLine(server.endpoint);
    return new Machines(server, line, await line.open());
  }

  get prefix(): string {
    return this.#prefix;
  }

  /** After each test. */
  async closeStores(): Promise<void> {
    this.line.fault = 'none';
    await Promise.all(this.#opened.splice(0).map((store) => store.close()));
  }

  async stop(): Promise<void> {
    await this.line.close();
    await this.server.stop();
    rmSync(this.scratch, { recursive: true, force: true });
  }

  /** A machine with an empty disk, unless a folder is named. */
  async open(options: Machine = {}): Promise<WindowStore> {
    const { key = 'writer', access = 'readWrite', bucketName = bucket, clock = Date.now } = options;
    const { ofPackage = packageId, folder = join(this.scratch, `machine-${this.#count++}`) } = options;
    const place = { endpoint: this.endpoint, bucket: bucketName, prefix: this.#prefix, region: 'us-east-1' };
    const credentials = () => Promise.resolve(key === 'none' ? undefined : keys[key]);
    const limits = options.isPatient ? [] : [quick];
    const records = new S3Records(place, packageHashOf(ofPackage), credentials, ...limits);
    const team = { records, access, place };
    const store = await openStore(folder, { packageId: ofPackage, team, clock });
    this.#opened.push(store);
    return store;
  }

  /** A new place in the bucket with the landmark keys of these windows. */
  async fill(...numbers: number[]): Promise<void> {
    this.#prefix = `place-${this.#places++}`;
    const store = await this.open();
    for (const number of numbers) await store.writeKeys(idOf(number), keysOf(number));
    await uploads(store, numbers.length);
  }

  objectOf(number: number, ofPackage = packageId): string {
    const hash = packageHashOf(ofPackage).toString('hex');
    return `${bucket}/${this.#prefix}/2/${hash}/keysInt8/${idOf(number)}`;
  }
}

export const wanted = (...numbers: number[]) =>
  numbers.map((number) => ({ windowId: idOf(number), rows: 2 }));

export const fetchKeys = (store: WindowStore, ...numbers: number[]): Promise<number> =>
  store.fetchKeys(wanted(...numbers), 'background', never);

/** Waits until so many records were put. */
export async function uploads(store: WindowStore, count: number): Promise<void> {
  await expect.poll(() => store.team!.status().uploaded, { timeout: 10_000 }).toBe(count);
}
