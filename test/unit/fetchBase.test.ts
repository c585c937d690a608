import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CancelledError } from '../../server/errors';
import { fetchBase } from '../../server/model/fetchBase';
import { readPackage, type GgufSource, type ModelPackage } from '../../server/model/manifest';
import { repositoryRoot } from '../oracle/fixtures';

const content = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 251));
const sha256 = createHash('sha256').update(content).digest('hex');

let folder: string;
let server: Server | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'landmark-fetch-'));
});
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  rmSync(folder, { recursive: true });
});

async function serve(listener: RequestListener): Promise<GgufSource> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return { kind: 'https', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/base.gguf` };
}

async function packageWith(...sources: GgufSource[]): Promise<ModelPackage> {
  const model = await readPackage(join(repositoryRoot, 'models', 'toy-landmark'));
  const gguf = { file: 'base.gguf', bytes: content.length, sha256, sources };
  return { ...model, manifest: { ...model.manifest, base: { ...model.manifest.base, gguf } } };
}

const fetch = async (model: ModelPackage, signal = new AbortController().signal): Promise<string> =>
  fetchBase(model, folder, undefined, () => undefined, signal);

const whole: RequestListener = (_request, response) => {
  response.end(content);
};

describe('the base model', () => {
  it('is fetched, checked, and not fetched again', async () => {
    let requests = 0;
    const source = await serve((request, response) => {
      requests++;
      whole(request, response);
    });
    const model = await packageWith(source);
    const path = await fetch(model);
    expect(readFileSync(path).equals(content)).toBe(true);
    await fetch(model);
    expect(requests).toBe(1);
  });

  it('continues where an earlier try stopped', async () => {
    writeFileSync(join(folder, 'base.gguf.part'), content.subarray(0, 60_000));
    let range: string | undefined;
    const source = await serve((request, response) => {
      range = request.headers.range;
      response.writeHead(206).end(content.subarray(60_000));
    });
    expect(readFileSync(await fetch(await packageWith(source))).equals(content)).toBe(true);
    expect(range).toBe('bytes=60000-');
  });

  it('starts anew where the server cannot continue', async () => {
    writeFileSync(join(folder, 'base.gguf.part'), Buffer.alloc(60_000));
    expect(readFileSync(await fetch(await packageWith(await serve(whole)))).equals(content)).toBe(true);
  });

  const failures: { name: string; listener: RequestListener; message: RegExp }[] = [
    {
      name: 'that is not there',
      listener: (_, response) => response.writeHead(404).end(),
      message: /answered 404/,
    },
    {
      name: 'that is too long',
      listener: (_, response) => response.end(Buffer.alloc(200_000)),
      message: /longer than it should be/,
    },
    {
      name: 'that has other bytes',
      listener: (_, response) => response.end(Buffer.alloc(content.length)),
      message: /checksum is/,
    },
    {
      name: 'that ends early',
      listener: (_, response) => response.end(content.subarray(1)),
      message: /99999 bytes instead of 100000/,
    },
  ];
  it.each(failures)('$name is told, with what to do', async ({ listener, message }) => {
    const pending = fetch(await packageWith(await serve(listener)));
    await expect(pending).rejects.toThrow(message);
    await expect(pending).rejects.toThrow(/landmark model add --file PATH/);
  });

  it('comes from the next source where the first one fails', async () => {
    const broken: GgufSource = { kind: 'https', url: 'http://127.0.0.1:9/base.gguf' };
    expect(readFileSync(await fetch(await packageWith(broken, await serve(whole)))).equals(content)).toBe(
      true,
    );
  });

  it('stops on a cancel and keeps what has come', async () => {
    const cancel = new AbortController();
    const source = await serve((_, response) => {
      response.write(content.subarray(0, 50_000), () =>
        setTimeout(() => {
          cancel.abort();
        }, 50),
      );
    });
    await expect(fetch(await packageWith(source), cancel.signal)).rejects.toThrow(CancelledError);
    expect(readFileSync(join(folder, 'base.gguf.part')).equals(content.subarray(0, 50_000))).toBe(true);
  });

  it('named by the user is checked too', async () => {
    const path = join(folder, 'mine.gguf');
    writeFileSync(path, content.subarray(5));
    const model = await packageWith();
    await expect(
      fetchBase(model, folder, path, () => undefined, new AbortController().signal),
    ).rejects.toThrow(/mine\.gguf is damaged: it has 99995 bytes instead of 100000/);
  });
});
