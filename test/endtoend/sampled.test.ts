/** Answers that are drawn instead of decoded greedily, on the toy package in this process. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Engine } from '../../server/answering/engine';
import { greet, never, silent, source, ToyBench } from './toyEngine';

const bench = new ToyBench();
const root = bench.folder({ 'greet.py': greet, 'b.py': source(40) });
let engine: Engine;
beforeAll(async () => {
  engine = await bench.engine();
});
afterAll(async () => {
  await engine.dispose();
  bench.remove();
});

async function answerOf(drawn: { temperature?: number; seed?: number; maxTokens?: number }): Promise<string> {
  const asked = { root, question: 'What does greet return?', maxTokens: 24, anyway: true };
  return (await engine.ask({ ...asked, ...drawn }, silent, never)).answer;
}

it('is not drawn without a temperature, whatever the seed', async () => {
  const answer = await answerOf({});
  expect(answer).not.toBe('');
  expect(await answerOf({ temperature: 0, seed: 5 })).toBe(answer);
  expect(await answerOf({ seed: 5 })).toBe(answer);
});

it('leaves nothing to chance near a temperature of 0', async () => {
  const answer = await answerOf({ temperature: 1e-8, seed: 5 });
  expect(answer).not.toBe('');
  expect(await answerOf({ temperature: 1e-8, seed: 6 })).toBe(answer);
});

it('draws the same answer with the same seed, and others with others', async () => {
  const drawn = await answerOf({ temperature: 1, seed: 1 });
  expect(await answerOf({ temperature: 1, seed: 1 })).toBe(drawn);
  expect(await answerOf({ temperature: 1, seed: 2 })).not.toBe(drawn);
  expect(await answerOf({ temperature: 1 })).toBe(await answerOf({ temperature: 1, seed: 0 }));
});

it('draws the first token too', async () => {
  const firsts = new Set<string>();
  for (let seed = 0; seed < 8; seed++) firsts.add(await answerOf({ temperature: 2, seed, maxTokens: 1 }));
  expect(firsts.size).toBeGreaterThan(1);
});
