import { describe, expect, test } from 'vitest';
import { evidenceOf, featureNames, type Arms } from '../../server/landmark/blockEvidence';
import { fuseByWeights, problemOfWeights } from '../../server/landmark/blockProbability';
import { fuseByRank, reciprocalRankOffset, topBlocks } from '../../server/landmark/fusion';
import { LexicalIndex } from '../../server/landmark/lexical';
import fixture from './fixtures/fusion.json';

const { fusion, blocks } = fixture;
const lexical = LexicalIndex.build(blocks);
const paths = [...new Set(blocks.map(({ path }) => path))];
const files = { ofBlock: Int32Array.from(blocks, ({ path }) => paths.indexOf(path)), paths };

function armsOf({ question, landmark }: { question: string; landmark: (number | null)[] }): Arms {
  const landmarkScores = Float32Array.from(landmark, (score) => score ?? NaN);
  return { question, lexical, files, landmarkScores, lexicalScores: lexical.scores(question) };
}

describe('what Python has fitted', () => {
  test('knows the same features', () => {
    expect([...featureNames]).toEqual(fixture.features);
    expect(reciprocalRankOffset).toBe(fixture.rankOffset);
  });

  test.each(fixture.cases)('$question', (one) => {
    const arms = armsOf(one);
    const evidence = evidenceOf(arms, fusion.candidatesPerArm);
    expect(evidence.blocks).toEqual(one.candidates);
    one.features.flat().forEach((value, at) => {
      const name = `${featureNames[at % featureNames.length]} of ${Math.floor(at / featureNames.length)}`;
      expect(Math.abs(evidence.features[at]! - value), name).toBeLessThan(1e-5);
    });
    const fused = fuseByWeights(fusion, arms);
    expect(fused.evidence ?? 0).toBeCloseTo(one.evidence, 5);
    expect(topBlocks(fused.scores, blocks.length)).toEqual(one.order);
    one.candidates.forEach((blockIndex, row) => {
      expect(fused.scores[blockIndex]).toBeCloseTo(one.probabilities[row]!, 5);
      const known = one.landmark[blockIndex] === null ? undefined : fused.scores[blockIndex];
      if (known === undefined) expect(fused.probabilities.has(blockIndex)).toBe(false);
      else expect(fused.probabilities.get(blockIndex)).toBeCloseTo(known, 6);
    });
    expect(fused.probabilities.size).toBeLessThanOrEqual(one.candidates.length);
  });
});

test('what is no candidate follows in the order of reciprocal ranks', () => {
  const arms = armsOf({ question: 'expired session', landmark: blocks.map((_, at) => 0.5 - at / 100) });
  const { scores } = fuseByWeights({ ...fusion, candidatesPerArm: 1 }, arms);
  const byRank = topBlocks(fuseByRank([arms.landmarkScores, arms.lexicalScores]), blocks.length);
  const candidates = [...scores.keys()].filter((at) => scores[at]! > 0);
  expect(candidates.length).toBeLessThanOrEqual(2);
  expect(topBlocks(scores, blocks.length).slice(candidates.length)).toEqual(
    byRank.filter((blockIndex) => !candidates.includes(blockIndex)),
  );
});

test('a file outside of the scope neither ranks nor speaks for others', () => {
  const arms = armsOf({ question: 'Where is an expired session deleted?', landmark: blocks.map(() => 0.3) });
  arms.landmarkScores.fill(NaN, 1);
  arms.lexicalScores.fill(0, 1);
  const { scores, probabilities } = fuseByWeights(fusion, arms);
  expect([...scores.subarray(1)]).toEqual(blocks.slice(1).map(() => 0));
  expect([...probabilities.keys()]).toEqual([0]);
});

test('a probability falls where others score as high', () => {
  const weights = Object.fromEntries(featureNames.map((name) => [name, name === 'landmark' ? 8 : 0]));
  const plain = { ...fusion, weights, candidatesPerArm: 10, slope: 1, contest: -1, bias: 0 };
  const of = (landmark: (number | null)[]): number =>
    fuseByWeights(plain, armsOf({ question: 'zebra', landmark })).probabilities.get(0)!;
  const alone = of([0.9, ...blocks.slice(1).map(() => 0.1)]);
  const contested = of([0.9, ...blocks.slice(1).map(() => 0.85)]);
  expect(alone).toBeGreaterThan(contested);
  expect(contested).toBeGreaterThan(0);
});

test('nothing known gives nothing', () => {
  const empty = LexicalIndex.build([]);
  const none = { ofBlock: new Int32Array(0), paths: [] };
  const arms = { landmarkScores: new Float32Array(0), lexicalScores: new Float32Array(0) };
  expect([...fuseByWeights(fusion, { question: 'a', lexical: empty, files: none, ...arms }).scores]).toEqual(
    [],
  );
});

const withoutLandmark = Object.fromEntries(
  Object.entries(fusion.weights).filter(([name]) => name !== 'landmark'),
);

test.each([
  [fusion, undefined],
  [{ ...fusion, weights: withoutLandmark }, 'no weight for landmark'],
  [{ ...fusion, weights: { ...fusion.weights, moon: 1 } }, 'weighs moon'],
  [{ ...fusion, slope: -1 }, 'rises with the score'],
  [{ ...fusion, candidatesPerArm: 0 }, 'no candidates'],
])('weights that fit, and weights that do not (%#)', (weights, problem) => {
  if (problem === undefined) expect(problemOfWeights(weights)).toBeUndefined();
  else expect(problemOfWeights(weights)).toContain(problem);
});

test('160,000 blocks are fused as 10 are', () => {
  const count = 160_000;
  const many = {
    question: fixture.cases[0]!.question,
    lexical: LexicalIndex.build(Array.from({ length: count }, (_unused, at) => blocks[at % blocks.length]!)),
    files: {
      ofBlock: Int32Array.from({ length: count }, (_unused, at) => at >> 3),
      paths: Array<string>(count / 8).fill('a.ts'),
    },
    landmarkScores: Float32Array.from({ length: count }, (_unused, at) => ((at * 7919) % 1009) / 1009),
  };
  const arms = { ...many, lexicalScores: many.lexical.scores(many.question) };
  const { scores, probabilities } = fuseByWeights({ ...fusion, candidatesPerArm: 100 }, arms);
  expect(probabilities.size).toBeGreaterThanOrEqual(100);
  expect(probabilities.size).toBeLessThanOrEqual(200);
  expect(
    topBlocks(scores, 300)
      .slice(0, probabilities.size)
      .every((at) => probabilities.has(at)),
  ).toBe(true);
});
