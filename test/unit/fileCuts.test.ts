import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileCuts } from '../../server/indexing/fileCuts';
import { readCuts } from '../../server/indexing/storedCuts';
import type { TextModel } from '../../server/model/modelHost';
import { cutWindows, linesSha256, withoutTokens, type TextFile } from '../../server/text/windows';
import type { FileLook } from '../../server/workspace/workspace';
import { toyText } from './support/toyText';

const signal = new AbortController().signal;
const quiet = (): undefined => undefined;
let folder: string;
let path: string;
let text: TextModel;
let tokenized = 0;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'landmark-cuts-'));
  path = join(folder, 'workspaces', 'cuts.json');
  const toy = await toyText();
  const encodeText = (line: string): number[] => {
    tokenized++;
    return toy.tokenizer.encodeText(line);
  };
  text = { layout: toy.layout, tokenizer: { ...toy.tokenizer, encodeText } };
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function fileOf(name: string, count: number): TextFile {
  const lines = Array.from({ length: count }, (_, at) => (at % 5 === 4 ? '' : `${name} = call_${at}(${at})`));
  return { path: name, lines };
}

const scanOf = (...files: TextFile[]) => ({ files, looks: new Map<string, FileLook>() });

async function tokenizedIn(work: () => Promise<unknown>): Promise<number> {
  tokenized = 0;
  await work();
  return tokenized;
}

test('looks at edited files only, and of those only at what the edit moved', async () => {
  const cuts = await FileCuts.open(path, text.layout.packageId);
  const [one, two] = [fileOf('one', 400), fileOf('two', 400)];
  expect(await tokenizedIn(() => cuts.update(scanOf(one, two), text, quiet, signal))).toBeGreaterThan(800);
  expect(await tokenizedIn(() => cuts.update(scanOf(one, two), text, quiet, signal))).toBe(0);
  const edited = { ...two, lines: two.lines.with(200, 'edited') };
  expect(await tokenizedIn(() => cuts.update(scanOf(one, edited), text, quiet, signal))).toBeLessThan(200);
  const [, found] = await cuts.update(scanOf(one, edited), text, quiet, signal);
  expect(found!.windows).toEqual(cutWindows(edited, text.tokenizer, text.layout).map(withoutTokens));
});

test('keeps cuts for the next session, but not those of another rule or package', async () => {
  const file = fileOf('one', 50);
  const cuts = await FileCuts.open(path, text.layout.packageId);
  const first = await cuts.update(scanOf(file), text, quiet, signal);
  cuts.saveLater();
  await cuts.save();
  const next = await FileCuts.open(path, text.layout.packageId);
  expect(await tokenizedIn(() => next.update(scanOf({ ...file }), text, quiet, signal))).toBe(0);
  expect(await next.update(scanOf(file), text, quiet, signal)).toEqual(first);
  const other = await FileCuts.open(path, 'another package');
  expect(await tokenizedIn(() => other.update(scanOf(file), text, quiet, signal))).toBeGreaterThan(0);
  rewriteHead((head) => ({ ...head, cutRule: head.cutRule! - 1 }));
  const older = await FileCuts.open(path, text.layout.packageId);
  expect(await tokenizedIn(() => older.update(scanOf(file), text, quiet, signal))).toBeGreaterThan(0);
});

/** Replaces the first line of the stored cuts, and the checksum with it. */
function rewriteHead(change: (head: Record<string, number>) => Record<string, number>): void {
  const [head, ...lines] = readFileSync(path, 'utf8').split('\n');
  const body = [
    JSON.stringify(change(JSON.parse(head!) as Record<string, number>)),
    ...lines.slice(0, -2),
    '',
  ].join('\n');
  writeFileSync(path, `${body}${JSON.stringify({ crc32: crc32(body) })}\n`);
}

test('takes no damaged cut for a good one', async () => {
  const file = fileOf('one', 20);
  const cuts = await FileCuts.open(path, text.layout.packageId);
  await cuts.update(scanOf(file), text, quiet, signal);
  await cuts.save();
  const good = readFileSync(path);
  expect(await readCuts(path, text.layout.packageId)).toBeDefined();
  for (let at = 0; at < good.length; at++) {
    writeFileSync(path, Buffer.from(good).fill(good[at]! ^ 4, at, at + 1));
    expect(await readCuts(path, text.layout.packageId), `byte ${at}`).toBeUndefined();
  }
  for (const bytes of [0, 1, 2, good.length >> 1, good.length - 1]) {
    writeFileSync(path, good.subarray(0, bytes));
    expect(await readCuts(path, text.layout.packageId), `${bytes} bytes`).toBeUndefined();
  }
});

test('remembers a file that lay still, and nothing of one that may change within a tick of the clock', async () => {
  const looks = new Map([
    ['one', lookOf(true)],
    ['two', lookOf(false)],
  ]);
  const cuts = await FileCuts.open(path, text.layout.packageId);
  await cuts.update({ files: [fileOf('one', 9), fileOf('two', 9)], looks }, text, quiet, signal);
  await cuts.save();
  const next = await FileCuts.open(path, text.layout.packageId);
  const textSha256 = linesSha256(fileOf('one', 9).lines);
  expect(next.remembered('one')).toEqual({ look: lookOf(true), textSha256 });
  expect(next.remembered('two')).toBeUndefined();
  expect(next.remembered('three')).toBeUndefined();
});

function lookOf(isSettled: boolean): FileLook {
  return { stamp: { mtimeMs: 1.25, ctimeMs: 2.5, bytes: 3 }, linesCut: 4, isSettled };
}

test('can be saved again after the disk refused it', async () => {
  writeFileSync(join(folder, 'workspaces'), 'a file where a folder should be');
  const cuts = await FileCuts.open(path, text.layout.packageId);
  await cuts.update(scanOf(fileOf('one', 5)), text, quiet, signal);
  await expect(cuts.save()).rejects.toThrow();
  rmSync(join(folder, 'workspaces'));
  await cuts.save();
  expect(await readCuts(path, text.layout.packageId)).toHaveProperty('size', 1);
});
