/** The words of a workspace, from one session to the next. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { finishSteps } from '../../../server/concurrency';
import { readWords, StoredWords, writeWords } from '../../../server/indexing/storedWords';
import { LexicalIndex } from '../../../server/landmark/lexical';
import { temporaryFolder } from '../support/temporaryFolder';

const texts = [
  'def greet(name)',
  'class HTTPServer listens',
  'naïve __init__ greet greet',
  'return name_of(x)',
];
const paths = ['a.py', 'a.py', 'b.py', 'b.py'];
const lexical = LexicalIndex.build(texts.map((text, at) => ({ path: paths[at]!, text })));
const id = (digit: string): string => digit.repeat(64);
const windows = [
  { id: id('a'), path: 'a.py', startLine: 1, endLine: 9, blocks: { length: 2 } },
  { id: id('b'), path: 'b.py', startLine: 1, endLine: 4, blocks: { length: 1 } },
  { id: id('c'), path: 'b.py', startLine: 5, endLine: 7, blocks: { length: 1 } },
];
const questions = ['greet', 'HTTP server', 'name of', 'naive', 'a py', 'nothing'];

async function stored(counted = { windows, lexical }): Promise<string> {
  const path = join(temporaryFolder(), 'workspaces', 'one.words');
  await writeWords(path, 'package', counted);
  return path;
}

function editedNow(before: LexicalIndex, ...edit: Parameters<LexicalIndex['edited']>): LexicalIndex {
  return finishSteps(before.edited(...edit));
}

test('are what they were', async () => {
  const counted = (await readWords(await stored(), 'package'))!;
  expect(counted.windows).toEqual(windows);
  for (const question of questions) {
    expect(counted.lexical.scores(question)).toEqual(lexical.scores(question));
    expect(counted.lexical.rarities(question)).toEqual(lexical.rarities(question));
  }
});

test('go on with an edit as if they had been counted just now', async () => {
  const counted = (await readWords(await stored(), 'package'))!;
  const block = { path: 'b.py', text: 'def leave(name)' };
  const edited = editedNow(counted.lexical, Int32Array.of(0, 1, -1, 3), [block]);
  const anew = LexicalIndex.build(texts.map((text, at) => (at === 2 ? block : { path: paths[at]!, text })));
  for (const question of questions) expect(edited.scores(question)).toEqual(anew.scores(question));
  // What nobody says any more is not carried along.
  const again = (await readWords(await stored({ windows, lexical: edited }), 'package'))!;
  expect(edited.postings.wordIndices.has('__init__')).toBe(true);
  expect([...again.lexical.postings.wordIndices.keys()].sort()).toEqual(
    [...anew.postings.wordIndices.keys()].sort(),
  );
  for (const question of questions) expect(again.lexical.scores(question)).toEqual(anew.scores(question));
});

test('are not taken from another package or rule, nor from a damaged file', async () => {
  const path = await stored();
  expect(await readWords(path, 'another package')).toBeUndefined();
  expect(await readWords(join(path, 'missing'), 'package')).toBeUndefined();
  const good = readFileSync(path);
  for (let at = 0; at < good.length; at++) {
    writeFileSync(path, Buffer.from(good).fill(good[at]! ^ 1, at, at + 1));
    expect(await readWords(path, 'package'), `byte ${at}`).toBeUndefined();
  }
  for (const bytes of [0, 3, 8, good.length >> 1, good.length - 1]) {
    writeFileSync(path, good.subarray(0, bytes));
    expect(await readWords(path, 'package'), `${bytes} bytes`).toBeUndefined();
  }
  // A rule of its own, checksum and all.
  const older = Buffer.from(good.toString('latin1').replace('"wordRule":1', '"wordRule":0'), 'latin1');
  older.writeUInt32LE(crc32(older.subarray(4)), 0);
  writeFileSync(path, older);
  expect(await readWords(path, 'package')).toBeUndefined();
});

test('are written once, and not where the disk refuses them', async () => {
  const folder = temporaryFolder();
  const words = new StoredWords(join(folder, 'one.words'), 'package');
  await words.save({ windows, lexical });
  writeFileSync(words.path, 'overwritten');
  await words.save({ windows, lexical });
  expect(readFileSync(words.path, 'utf8')).toBe('overwritten');
  expect(await words.read()).toBeUndefined();
  mkdirSync(join(folder, 'two.words'));
  const refused = new StoredWords(join(folder, 'two.words'), 'package');
  await refused.save({ windows, lexical });
  expect(await refused.read()).toBeUndefined();
});
