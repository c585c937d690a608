/**
 * What was told of passages, on disk: of a summary that is made again only what reads otherwise than before is told anew. It
 * may be lost at any time, and is told again.
 *
 * One text a line, after a line that says what they belong to; each line begins with its CRC-32 in hexadecimal digits.
 */

import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import type { AnswerSentence } from '../../../protocol/messages';
import { writeWhole } from '../../model/fileChecks';

/** Grows where texts are told otherwise than before. */
const toldFormat = 1;
/** Of all workspaces; one is about a kilobyte. The longest unused are forgotten first. */
export const toldMax = 2_000;

/** A text, by the blocks that were given to it. */
export interface Told {
  /** Ids of the windows it was told from. */
  windows: string[];
  answer: string;
  sentences: AnswerSentence[];
  /** `at`: which of the blocks. */
  citations: { n: number; at: number; score: number }[];
  /** Which of the blocks stood in the context. */
  read: number[];
  notes: string[];
  promptTokens: number;
  generatedTokens: number;
}

export class ToldMemory {
  #texts: Promise<Map<string, Told>> | undefined;
  #isChanged = false;

  /** @param packageId of the package that reads */
  constructor(
    private readonly path: string,
    private readonly packageId: string,
  ) {}

  async get(key: string): Promise<Told | undefined> {
    const texts = await this.texts();
    const told = texts.get(key);
    if (!told) return undefined;
    // The last used stands last.
    texts.delete(key);
    texts.set(key, told);
    return told;
  }

  async add(key: string, told: Told): Promise<void> {
    const texts = await this.texts();
    texts.set(key, told);
    if (texts.size > toldMax) texts.delete(texts.keys().next().value!);
    this.#isChanged = true;
  }

  /** Forgets what was told of any of these windows. */
  async remove(windowIds: ReadonlySet<string>): Promise<void> {
    const texts = await this.texts();
    for (const [key, { windows }] of texts) {
      if (windows.some((id) => windowIds.has(id))) this.#isChanged = texts.delete(key);
    }
    await this.save();
  }

  /** A cache that cannot be written is told again. */
  async save(): Promise<void> {
    if (!this.#isChanged) return;
    this.#isChanged = false;
    const lines = [this.head, ...[...(await this.texts())].map((entry) => JSON.stringify(entry))];
    try {
      await mkdir(dirname(this.path), { recursive: true });
      await writeWhole(this.path, lines.map((line) => `${checksum(line)} ${line}\n`).join(''));
    } catch {
      return;
    }
  }

  private texts(): Promise<Map<string, Told>> {
    this.#texts ??= this.load();
    return this.#texts;
  }

  private async load(): Promise<Map<string, Told>> {
    const stored = await readFile(this.path, 'utf8').catch(() => '');
    const [head, ...texts] = stored.split('\n').flatMap(intact);
    return new Map(head === this.head ? texts.map((line) => JSON.parse(line) as [string, Told]) : []);
  }

  private get head(): string {
    return JSON.stringify({ format: toldFormat, packageId: this.packageId });
  }
}

function checksum(line: string): string {
  return crc32(line).toString(16);
}

/** The rest of a line whose checksum holds. */
function intact(line: string): string[] {
  const at = line.indexOf(' ');
  const text = line.slice(at + 1);
  return at > 0 && line.slice(0, at) === checksum(text) ? [text] : [];
}
