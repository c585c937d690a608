/**
 * Whether what can be answered is told from what cannot: by routing alone, and with the reader's verdict where routing is in
 * doubt. See docs/landmarks.md, "Is there an answer?".
 *
 *     npm run bench:refusing -- [--eval DIR] [--reach 1.2] [--model NAME] [--reader NAME]
 */

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { consideredBlocks } from '../server/answering/ask';
import { chooseBlocks, defaultReadLimits } from '../server/answering/context';
import { answerProbabilityOf, prepareKeys, route } from '../server/answering/route';
import type { Run } from '../server/answering/run';
import { scopedBlocks } from '../server/answering/scope';
import { readerLead, verdictWeights } from '../server/answering/verdict';
import { marginOf } from '../server/landmark/answerable';
import { topBlocks } from '../server/landmark/fusion';
import { chooseQuestions, type AskedQuestion } from './answers/questions';
import { openModel, setUp, wholeNumber } from './answers/setup';
import { pageOf } from './refusing/page';
import type { Judged } from './refusing/judged';
import { answeredDataSets } from './retrieval/dataSets';
import { keepMeasured } from './support';

/** More than there are. */
const allQuestions = 10_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      ...{ eval: { type: 'string' }, limit: { type: 'string', default: `${allQuestions}` } },
      reach: { type: 'string', default: '1.2' },
      out: { type: 'string', default: join('bench', 'results') },
      ...{ model: { type: 'string' }, reader: { type: 'string' } },
      ...{ cache: { type: 'string' }, threads: { type: 'string' } },
    },
  });
  const reach = Number(values.reach);
  if (!(reach >= 0)) throw new RangeError(`--reach wants a number from 0, not "${values.reach}"`);
  const setup = await setUp(values);
  const sets = answeredDataSets(values.eval);
  const model = openModel(setup);
  try {
    const questions = chooseQuestions(sets, { only: [], limit: wholeNumber('limit', values.limit) });
    const judged: Judged[] = [];
    for (const question of questions) {
      judged.push(await judge(await model.runOf(question.root), question, reach));
      console.error(`${judged.length}/${questions.length} ${question.id}`);
    }
    const reading = setup.reader ?? setup.model;
    const { atLeast } = setup.model.manifest.thresholds.answerable;
    const names = { model: setup.model.manifest.name, reader: reading.manifest.name };
    keepMeasured(values.out, 'refusing', {
      result: { ...names, atLeast, reach, questions: judged },
      lines: pageOf({ ...names, reach, verdict: verdictWeights(reading) }, judged, values.out),
    });
  } finally {
    await model.close();
    for (const repository of sets.flatMap(({ repositories }) => repositories)) repository.remove();
  }
}

/** @param reach how far from the threshold the reader is asked, in nats */
async function judge(run: Run, asked: AskedQuestion, reach: number): Promise<Judged> {
  const { index, host, emit, signal } = run;
  const { id, repository, question, answerable } = asked;
  const scope = scopedBlocks(index, undefined, run.roots);
  await prepareKeys(index, host, { question, scope, windows: 'all' }, emit, signal);
  const routed = await route(index, host, question, 'hybrid', scope);
  const probability = answerProbabilityOf(run, routed, question);
  const margin = marginOf(host.model.manifest.thresholds.answerable, probability);
  const judged = { id, repository, answerable, margin };
  if (Math.abs(margin) > reach) return judged;
  const { places } = chooseBlocks(index, topBlocks(routed.scores, consideredBlocks), defaultReadLimits);
  return { ...judged, lead: await readerLead(run, question, places) };
}

void main();
