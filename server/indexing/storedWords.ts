/**
 * The words of a workspace's blocks, kept on disk, so that opening it counts only what changed since. Like the cuts they
 * may be lost at any time, and are counted again.
 *
 * | bytes                    | field                                                                      |
 * |--------------------------|----------------------------------------------------------------------------|
 * | 4                        | CRC-32 of all that follows                                                 |
 * | 4                        | length of the head                                                         |
 * | as said                  | the head, JSON                                                             |
 * | 44 times windows         | id (32 bytes), start line, end line and blocks (uint32 each) of each       |
 * | 4 times blocks           | words of each block (uint32)                                               |
 * | 4 times (words + 1)      | where the run of each word begins (uint32)                                 |
 * | 4 times postings         | block of each posting (uint32)                                             |
 * | 2 times postings         | how often it holds the word (uint16)                                       |
 * | the rest                 | the words, UTF-8, each closed by a line feed                               |
 *
 * Numbers are little-endian.
 */

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { LexicalIndex, wordRule } from '../landmark/lexical';
import type { Postings } from '../landmark/postings';
import type { WindowOutline } from './keptBlocks';

const storedFormat = 1;
const idBytes = 32;
const windowNumbers = 3;

/** Windows and the words of their blocks, of a workspace as it was at some time. */
export interface CountedWords {
  windows: readonly WindowOutline[];
  lexical: LexicalIndex;
}

interface Head {
  format: number;
  wordRule: number;
  packageId: string;
  /** Files in their order, each with how many windows it has. */
  files: [path: string, windows: number][];
  windows: number;
  blocks: number;
  words: number;
  postings: number;
}

/** The words of one workspace, in one file. */
export class StoredWords {
  /** What the file holds. */
  readonly #written = new WeakSet<LexicalIndex>();
  /** Writes follow one another. */
  #writing: Promise<void> = Promise.resolve();

  constructor(
    readonly path: string,
    private readonly packageId: string,
  ) {}

  async read(): Promise<CountedWords | undefined> {
    const counted = await readWords(this.path, this.packageId);
    if (counted) this.#written.add(counted.lexical);
    return counted;
  }

  /** Resolves once nothing is being written. */
  written(): Promise<void> {
    return this.#writing;
  }

  /** Writes words that the file does not hold. What cannot be written is counted again. */
  save(counted: CountedWords): Promise<void> {
    const { lexical } = counted;
    this.#writing = this.#writing.then(async () => {
      if (this.#written.has(lexical)) return;
      await writeWords(this.path, this.packageId, counted).then(
        () => this.#written.add(lexical),
        () => undefined,
      );
    });
    return this.#writing;
  }
}

/** @returns undefined where nothing is stored, or it is damaged or belongs to another package or rule */
export async function readWords(path: string, packageId: string): Promise<CountedWords | undefined> {
  const stored = await readFile(path).catch(() => undefined);
  if (!stored || stored.length < 8 || stored.readUInt32LE(0) !== crc32(stored.subarray(4))) return undefined;
  const bytes = new Cursor(stored, 4);
  const head = JSON.parse(bytes.take(bytes.take(4).readUInt32LE(0)).toString('utf8')) as Head;
  if (head.format !== storedFormat || head.wordRule !== wordRule || head.packageId !== packageId)
    return undefined;
  const ids = bytes.take(head.windows * idBytes);
  const numbers = new Uint32Array(bytes.copy(head.windows * windowNumbers * 4));
  const blockLengths = new Uint32Array(bytes.copy(head.blocks * 4));
  const runStarts = new Uint32Array(bytes.copy((head.words + 1) * 4));
  const blockIndices = new Uint32Array(bytes.copy(head.postings * 4));
  const counts = new Uint16Array(bytes.copy(head.postings * 2));
  const wordIndices = wordIndicesOf(bytes.rest().toString('utf8'));
  const lexical = LexicalIndex.of({ wordIndices, runStarts, blockIndices, counts, blockLengths });
  return { windows: windowsOf(head, ids, numbers), lexical };
}

export async function writeWords(
  path: string,
  packageId: string,
  { windows, lexical }: CountedWords,
): Promise<void> {
  const postings = withoutEmptyRuns(lexical.postings);
  const body = [
    ...headOf(packageId, windows, postings),
    ...[postings.blockLengths, postings.runStarts, postings.blockIndices, postings.counts].map(bytesOf),
    Buffer.from([...postings.wordIndices.keys()].map((word) => `${word}\n`).join('')),
  ];
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(body.reduce((sum, part) => crc32(part, sum), 0));
  const part = `${path}.${process.pid}.part`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(part, [checksum, ...body]);
  await rename(part, path);
}

/** Words that no block holds any more would add up from session to session. */
function withoutEmptyRuns(postings: Postings): Postings {
  const { wordIndices, runStarts } = postings;
  const held = [...wordIndices].filter(([, run]) => runStarts[run + 1]! > runStarts[run]!);
  return {
    ...postings,
    wordIndices: new Map(held.map(([word], run) => [word, run])),
    runStarts: Uint32Array.from([...held.map(([, run]) => runStarts[run]!), runStarts.at(-1)!]),
  };
}

function headOf(packageId: string, windows: readonly WindowOutline[], postings: Postings): Buffer[] {
  const files: Head['files'] = [];
  const ids = Buffer.alloc(windows.length * idBytes);
  const numbers = new Uint32Array(windows.length * windowNumbers);
  windows.forEach(({ id, path, startLine, endLine, blocks }, at) => {
    const last = files.at(-1);
    if (last?.[0] === path) last[1]++;
    else files.push([path, 1]);
    ids.write(id, at * idBytes, 'hex');
    numbers.set([startLine, endLine, blocks.length], at * windowNumbers);
  });
  const head: Head = {
    ...{ format: storedFormat, wordRule, packageId, files },
    windows: windows.length,
    blocks: postings.blockLengths.length,
    words: postings.wordIndices.size,
    postings: postings.blockIndices.length,
  };
  const text = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return [length, text, ids, bytesOf(numbers)];
}

function windowsOf({ files }: Head, ids: Buffer, numbers: Uint32Array): WindowOutline[] {
  const windows: WindowOutline[] = [];
  for (const [path, count] of files) {
    for (const end = windows.length + count; windows.length < end;) {
      const at = windows.length;
      const id = ids.toString('hex', at * idBytes, (at + 1) * idBytes);
      const [startLine, endLine, length] = numbers.subarray(at * windowNumbers, (at + 1) * windowNumbers);
      windows.push({ id, path, startLine: startLine!, endLine: endLine!, blocks: { length: length! } });
    }
  }
  return windows;
}

/** Runs are numbered by the order of words. */
function wordIndicesOf(text: string): Map<string, number> {
  const words = text.split('\n');
  words.pop();
  return new Map(words.map((word, run) => [word, run]));
}

function bytesOf(numbers: Uint32Array | Uint16Array): Buffer {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

/** Hands out bytes one after the other. */
class Cursor {
  constructor(
    private readonly bytes: Buffer,
    private at: number,
  ) {}

  take(count: number): Buffer {
    const taken = this.bytes.subarray(this.at, this.at + count);
    this.at += count;
    return taken;
  }

  /** On memory of its own, which begins where numbers may begin. */
  copy(count: number): ArrayBuffer {
    return new Uint8Array(this.take(count)).buffer;
  }

  rest(): Buffer {
    return this.take(this.bytes.length - this.at);
  }
}
