import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { shareModels } from '../../../bench/sharedModels';
import { knownForm, measuredForm } from '../../../server/model/productForm';

test('a cache that shares weights runs them in the same form', async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'landmark-shared-'));
  onTestFinished(() => {
    rmSync(scratch, { recursive: true });
  });
  const [from, to, other] = ['from', 'to', 'other'].map((name) => join(scratch, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [join(from, 'models'), to, other]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(from, 'models', 'weights'), 'w');
  shareModels(from, other);
  expect(readdirSync(other)).toEqual(['models']);
  await measuredForm(from, 1, () => Promise.resolve({ int8: 2, blocks: 1 }));
  shareModels(from, to);
  expect(readFileSync(join(to, 'models', 'weights'), 'utf8')).toBe('w');
  expect(await knownForm(to)).toBe('blocks');
});
