/** MiniLM over chunks of three blocks, the size it was made for, and fused with words. */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fuseByRank, topBlocks } from '../../../server/landmark/fusion';
import { benchCache } from '../../questions/packages';
import type { CutFile } from '../blocks';
import { maxEntries, type Entry } from '../metrics';
import type { MiniLm } from './miniLm';

const blocksPerChunk = 3;

export interface Chunk extends Entry {
  text: string;
  /** Blocks that it holds: indices into the blocks of all files, in file and line order. */
  firstBlock: number;
  endBlock: number;
}

export interface Ranking {
  entries: Entry[];
  /** The best entry's score. */
  best: number;
}

export class MiniLmIndex {
  private constructor(
    private readonly model: MiniLm,
    readonly blocks: readonly Entry[],
    readonly chunks: readonly Chunk[],
    /** [chunks] each of length 1. */
    private readonly embeddings: readonly Float32Array[],
  ) {}

  static async build(model: MiniLm, files: readonly CutFile[]): Promise<MiniLmIndex> {
    const chunks = chunksOf(files);
    const blocks = files.flatMap(({ file, blocks: own }) =>
      own.map(({ startLine, endLine }): Entry => ({ path: file.path, startLine, endLine })),
    );
    return new MiniLmIndex(model, blocks, chunks, await embedOnce(model, chunks));
  }

  /** [chunks] cosines. */
  async scores(question: string): Promise<Float32Array> {
    const [query] = await this.model.embedTexts([question]);
    return Float32Array.from(this.embeddings, (embedding) => innerProduct(embedding, query!));
  }

  /** Block by block, so that a chunk may be cut where a budget of lines ends. */
  rank(scores: Float32Array): Ranking {
    const order = topBlocks(scores, maxEntries);
    const blocks = order.flatMap((chunk) => {
      const { firstBlock, endBlock } = this.chunks[chunk]!;
      return this.blocks.slice(firstBlock, endBlock);
    });
    return { entries: blocks.slice(0, maxEntries), best: scores[order[0]!] ?? 0 };
  }

  /** By reciprocal rank with the lexical arm, over blocks: a block has the score of its chunk. */
  rankWithWords(scores: Float32Array, lexicalScore: (block: Entry) => number): Ranking {
    const ofBlocks = new Float32Array(this.blocks.length);
    this.chunks.forEach(({ firstBlock, endBlock }, chunk) =>
      ofBlocks.fill(scores[chunk]!, firstBlock, endBlock),
    );
    const fused = fuseByRank([ofBlocks, Float32Array.from(this.blocks, lexicalScore)]);
    const order = topBlocks(fused, maxEntries);
    return { entries: order.map((block) => this.blocks[block]!), best: fused[order[0]!] ?? 0 };
  }
}

/**
 * Three consecutive blocks of a file, with the path before them: the other arms see the path too, and without it
 * this one finds less.
 */
export function chunksOf(files: readonly CutFile[]): Chunk[] {
  const chunks: Chunk[] = [];
  let blockCount = 0;
  for (const { file, blocks } of files) {
    for (let from = 0; from < blocks.length; from += blocksPerChunk) {
      const own = blocks.slice(from, from + blocksPerChunk);
      const [startLine, endLine] = [own[0]!.startLine, own.at(-1)!.endLine];
      const text = `${file.path}\n${file.lines.slice(startLine - 1, endLine).join('\n')}`;
      const firstBlock = blockCount + from;
      chunks.push({
        path: file.path,
        startLine,
        endLine,
        text,
        firstBlock,
        endBlock: firstBlock + own.length,
      });
    }
    blockCount += blocks.length;
  }
  return chunks;
}

/** Embeddings are kept: what is measured here is how well they find, not how long they take. */
async function embedOnce(model: MiniLm, chunks: readonly Chunk[]): Promise<Float32Array[]> {
  const hash = createHash('sha256')
    .update(chunks.map(({ text }) => text).join('\0'))
    .digest('hex');
  const folder = resolve(benchCache, 'minilm');
  const path = join(folder, `${hash.slice(0, 24)}.f32`);
  if (existsSync(path)) {
    const bytes = readFileSync(path);
    const numbers = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    const width = numbers.length / chunks.length;
    return chunks.map((_, chunk) => numbers.slice(chunk * width, (chunk + 1) * width));
  }
  const embeddings = await model.embedTexts(chunks.map(({ text }) => text));
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, Buffer.concat(embeddings.map(({ buffer }) => Buffer.from(buffer))));
  return embeddings;
}

function innerProduct(left: Float32Array, right: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < left.length; at++) sum += left[at]! * right[at]!;
  return sum;
}
