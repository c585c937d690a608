import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileCuts } from '../../server/indexing/fileCuts';
import type { TextModel } from '../../server/model/modelHost';
import { cutWindows, withoutTokens, type TextFile } from '../../server/text/windows';
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

async function tokenizedIn(work: () => Promise<unknown>): Promise<number> {
  tokenized = 0;
  await work();
  return tokenized;
}

test('looks at edited files only, and of those only at what the edit moved', async () => {
  const cuts = await FileCuts.open(path, text.layout.packageId);
  const [one, two] = [fileOf('one', 400), fileOf('two', 400)];
  expect(await tokenizedIn(() => cuts.update([one, two], text, quiet, signal))).toBeGreaterThan(800);
  expect(await tokenizedIn(() => cuts.update([one, two], text, quiet, signal))).toBe(0);
  const edited = { ...two, lines: two.lines.with(200, 'edited') };
  expect(await tokenizedIn(() => cuts.update([one, edited], text, quiet, signal))).toBeLessThan(200);
  const [, found] = await cuts.update([one, edited], text, quiet, signal);
  expect(found!.windows).toEqual(cutWindows(edited, text.tokenizer, text.layout).map(withoutTokens));
});

test('keeps cuts for the next session, but not those of another rule or package', async () => {
  const file = fileOf('one', 50);
  const cuts = await FileCuts.open(path, text.layout.packageId);
  const first = await cuts.update([file], text, quiet, signal);
  cuts.saveLater();
  await cuts.save();
  const next = await FileCuts.open(path, text.layout.packageId);
  expect(await tokenizedIn(() => next.update([{ ...file }], text, quiet, signal))).toBe(0);
  expect(await next.update([file], text, quiet, signal)).toEqual(first);
  const other = await FileCuts.open(path, 'another package');
  expect(await tokenizedIn(() => other.update([file], text, quiet, signal))).toBeGreaterThan(0);
  const stored = JSON.parse(readFileSync(path, 'utf8')) as { cutRule: number };
  writeFileSync(path, JSON.stringify({ ...stored, cutRule: stored.cutRule - 1 }));
  const older = await FileCuts.open(path, text.layout.packageId);
  expect(await tokenizedIn(() => older.update([file], text, quiet, signal))).toBeGreaterThan(0);
});

test('can be saved again after the disk refused it', async () => {
  writeFileSync(join(folder, 'workspaces'), 'a file where a folder should be');
  const cuts = await FileCuts.open(path, text.layout.packageId);
  await cuts.update([fileOf('one', 5)], text, quiet, signal);
  await expect(cuts.save()).rejects.toThrow();
  rmSync(join(folder, 'workspaces'));
  await cuts.save();
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ files: { one: {} } });
});
