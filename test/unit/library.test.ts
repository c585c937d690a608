import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ModelLibrary } from '../../server/model/library';
import { packageFolder } from '../oracle/fixtures';
import { temporaryFolder } from './support/temporaryFolder';

const shipped = join(packageFolder('toy-landmark'), '..');

test('every shipped package is known by its name', async () => {
  const library = new ModelLibrary(shipped);
  const names = (await library.all()).map(({ manifest }) => manifest.name);
  expect(names).toContain('qwen2.5-coder-0.5b-landmark');
  for (const name of names) expect((await library.findAny(name)).manifest.name).toBe(name);
});

test('a folder without a manifest is no package, and keeps nobody from the others', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'half-copied'));
  const library = new ModelLibrary(folder);
  expect(await library.all()).toEqual([]);
  await expect(library.findAny('half-copied')).rejects.toMatchObject({ code: 'modelUnknown' });
});
