/** Fusion by weights, on a copy of the toy package that has some. */

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Manifest } from '../../server/model/manifest';
import { packageFolder } from '../oracle/fixtures';
import fixture from '../unit/fixtures/fusion.json';
import { greet, never, silent, source, ToyBench } from './toyEngine';

const bench = new ToyBench();
afterAll(() => {
  bench.remove();
});
const root = bench.folder({
  'src/greet.py': greet,
  'src/other.py': source(12),
  'docs/greet.md': '# Hello\n',
});
const question = 'Where does greet say hello?';

/** The toy package under a name of its own, with this fusion. */
function packageWith(fusion: Manifest['thresholds']['fusion'], name: string): string {
  const folder = join(bench.scratch, name);
  cpSync(packageFolder('toy-landmark'), folder, { recursive: true });
  const file = join(folder, 'manifest.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  const thresholds = { ...manifest.thresholds, ...(fusion && { fusion }) };
  writeFileSync(file, JSON.stringify({ ...manifest, thresholds }));
  return folder;
}

it('gives the best blocks probabilities, and says which layers and heads chose them', async () => {
  const modelPackage = packageWith({ ...fixture.fusion, candidatesPerArm: 2 }, 'fitted');
  const engine = await bench.engine('cache', { modelPackage });
  const { blocks } = await engine.search({ root, question, wait: true }, silent, never);
  const known = blocks.filter(({ probability }) => probability !== null);
  expect(known.length).toBeGreaterThanOrEqual(2);
  expect(known.length).toBeLessThanOrEqual(4);
  expect(blocks.slice(0, known.length)).toEqual(known);
  for (const { score, probability } of known) expect(score).toBeCloseTo(probability!, 6);
  for (const { score } of blocks.slice(known.length)) expect(score).toBeLessThan(0);
  expect(blocks.map(({ score }) => score)).toEqual(
    blocks.map(({ score }) => score).sort((left, right) => right - left),
  );
  const { routing, shape } = JSON.parse(
    readFileSync(join(modelPackage, 'manifest.json'), 'utf8'),
  ) as Manifest;
  for (const { landmarkScore, landmarkLayers } of blocks) {
    if (landmarkScore! <= 0.01) continue;
    expect(landmarkLayers.map(({ layer }) => layer).sort()).toEqual([...routing.layers].sort());
    expect(landmarkLayers.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 3);
    for (const { share, heads } of landmarkLayers) {
      expect(heads).toHaveLength(shape.kvHeads);
      expect(heads.reduce((sum, part) => sum + part, 0)).toBeCloseTo(share, 6);
    }
  }
  const { blocks: scoped } = await engine.search(
    { root, question, scope: { paths: ['docs/'] } },
    silent,
    never,
  );
  expect(scoped.map(({ path }) => path)).toEqual(['docs/greet.md']);
  await engine.dispose();
});

it('leaves a package without weights to reciprocal ranks, without probabilities', async () => {
  const engine = await bench.engine('cache', { modelPackage: packageWith(undefined, 'plain') });
  const { blocks } = await engine.search({ root, question, wait: true }, silent, never);
  expect(blocks.every(({ probability, score }) => probability === null && score > 0 && score <= 0.1)).toBe(
    true,
  );
  await engine.dispose();
});

it('refuses weights of features that it does not know, and says where they stand', async () => {
  const weights = { ...fixture.fusion.weights, moon: 1 };
  const engine = await bench.engine('cache', {
    modelPackage: packageWith({ ...fixture.fusion, weights }, 'foreign'),
  });
  await expect(engine.search({ root, question, wait: true }, silent, never)).rejects.toThrow(
    /foreign.manifest\.json.*moon/,
  );
  expect(
    (await engine.search({ root, question, arm: 'landmark' }, silent, never)).blocks.length,
  ).toBeGreaterThan(0);
  await engine.dispose();
});
