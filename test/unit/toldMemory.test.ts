import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ToldMemory, toldMax, type Told } from '../../server/answering/summarize/toldMemory';

const folder = mkdtempSync(join(tmpdir(), 'landmark-told-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const told = (answer: string, ...windows: string[]): Told => ({
  ...{
    windows,
    answer,
    sentences: [{ text: answer, citations: [1] }],
    citations: [{ n: 1, at: 0, score: 0.5 }],
  },
  ...{ read: [0], notes: [], promptTokens: 9, generatedTokens: 3 },
});
let files = 0;
const path = (): string => join(folder, `${files++}`, 'told');

it('keeps what was told for the next process, and for the package it belongs to', async () => {
  const file = path();
  const memory = new ToldMemory(file, 'package');
  await memory.add('a', told('One.\nTwo — 三.', 'w1'));
  await memory.save();
  expect(await new ToldMemory(file, 'package').get('a')).toEqual(told('One.\nTwo — 三.', 'w1'));
  expect(await new ToldMemory(file, 'other').get('a')).toBeUndefined();
  expect(await new ToldMemory(path(), 'package').get('a')).toBeUndefined();
});

it('forgets the longest unused first', async () => {
  const memory = new ToldMemory(path(), 'package');
  for (let n = 0; n < toldMax; n++) await memory.add(`${n}`, told(`${n}`));
  await memory.get('0');
  await memory.add('new', told('new'));
  expect(await memory.get('1')).toBeUndefined();
  expect(await memory.get('0')).toEqual(told('0'));
});

it('forgets what was told of windows, also on the disk', async () => {
  const file = path();
  const memory = new ToldMemory(file, 'package');
  await memory.add('a', told('Of one.', 'w1', 'w2'));
  await memory.add('b', told('Of another.', 'w3'));
  await memory.save();
  await memory.remove(new Set(['w2', 'w9']));
  expect(await memory.get('a')).toBeUndefined();
  expect(readFileSync(file, 'utf8')).not.toContain('Of one.');
  expect(await new ToldMemory(file, 'package').get('b')).toEqual(told('Of another.', 'w3'));
});
