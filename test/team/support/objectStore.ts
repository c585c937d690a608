/** A real S3-compatible object store (SeaweedFS) on the loopback, with keys that may do different things. */

import { spawn, type ChildProcess } from 'node:child_process';
import { AwsClient } from 'aws4fetch';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { repositoryRoot } from '../../oracle/fixtures';

const program = join(repositoryRoot, '.cache', 'seaweedfs', 'weed-4.48');
const startMsMax = 50_000;

export const keys = {
  admin: { accessKeyId: 'ADMINKEY', secretAccessKey: 'admin-secret' },
  writer: { accessKeyId: 'WRITERKEY', secretAccessKey: 'writer-secret' },
  reader: { accessKeyId: 'READERKEY', secretAccessKey: 'reader-secret' },
  /** A known key with a wrong secret. */
  forged: { accessKeyId: 'WRITERKEY', secretAccessKey: 'not-the-secret' },
} as const;

const identities = [
  { name: 'admin', credentials: [pairOf(keys.admin)], actions: ['Admin', 'Read', 'Write', 'List'] },
  { name: 'writer', credentials: [pairOf(keys.writer)], actions: ['Read', 'Write', 'List'] },
  { name: 'reader', credentials: [pairOf(keys.reader)], actions: ['Read', 'List'] },
];

export const bucket = 'team';

export class ObjectStore {
  private constructor(
    readonly endpoint: string,
    private readonly folder: string,
    private readonly process: ChildProcess,
  ) {}

  static async start(): Promise<ObjectStore> {
    if (!existsSync(program)) throw new Error('Run `node test/team/support/install.mjs` first.');
    const folder = mkdtempSync(join(tmpdir(), 'landmark-object-store-'));
    const config = join(folder, 's3.json');
    writeFileSync(config, JSON.stringify({ identities }));
    mkdirSync(join(folder, 'data'));
    const [s3, s3Grpc, master, masterGrpc, volume, volumeGrpc, filer, filerGrpc] = await freePorts(8);
    const ports = [
      `-s3.port=${s3}`,
      `-s3.port.grpc=${s3Grpc}`,
      `-master.port=${master}`,
      `-master.port.grpc=${masterGrpc}`,
      `-volume.port=${volume}`,
      `-volume.port.grpc=${volumeGrpc}`,
      `-filer.port=${filer}`,
      `-filer.port.grpc=${filerGrpc}`,
      '-s3.port.iceberg=0',
      '-s3.port.lance=0',
    ];
    const child = spawn(
      program,
      [
        ...['server', `-dir=${join(folder, 'data')}`, '-ip=127.0.0.1', '-ip.bind=127.0.0.1'],
        ...['-filer', '-s3', `-s3.config=${config}`, '-s3.iam=false', '-s3.autoCreateBucket=false'],
        ...['-volume.max=8', '-master.volumeSizeLimitMB=64', ...ports],
      ],
      { stdio: 'ignore' },
    );
    const store = new ObjectStore(`http://127.0.0.1:${s3}`, folder, child);
    await store.#makeBucket().catch(async (error: unknown) => {
      await store.stop();
      throw error;
    });
    return store;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once('close', resolve));
    if (this.process.exitCode === null && this.process.kill('SIGKILL')) await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A request of the administrator's: what is in an object, or to put something else there. */
  async admin(path: string, init: RequestInit = {}): Promise<Response> {
    const client = new AwsClient({ ...keys.admin, service: 's3', region: 'us-east-1', retries: 0 });
    return client.fetch(`${this.endpoint}/${path}`, init);
  }

  /** Names of all objects. */
  async names(): Promise<string[]> {
    const text = await (await this.admin(`${bucket}?list-type=2&max-keys=1000`)).text();
    return [...text.matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, name]) => name!);
  }

  async #makeBucket(): Promise<void> {
    const endMs = performance.now() + startMsMax;
    while (performance.now() < endMs) {
      const answer = await this.admin(bucket, { method: 'PUT' }).catch(() => undefined);
      // The bucket is there before there is room for objects.
      const first = answer?.ok && (await this.admin(`${bucket}/first`, { method: 'PUT', body: 'x' }));
      if (first && first.ok) {
        await this.admin(`${bucket}/first`, { method: 'DELETE' });
        return;
      }
      await sleep(200);
    }
    throw new Error(`The object store did not start within ${startMsMax / 1_000} s.`);
  }
}

function pairOf({ accessKeyId, secretAccessKey }: { accessKeyId: string; secretAccessKey: string }) {
  return { accessKey: accessKeyId, secretKey: secretAccessKey };
}

/** Ports that were free a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
