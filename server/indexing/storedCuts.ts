/**
 * Where each file was last cut, on disk: a line of JSON that says what the cuts belong to, a line for each file, and a
 * line with the checksum of those above. Many short lines, so that neither reading nor writing holds the event loop.
 */

import { mkdir, open, readFile, rename, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { TimeSlice } from '../concurrency';
import { cutRule } from '../text/cuts';
import type { WindowBlock, WindowCut } from '../text/windows';
import type { FileLook } from '../workspace/workspace';

/** 1 was one object, and knew nothing of when files were looked at. */
const storedFormat = 2;
/** Collected before it is written. */
const chunkChars = 2 ** 20;
const never = new AbortController().signal;

export interface FileCut {
  /** SHA-256 (hex) of the file's lines. */
  textSha256: string;
  windows: WindowCut[];
}

/** A file's cuts, and what it was like; a look that is not settled is not kept. */
export interface KeptCut {
  cut: FileCut;
  look?: FileLook | undefined;
}

interface Head {
  format: number;
  cutRule: number;
  packageId: string;
}

/** [start line, end line, first token, token behind the last] of each block, one after the other. */
type StoredBlocks = number[];
type StoredWindow = [
  id: string,
  startLine: number,
  endLine: number,
  tokenCount: number,
  prefixTokenCount: number,
  headerTokenCount: number,
  blocks: StoredBlocks,
];
type StoredLook = [mtimeMs: number, ctimeMs: number, bytes: number, linesCut: number];
type StoredFile = [path: string, textSha256: string, windows: StoredWindow[], look: StoredLook | null];

/** @returns undefined where nothing is stored, or it is damaged or belongs to another package or rule */
export async function readCuts(path: string, packageId: string): Promise<Map<string, KeptCut> | undefined> {
  const stored = await readFile(path).catch(() => undefined);
  if (!stored) return undefined;
  const end = stored.lastIndexOf('\n', -2) + 1;
  if (stored.toString('latin1', end) !== checksumLine(crc32(stored.subarray(0, end)))) return undefined;
  const [head, ...files] = stored.toString('utf8', 0, Math.max(0, end - 1)).split('\n');
  if (head !== headLine(packageId)) return undefined;
  const cuts = new Map<string, KeptCut>();
  const slice = new TimeSlice();
  for (const file of files) {
    if (slice.isOver) await slice.next(never);
    const [filePath, textSha256, windows, look] = JSON.parse(file) as StoredFile;
    const cut = { textSha256, windows: windows.map((window) => windowOf(filePath, window)) };
    cuts.set(filePath, { cut, look: look ? lookOf(look) : undefined });
  }
  return cuts;
}

/** What was there is replaced at once, and stays where this one cannot be written. */
export async function writeCuts(
  path: string,
  packageId: string,
  cuts: ReadonlyMap<string, KeptCut>,
): Promise<void> {
  const part = `${path}.${process.pid}.part`;
  await mkdir(dirname(path), { recursive: true });
  const file = await open(part, 'w');
  try {
    await writeLines(file, linesOf(packageId, cuts));
  } finally {
    await file.close();
  }
  await rename(part, path);
}

async function writeLines(file: FileHandle, lines: Iterable<string>): Promise<void> {
  let checksum = 0;
  let open = '';
  const flush = async (): Promise<void> => {
    const bytes = Buffer.from(open);
    open = '';
    checksum = crc32(bytes, checksum);
    await file.appendFile(bytes);
  };
  const slice = new TimeSlice();
  for (const line of lines) {
    open += `${line}\n`;
    if (open.length > chunkChars) await flush();
    if (slice.isOver) await slice.next(never);
  }
  await flush();
  await file.appendFile(checksumLine(checksum));
}

function* linesOf(packageId: string, cuts: ReadonlyMap<string, KeptCut>): Generator<string> {
  yield headLine(packageId);
  for (const [path, { cut, look }] of cuts) {
    const file: StoredFile = [path, cut.textSha256, cut.windows.map(storedWindow), storedLook(look)];
    yield JSON.stringify(file);
  }
}

function headLine(packageId: string): string {
  return JSON.stringify({ format: storedFormat, cutRule, packageId } satisfies Head);
}

function checksumLine(checksum: number): string {
  return `${JSON.stringify({ crc32: checksum })}\n`;
}

function storedWindow(window: WindowCut): StoredWindow {
  const { id, startLine, endLine, tokenCount, prefixTokenCount, headerTokenCount } = window;
  const blocks = window.blocks.flatMap((block) => [
    block.startLine,
    block.endLine,
    block.startToken,
    block.endToken,
  ]);
  return [id, startLine, endLine, tokenCount, prefixTokenCount, headerTokenCount, blocks];
}

function windowOf(path: string, stored: StoredWindow): WindowCut {
  const [id, startLine, endLine, tokenCount, prefixTokenCount, headerTokenCount, numbers] = stored;
  const blocks: WindowBlock[] = [];
  for (let at = 0; at < numbers.length; at += 4) {
    const [firstLine, lastLine] = [numbers[at]!, numbers[at + 1]!];
    const [startToken, endToken] = [numbers[at + 2]!, numbers[at + 3]!];
    blocks.push({ startLine: firstLine, endLine: lastLine, startToken, endToken });
  }
  return { id, path, startLine, endLine, tokenCount, prefixTokenCount, headerTokenCount, blocks };
}

function storedLook(look: FileLook | undefined): StoredLook | null {
  if (!look?.isSettled) return null;
  const { stamp, linesCut } = look;
  return [stamp.mtimeMs, stamp.ctimeMs, stamp.bytes, linesCut];
}

function lookOf([mtimeMs, ctimeMs, bytes, linesCut]: StoredLook): FileLook {
  return { stamp: { mtimeMs, ctimeMs, bytes }, linesCut, isSettled: true };
}
