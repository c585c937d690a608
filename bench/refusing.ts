/**
 * Whether what can be answered is told from what cannot: by routing alone, and with the reader's verdict. See docs/landmarks.md,
 * "Is there an answer?".
 *
 *     npm run bench:refusing -- [--eval DIR] [--model NAME] [--out DIR]
 */

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { consideredBlocks, instructionFor } from '../server/answering/ask';
import { chooseBlocks, defaultReadLimits } from '../server/answering/context';
import { readerVerdict } from '../server/answering/refusal';
import { answerProbabilityOf, prepareKeys, route } from '../server/answering/route';
import type { Run } from '../server/answering/run';
import { scopedBlocks } from '../server/answering/scope';
import { prepare } from '../server/answering/speak';
import { marginOf } from '../server/landmark/answerable';
import { topBlocks } from '../server/landmark/fusion';
import { openModel, setUp } from './answers/setup';
import { readPresumed } from './questions/questions';
import type { Judged } from './refusing/judged';
import { pageOf } from './refusing/page';
import { answeredDataSets, type Repository } from './retrieval/dataSets';
import { keepMeasured } from './support';

/** Nothing is said: the prompt and the token after it are all. */
const saidTokens = 1;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      ...{ eval: { type: 'string' }, out: { type: 'string', default: join('bench', 'results') } },
      ...{ model: { type: 'string' }, cache: { type: 'string' }, threads: { type: 'string' } },
    },
  });
  const setup = await setUp(values);
  const repositories = answeredDataSets(values.eval).flatMap((set) => set.repositories);
  const model = openModel(setup);
  const judged: Judged[] = [];
  try {
    for (const repository of repositories) {
      const run = await model.runOf(repository.root);
      for (const asked of questionsOf(repository)) judged.push(await judge(run, asked));
      console.error(`${repository.name}: ${judged.length} questions so far`);
    }
  } finally {
    await model.close();
    for (const repository of repositories) repository.remove();
  }
  const { name, thresholds } = setup.model.manifest;
  const { answerable } = thresholds;
  keepMeasured(values.out, 'refusing', {
    result: { model: name, atLeast: answerable.atLeast, reader: answerable.reader, questions: judged },
    lines: pageOf(name, answerable.reader, judged, values.out),
  });
}

type Asked = Pick<Judged, 'id' | 'repository' | 'kind'> & { question: string };

function questionsOf({ name, questions, unanswerable }: Repository): Asked[] {
  const presumed = readPresumed().filter(({ repository }) => repository === name);
  const asked = (kind: Judged['kind'], of: readonly { id: string; question: string }[]): Asked[] =>
    of.map(({ id, question }) => ({ id, question, repository: name, kind }));
  return [...asked('answered', questions), ...asked('absent', unanswerable), ...asked('presumed', presumed)];
}

async function judge(run: Run, { question, ...asked }: Asked): Promise<Judged> {
  const { index, host, emit, signal } = run;
  const scope = scopedBlocks(index, undefined, run.roots);
  await prepareKeys(index, host, { question, scope, windows: 'all' }, emit, signal);
  const routed = await route(index, host, question, 'hybrid', scope);
  const { thresholds, chat } = host.model.manifest;
  const { answerable } = thresholds;
  const margin = marginOf(answerable, answerProbabilityOf(run, routed, question));
  // What a verdict is to be chosen by is read, however little routing finds.
  const from = chat.refusal === undefined ? Infinity : (answerable.reader?.from ?? -Infinity);
  if (margin < from) return { ...asked, margin };
  const reading = chooseBlocks(index, topBlocks(routed.scores, consideredBlocks), defaultReadLimits);
  const speech = { ...reading, instruction: instructionFor(question), maxTokens: saidTokens };
  const prepared = await prepare(run, speech);
  try {
    const verdict = await readerVerdict(run, prepared);
    return { ...asked, margin, ...(verdict !== undefined && { verdict }) };
  } finally {
    prepared.context.cache.dispose();
  }
}

void main();
