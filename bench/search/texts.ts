/**
 * Blocks of text for a workspace of any size: source files cut at line ends to about as many characters as a block has.
 * Where the files do not suffice they come again, with every tenth word marked by how often they came: a larger
 * workspace has more words, too.
 */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { LexicalBlock } from '../../server/landmark/lexical';

const extensions = new Set(['.ts', '.js', '.mjs', '.md', '.py', '.go', '.rs']);
/** Larger ones are mostly bundles. */
const fileBytesMax = 400_000;
/** About 63 tokens of code. */
const blockCharacters = 220;
const markedEvery = 10;

export function sourceFiles(roots: readonly string[]): string[] {
  return roots.flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => extensions.has(extname(name)))
      .map((name) => join(root, name))
      .filter((path) => {
        const about = statSync(path);
        return about.isFile() && about.size > 0 && about.size <= fileBytesMax;
      })
      .sort(),
  );
}

export function* textBlocks(files: readonly string[], blockCount: number): Generator<LexicalBlock> {
  let made = 0;
  for (let round = 0; made < blockCount; round++) {
    for (const path of files) {
      for (const text of blocksOf(marked(readFileSync(path, 'utf8'), round))) {
        if (made++ >= blockCount) return;
        yield { path, text };
      }
    }
  }
}

function marked(text: string, round: number): string {
  if (round === 0) return text;
  let words = 0;
  return text.replace(/[A-Za-z_]\w+/g, (word) => (++words % markedEvery === 0 ? `${word}_${round}` : word));
}

function* blocksOf(text: string): Generator<string> {
  let block = '';
  for (const line of text.split('\n')) {
    if (block !== '' && block.length + line.length > blockCharacters) {
      yield block;
      block = '';
    }
    block += `${line.slice(0, blockCharacters)}\n`;
  }
  yield block;
}
