/**
 * The search structure at the size of large workspaces: memory, opening, answering, and what two levels miss.
 *
 *     npm run bench:search -- [--tokens 1000000,10000000,100000000] [--roots DIR,DIR] [--windows 1200] [--texts DIR,DIR]
 *
 * Real keys come from windows of the roots (the repositories of bench/questions where none are named), encoded by the
 * default package once and kept under .cache/bench/search; delete that folder to encode others. Texts for words come
 * from node_modules where none are named. 100 M tokens need 6 GB of memory and 2 GB of disk.
 */

import { parseArgs } from 'node:util';
import { projectNames, readSources } from './questions/projects';
import { readOwnQuestions } from './questions/questions';
import { enlarge } from './search/enlarge';
import { measureKeys } from './search/measureKeys';
import { measureWords } from './search/measureWords';
import { realKeys, type RealKeys } from './search/realKeys';
import { publishSearch, type Size } from './search/report';
import { compareSchemes, type KeySet } from './search/schemes';
import { sourceFiles } from './search/texts';

const tokensOfBlock = 63;
/** Grouping so many blocks takes a minute. */
const schemeBlocks = 30_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      tokens: { type: 'string', default: '1000000,10000000,100000000' },
      roots: { type: 'string', default: '' },
      windows: { type: 'string', default: '1200' },
      texts: { type: 'string', default: 'node_modules' },
    },
  });
  const real = await realKeys(named(values.roots), Number(values.windows));
  const questions = projectNames(readSources())
    .flatMap(readOwnQuestions)
    .map(({ question }) => question);
  const files = sourceFiles(named(values.texts));
  const sizes: Size[] = [];
  for (const tokens of named(values.tokens).map(Number)) {
    const blocks = Math.ceil(tokens / tokensOfBlock);
    const keys = await measureKeys(real, blocks);
    console.error(`${tokens} tokens: keys measured`);
    const words = await measureWords(files, questions, blocks);
    console.error(`${tokens} tokens: words measured`);
    sizes.push({ tokens, keys, words });
  }
  const schemes = [
    { title: 'Real keys', ...schemesOf(real) },
    { title: 'Enlarged', ...schemesOf(enlarged(real, schemeBlocks)) },
  ];
  const { model, keyWidth } = real;
  publishSearch({
    model,
    realBlocks: real.keys.length / keyWidth,
    queries: real.queries.length / keyWidth,
    sizes,
    schemes,
  });
}

function schemesOf(set: KeySet) {
  return { blocks: set.keys.length / set.keyWidth, rows: compareSchemes(set) };
}

function enlarged(real: RealKeys, blocks: number): KeySet {
  const windows = [...enlarge(real, blocks)];
  const keys = new Float32Array(blocks * real.keyWidth);
  let at = 0;
  for (const window of windows) {
    keys.set(window, at);
    at += window.length;
  }
  const blocksOfWindow = windows.map(({ length }) => length / real.keyWidth);
  return { ...real, keys, blocksOfWindow };
}

/** The parts of a list with commas. */
function named(list: string): string[] {
  return list.split(',').filter((part) => part !== '');
}

void main();
