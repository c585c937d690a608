/**
 * What to read: how likely the reference answer is to the reader after blocks that were chosen, ordered and placed in
 * different ways, after the gold blocks alone and beside others, and after nothing. See docs/answers.md.
 *
 *     npm run bench:reading -- --limit 60 [--eval DIR] [--reader NAME] [--only TITLE]
 *
 * `--only` measures the ways under titles that hold these words, beside the shipped one.
 */

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { instructionFor } from '../server/answering/ask';
import type { Reading } from '../server/answering/context';
import { answerProbabilityOf, prepareKeys, route } from '../server/answering/route';
import type { Run } from '../server/answering/run';
import { scopedBlocks } from '../server/answering/scope';
import { prepare } from '../server/answering/speak';
import { topBlocks } from '../server/landmark/fusion';
import type { KvCache } from '../server/model/kvCache';
import { factsSaid, spansHit } from './answers/judge';
import { meanLoss, referenceTokensMax } from './answers/likelihood';
import { chooseQuestions, type AskedQuestion } from './answers/questions';
import { goldPlaces } from './answers/refed';
import { openModel, setUp, wholeNumber } from './answers/setup';
import { rankAgain } from './reading/again';
import type { Measured } from './reading/measured';
import { pageOf } from './reading/page';
import { prepareAt } from './reading/positions';
import { choose, routedAgain, shipped, wayGroups, type Asked, type Way, type WayGroup } from './reading/ways';
import { answeredDataSets } from './retrieval/dataSets';
import { keepMeasured } from './support';

/** Blocks that are ranked; the widest way reads fewer. */
const rankedBlocks = 100;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      eval: { type: 'string' },
      limit: { type: 'string', default: '60' },
      only: { type: 'string', default: '' },
      out: { type: 'string', default: join('bench', 'results') },
      ...{ model: { type: 'string' }, reader: { type: 'string' } },
      ...{ cache: { type: 'string' }, threads: { type: 'string' } },
    },
  });
  const groups = wayGroups.filter(({ title }) => title.includes(values.only));
  if (groups.length === 0) throw new RangeError(`--only: no title of ways holds "${values.only}"`);
  const setup = await setUp(values);
  const sets = answeredDataSets(values.eval);
  const model = openModel(setup);
  try {
    const questions = chooseQuestions(sets, { only: [], limit: wholeNumber('limit', values.limit) });
    const measured: Measured[] = [];
    for (const question of questions.filter(({ goldSpans }) => goldSpans.length > 0)) {
      measured.push(await measure(await model.runOf(question.root), question, groups));
      console.error(`${measured.length}: ${question.id}`);
    }
    const { name } = (setup.reader ?? setup.model).manifest;
    keepMeasured(values.out, 'reading', {
      result: { model: name, questions: measured },
      lines: pageOf(name, measured, groups, values.out),
    });
  } finally {
    await model.close();
    for (const repository of sets.flatMap(({ repositories }) => repositories)) repository.remove();
  }
}

async function measure(run: Run, asked: AskedQuestion, groups: readonly WayGroup[]): Promise<Measured> {
  const { index, host, emit, signal } = run;
  const { question, reference, goldSpans, keyFacts } = asked;
  const scope = scopedBlocks(index, undefined, run.roots);
  await prepareKeys(index, host, { question, scope, windows: 'all' }, emit, signal);
  const routed = await route(index, host, question, 'hybrid', scope);
  const ranked = topBlocks(routed.scores, rankedBlocks);
  const again = groups.some(({ ways }) => ways === routedAgain)
    ? await rankAgain(run, question, routed.scores, choose(run, ranked), rankedBlocks)
    : undefined;
  const known: Asked = { run, ranked, again, gold: goldPlaces(index, goldSpans) };
  const reader = await host.reader();
  const { tokenizer } = await host.text();
  const answer = tokenizer.encodeText(reference).slice(0, referenceTokensMax);
  const measured: Measured = {
    id: asked.id,
    probability: rounded(answerProbabilityOf(run, routed, question)),
    ways: {},
  };
  for (const way of [shipped, ...groups.flatMap(({ ways }) => ways)]) {
    const reading = way.reading(known);
    const { places } = reading;
    const { cache, prompt } = await read(run, question, way, reading);
    const text = places.map(({ blockIndex }) => index.text(blockIndex)).join('\n');
    const lines = places.map((place) => ({ ...place, path: place.file.path }));
    measured.ways[way.name] = {
      loss: rounded(await meanLoss(reader, cache, prompt, answer)),
      facts: rounded(factsSaid(text, keyFacts).length / Math.max(1, keyFacts.length)),
      spans: rounded(spansHit(lines, goldSpans)),
    };
  }
  return measured;
}

/** As many digits as questions tell apart. */
function rounded(figure: number): number {
  return Number(figure.toFixed(4));
}

async function read(
  run: Run,
  question: string,
  { positions }: Way,
  reading: Reading,
): Promise<{ cache: KvCache; prompt: number[] }> {
  const speech = { ...reading, instruction: instructionFor(question), maxTokens: referenceTokensMax };
  if (positions) return prepareAt(run, speech, positions);
  const { context, prompt } = await prepare(run, speech);
  return { cache: context.cache, prompt };
}

void main();
