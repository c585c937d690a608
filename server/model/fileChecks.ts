/** Sizes, time stamps and checksums of files that are too large to be read at each start. */

import { open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { throwIfCancelled } from '../errors';
import { messageOf } from './manifest';

const chunkBytes = 16 * 2 ** 20;

/** Bytes of a file from `start` on, up to `end`. */
export interface FileSpan {
  start: number;
  end: number;
}

/** CRC-32 of each chunk of 16 MiB of a span. */
export async function checksumsOf(
  path: string,
  { start, end }: FileSpan,
  signal?: AbortSignal,
): Promise<number[]> {
  const checksums: number[] = [];
  const chunk = Buffer.alloc(chunkBytes);
  const file = await open(path, 'r');
  try {
    for (let offset = start; offset < end; offset += chunkBytes) {
      if (signal) throwIfCancelled(signal);
      const { bytesRead } = await file.read(chunk, 0, Math.min(chunkBytes, end - offset), offset);
      checksums.push(crc32(chunk.subarray(0, bytesRead)));
    }
  } finally {
    await file.close();
  }
  return checksums;
}

/** What is wrong with a span of a file, or undefined. What follows the span is not looked at. */
export async function spanProblem(
  path: string,
  span: FileSpan,
  checksums: readonly number[],
): Promise<string | undefined> {
  try {
    const bytes = await bytesOf(path);
    if (bytes < span.end) return `it has ${bytes} bytes instead of ${span.end}`;
    const found = await checksumsOf(path, span);
    const wrong = found.findIndex((checksum, index) => checksum !== checksums[index]);
    if (wrong < 0) return undefined;
    const from = span.start + wrong * chunkBytes;
    return `bytes ${from} to ${from + chunkBytes} have changed`;
  } catch (error) {
    return `it cannot be read (${messageOf(error)})`;
  }
}

/** A file whose stamp has not changed is not read again. */
export async function stampOf(path: string): Promise<string> {
  try {
    const { mtimeMs, size } = await stat(path);
    return `${mtimeMs} ${size}`;
  } catch {
    return 'missing';
  }
}

/** 0 where there is none. */
export async function bytesOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
}

let partCount = 0;

export async function writeJson(path: string, value: object): Promise<void> {
  await writeWhole(path, `${JSON.stringify(value)}\n`);
}

/** Written whole or not at all, whoever else writes the same file meanwhile. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const part = `${path}.${process.pid}.${++partCount}.part`;
  try {
    await writeFile(part, text);
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Where a disk refuses it nothing is lost: what was found out is found out again the next time. */
export async function tryWriteJson(path: string, value: object): Promise<void> {
  await writeJson(path, value).catch(() => undefined);
}
