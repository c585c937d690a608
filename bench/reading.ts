/**
 * What to read: how likely the reference answer is to the reader after blocks that were chosen and ordered in different
 * ways, after the gold blocks alone and beside others, and after nothing. See docs/answers.md.
 *
 *     npm run bench:reading -- --limit 60 [--eval DIR] [--reader NAME]
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { instructionFor } from '../server/answering/ask';
import { chooseBlocks, defaultReadLimits, type ReadLimits } from '../server/answering/context';
import { route } from '../server/answering/route';
import type { Run } from '../server/answering/run';
import { scopedBlocks } from '../server/answering/scope';
import { prepare } from '../server/answering/speak';
import type { BlockPlace } from '../server/indexing/workspaceIndex';
import { topBlocks } from '../server/landmark/fusion';
import { factsSaid, spansHit } from './answers/judge';
import { meanLoss, referenceTokensMax } from './answers/likelihood';
import { chooseQuestions, type AskedQuestion } from './answers/questions';
import { goldPlaces } from './answers/refed';
import { openModel, setUp, wholeNumber } from './answers/setup';
import { meanEstimate, pairedEstimate, type Estimate } from './retrieval/bootstrap';
import { answeredDataSets } from './retrieval/dataSets';
import { machine, table } from './support';

/** Blocks that are ranked; the widest way reads fewer. */
const rankedBlocks = 100;

interface Way {
  name: string;
  places: (asked: Asked) => BlockPlace[];
}

interface Asked {
  run: Run;
  ranked: number[];
  gold: BlockPlace[];
}

const { blocks, windows, withNeighbours } = defaultReadLimits;
const told = (limits: ReadLimits): string =>
  `${limits.blocks} blocks, ${limits.windows === Infinity ? 'any' : limits.windows} windows, ${limits.withNeighbours} with neighbours`;

/** The first is what the others are compared with. */
const ways: Way[] = [
  { name: `${told(defaultReadLimits)} (shipped)`, places: byRank(defaultReadLimits) },
  ...[
    { blocks: 12, windows: 7, withNeighbours: 2 },
    { blocks: 18, windows: 7, withNeighbours: 4 },
    { blocks, windows: Infinity, withNeighbours: 0 },
    { blocks: 36, windows: 14, withNeighbours: 2 },
  ].map((limits) => ({ name: told(limits), places: byRank(limits) })),
  { name: 'shipped, best file nearest the question', places: (asked) => bestLast(asked) },
  { name: 'gold blocks alone', places: ({ gold }) => gold },
  { name: `gold blocks, filled to ${blocks} by rank`, places: (asked) => filled(asked, blocks) },
  { name: `gold blocks, filled to ${2 * blocks} by rank`, places: (asked) => filled(asked, 2 * blocks) },
  { name: 'nothing', places: () => [] },
];

function byRank(limits: ReadLimits): Way['places'] {
  return ({ run, ranked }) => chooseBlocks(run.index, ranked, limits).places;
}

function bestLast(asked: Asked): BlockPlace[] {
  const rank = new Map(asked.ranked.map((blockIndex, at) => [blockIndex, at]));
  const places = byRank({ blocks, windows, withNeighbours })(asked);
  const bestOf = new Map<string, number>();
  for (const { file, blockIndex } of places) {
    const own = rank.get(blockIndex) ?? Infinity;
    bestOf.set(file.path, Math.min(own, bestOf.get(file.path) ?? Infinity));
  }
  return places.sort(
    (left, right) =>
      bestOf.get(right.file.path)! - bestOf.get(left.file.path)! || left.blockIndex - right.blockIndex,
  );
}

function filled({ run, ranked, gold }: Asked, count: number): BlockPlace[] {
  const chosen = new Set(gold.map(({ blockIndex }) => blockIndex));
  for (const blockIndex of ranked) if (chosen.size < count) chosen.add(blockIndex);
  return [...chosen].sort((left, right) => left - right).map((blockIndex) => run.index.place(blockIndex));
}

/** Of one question, by way: nats per token, and the shares of key facts and of gold spans in what was read. */
interface Measured {
  loss: number[];
  facts: number[];
  spans: number[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      eval: { type: 'string' },
      limit: { type: 'string', default: '60' },
      out: { type: 'string', default: join('bench', 'results') },
      ...{ model: { type: 'string' }, reader: { type: 'string' } },
      ...{ cache: { type: 'string' }, threads: { type: 'string' } },
    },
  });
  const setup = await setUp(values);
  const sets = answeredDataSets(values.eval);
  const model = openModel(setup);
  try {
    const questions = chooseQuestions(sets, { only: [], limit: wholeNumber('limit', values.limit) });
    const measured: Measured[] = [];
    for (const question of questions.filter(({ goldSpans }) => goldSpans.length > 0)) {
      measured.push(await measure(await model.runOf(question.root), question));
      console.error(`${measured.length}: ${question.id}`);
    }
    const lines = pageOf((setup.reader ?? setup.model).manifest.name, measured);
    mkdirSync(values.out, { recursive: true });
    writeFileSync(join(values.out, 'reading.md'), `${lines.join('\n')}\n`);
    console.log(lines.join('\n'));
  } finally {
    await model.close();
    for (const repository of sets.flatMap(({ repositories }) => repositories)) repository.remove();
  }
}

async function measure(
  run: Run,
  { question, reference, goldSpans, keyFacts }: AskedQuestion,
): Promise<Measured> {
  const { index, host } = run;
  const { scores } = await route(index, host, question, 'hybrid', scopedBlocks(index, undefined, run.roots));
  const asked = { run, ranked: topBlocks(scores, rankedBlocks), gold: goldPlaces(index, goldSpans) };
  const reader = await host.reader();
  const { tokenizer } = await host.text();
  const answer = tokenizer.encodeText(reference).slice(0, referenceTokensMax);
  const measured: Measured = { loss: [], facts: [], spans: [] };
  for (const { places: choose } of ways) {
    const places = choose(asked);
    const speech = { places, instruction: instructionFor(question), maxTokens: referenceTokensMax };
    const { context, prompt } = await prepare(run, speech);
    measured.loss.push(await meanLoss(reader, context.cache, prompt, answer));
    const text = places.map(({ blockIndex }) => index.text(blockIndex)).join('\n');
    measured.facts.push(factsSaid(text, keyFacts).length / Math.max(1, keyFacts.length));
    measured.spans.push(
      spansHit(
        places.map((place) => ({ ...place, path: place.file.path })),
        goldSpans,
      ),
    );
  }
  return measured;
}

function pageOf(name: string, measured: readonly Measured[]): string[] {
  const losses = (way: number): number[] => measured.map(({ loss }) => loss[way]!);
  const rows = ways.map(({ name: title }, way) => [
    title,
    share(meanEstimate(measured.map(({ facts }) => facts[way]!))),
    share(meanEstimate(measured.map(({ spans }) => spans[way]!))),
    nats(meanEstimate(losses(way))),
    way === 0 ? '' : nats(pairedEstimate(losses(way), losses(0))),
  ]);
  return [
    `# What to read, with ${name}`,
    '',
    machine(),
    '',
    `${measured.length} questions. Loss of the reference answer in nats per token, with 95 % intervals over questions. ` +
      'What it means: [docs/answers.md](../../docs/answers.md).',
    '',
    ...table(['read', 'key facts in it', 'gold spans in it', 'loss', 'loss beyond the first line'], rows),
  ];
}

function share({ value }: Estimate): string {
  return value.toFixed(2).replace(/^0/, '');
}

function nats({ value, low, high }: Estimate): string {
  const [middle, from, to] = [value, low, high].map((number) => number.toFixed(3));
  return `${middle} (${from} to ${to})`;
}

void main();
