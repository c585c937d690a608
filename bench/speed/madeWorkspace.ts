/**
 * A workspace of any size whose landmark keys need no encoding: real source files, again with marked words where they do
 * not suffice, and keys made out of real ones. What is searched, loaded and held is as large as it would be; which blocks
 * are found means nothing.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { rootsOf } from '../../server/answering/roots';
import { Workspaces } from '../../server/answering/workspaces';
import type { ModelHost } from '../../server/model/modelHost';
import { enlarge } from '../search/enlarge';
import { realKeys, type RealKeys } from '../search/realKeys';
import { sourceFiles, textBlocks } from '../search/texts';
import { never } from './setting';

/** What a block of these texts comes to, with its share of prefix and header. */
const tokensOfBlock = 40;
/** Files lie still before they are looked at, as nearly all of a workspace do: others are read again by the next session. */
const stillMs = 2_500;
/** The size of a larger source file; one file of all texts would be left out. */
const blocksOfFileMax = 150;

export interface MadeWorkspace {
  root: string;
  cacheFolder: string;
  tokens: number;
  blocks: number;
}

/** @param folder an empty one, which the caller removes */
export async function makeWorkspace(
  host: ModelHost,
  folder: string,
  tokensWanted: number,
): Promise<MadeWorkspace> {
  const [root, cacheFolder] = [join(folder, 'root'), join(folder, 'cache')];
  writeTexts(root, blocksOfTokens(tokensWanted));
  await setTimeout(stillMs);
  const workspaces = new Workspaces(host, { cacheFolder });
  const index = await workspaces.index(rootsOf({ root }), () => undefined, never);
  const store = await workspaces.store();
  const keys = new KeySource(await realKeys(), index.blockCount);
  for (const { id, blocks } of index.windows) await store.writeKeys(id, keys.take(blocks.length));
  await workspaces.dispose();
  return { root, cacheFolder, tokens: index.tokenCount, blocks: index.blockCount };
}

export function blocksOfTokens(tokens: number): number {
  return Math.ceil(tokens / tokensOfBlock);
}

/** Real source files, cut and marked (bench/search/texts.ts), in a hundred folders. */
export function writeTexts(root: string, blockCount: number): void {
  let lines: string[] = [];
  let files = 0;
  let from = '';
  const flush = (): void => {
    if (lines.length === 0) return;
    const path = join(root, `${files % 100}`, `${files}${extname(from)}`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, lines.join(''));
    files++;
    lines = [];
  };
  for (const { path, text } of textBlocks(sourceFiles(['node_modules']), blockCount)) {
    if (path !== from || lines.length >= blocksOfFileMax) flush();
    from = path;
    lines.push(text);
  }
  flush();
}

/** Hands made keys out, window by window of any size. */
export class KeySource {
  private readonly windows: Iterator<Float32Array>;
  private open = new Float32Array(0);

  constructor(
    private readonly real: RealKeys,
    blockCount: number,
  ) {
    this.windows = enlarge(real, blockCount);
  }

  /** @returns [blocks, keyWidth] */
  take(blocks: number): Float32Array {
    const numbers = blocks * this.real.keyWidth;
    const keys = new Float32Array(numbers);
    for (let filled = 0; filled < numbers;) {
      if (this.open.length === 0) this.open = this.next();
      const part = this.open.subarray(0, numbers - filled);
      keys.set(part, filled);
      filled += part.length;
      this.open = this.open.subarray(part.length);
    }
    return keys;
  }

  private next(): Float32Array<ArrayBuffer> {
    const { done, value } = this.windows.next() as IteratorResult<Float32Array<ArrayBuffer>, undefined>;
    if (done === true) throw new Error('more keys were taken than the workspace has blocks');
    return value;
  }
}
