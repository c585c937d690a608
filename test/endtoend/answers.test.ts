/** What the bench of answers reads again as text, on the toy package. */

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMeasuring } from '../../bench/answers/likelihood';
import type { AskedQuestion } from '../../bench/answers/questions';
import { contextTokens, goldPlaces, wordPlaces } from '../../bench/answers/refed';
import { openGold, openNone } from '../../bench/answers/rereading';
import { openModel, type OpenModel, type Setup } from '../../bench/answers/setup';
import { prepareQuestion } from '../../bench/decode/prepare';
import { defaultReadLimits } from '../../server/answering/context';
import { readPackage } from '../../server/model/manifest';
import { packageFolder } from '../oracle/fixtures';
import { greet, source, ToyBench } from './toyEngine';

const bench = new ToyBench();
let setup: Setup;
let model: OpenModel;
let question: AskedQuestion;
beforeAll(async () => {
  await (await bench.engine()).dispose();
  const cacheFolder = join(bench.scratch, 'cache');
  setup = { model: await readPackage(packageFolder('toy-landmark')), cacheFolder, threads: 1, ggufPath: '' };
  model = openModel(setup);
  question = {
    ...{
      id: 'q',
      repository: 'r',
      isOwn: true,
      answerable: true,
      goldFiles: ['greet.py'],
      keyFacts: ['hello'],
    },
    root: bench.folder({ 'greet.py': greet, 'other.py': source(80) }),
    question: 'What does greet return?',
    goldSpans: [{ file: 'greet.py', start: 1, end: 3 }],
    reference: 'It returns hello and the name.',
  };
});
afterAll(async () => {
  await model.close();
  bench.remove();
});

describe('what is read again', () => {
  it('is as many tokens as the cached context of the same blocks', async () => {
    const run = await model.runOf(question.root);
    const { context, prompt } = await prepareQuestion(run, question.question);
    expect(context.read.length).toBeGreaterThan(1);
    const tokens = await contextTokens(run, context.read);
    expect(tokens).toHaveLength(context.cache.length);
    context.cache.dispose();
    expect(prompt.length).toBeGreaterThan(0);
    const { tokenizer } = await run.host.text();
    const text = tokenizer.decode(tokens);
    expect(text).toContain('greet.py\ndef greet(name):\n    """Say hello."""\n');
    // One header for windows of a file that follow each other.
    const paths = context.read.map(({ file }) => file.path);
    const runs = paths.filter((path, at) => path === 'other.py' && paths[at - 1] !== path);
    expect(text.split('other.py\n')).toHaveLength(runs.length + 1);
  });

  it('is the gold blocks first, then their margin, within the limit', async () => {
    const { index } = await model.runOf(question.root);
    const [first, ...others] = goldPlaces(index, question.goldSpans);
    expect(first).toMatchObject({ startLine: 1, file: { path: 'greet.py' } });
    expect(others.every(({ file }) => file.path === 'greet.py')).toBe(true);
    const long = goldPlaces(index, [
      { file: 'other.py', start: 1, end: 200 },
      { file: 'other.py', start: 210, end: 212 },
    ]);
    expect(long).toHaveLength(defaultReadLimits.blocks);
    // Each span gives its first blocks in turn, so that the short one is not lost.
    expect(long.some(({ startLine, endLine }) => startLine <= 212 && endLine >= 210)).toBe(true);
    expect(long.map(({ blockIndex }) => blockIndex)).toEqual(
      long.map(({ blockIndex }) => blockIndex).sort((left, right) => left - right),
    );
  });

  it('is chosen by words for the rival, from any number of windows', async () => {
    const { index } = await model.runOf(question.root);
    const places = wordPlaces(index, 'What does function_41 return?');
    expect(places.length).toBeLessThanOrEqual(defaultReadLimits.blocks);
    expect(places.some(({ blockIndex }) => index.text(blockIndex).includes('function_41'))).toBe(true);
  });
});

describe('an arm that reads again', () => {
  it('answers from the gold blocks, and tells which they were', async () => {
    const arm = openGold(setup);
    const found = await arm.answer(question);
    await arm.close();
    expect(found.read[0]).toMatchObject({ path: 'greet.py', startLine: 1 });
    expect(found.read[0]?.text).toContain('def greet(name):');
    expect(found.generatedTokens).toBeGreaterThan(0);
    expect(found.seconds).toBeGreaterThan(0);
  });

  it('reads nothing for the floor', async () => {
    const arm = openNone(setup);
    const found = await arm.answer(question);
    const again = await arm.answer(question);
    await arm.close();
    expect(found.read).toEqual([]);
    expect(found.promptTokens).toBeGreaterThan(0);
    expect(again.answer).toBe(found.answer);
  });
});

it('likelihoods are those of the reference answer, after cached KV and after text', async () => {
  const measuring = await openMeasuring(setup);
  const { tokens, cached, cachedHalf, refed, nothing } = await measuring.of(question);
  await measuring.close();
  const { tokenizer } = await (await model.runOf(question.root)).host.text();
  expect(tokens).toBe(tokenizer.encodeText(question.reference).length);
  for (const loss of [cached, cachedHalf, refed, nothing]) expect(loss).toBeGreaterThan(0);
  // Both read the same blocks, token for token.
  expect(Math.abs(cached / refed - 1)).toBeLessThan(0.1);
});
