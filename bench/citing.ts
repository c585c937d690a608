/**
 * What a sentence of an answer rests on, by several measures: the landmark at its end, the identifiers and the words it
 * shares with a block, and how much less likely it becomes where the block is not read. See docs/answers.md.
 *
 *     npm run bench:citing -- --limit 40                 our own questions
 *     npm run bench:citing -- --limit 40 --eval DIR      those of DIR too (flask, requests)
 */

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chooseQuestions } from './answers/questions';
import { openModel, setUp, wholeNumber } from './answers/setup';
import { figuresOf, quantiles, scoreNames, type CitingFigures } from './citing/figures';
import { measureAnswer, type MeasuredAnswer } from './citing/measure';
import type { Estimate } from './retrieval/bootstrap';
import { answeredDataSets } from './retrieval/dataSets';
import { keepMeasured, machine, table } from './support';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      eval: { type: 'string' },
      limit: { type: 'string', default: '40' },
      out: { type: 'string', default: join('bench', 'results') },
      ...{ model: { type: 'string' }, reader: { type: 'string' } },
      ...{ cache: { type: 'string' }, threads: { type: 'string' } },
    },
  });
  const limit = wholeNumber('limit', values.limit);
  const setup = await setUp(values);
  const sets = answeredDataSets(values.eval);
  const model = openModel(setup);
  try {
    const questions = chooseQuestions(sets, { only: [], limit }).filter(
      ({ goldSpans }) => goldSpans.length > 0,
    );
    const measured: MeasuredAnswer[] = [];
    for (const [at, question] of questions.entries()) {
      const answer = await measureAnswer(await model.runOf(question.root), question);
      if (answer) measured.push(answer);
      console.error(`${at + 1}/${questions.length} ${question.id}`);
    }
    const figures = figuresOf(measured);
    const { name } = (setup.reader ?? setup.model).manifest;
    const result = { machine: machine(), model: name, figures };
    keepMeasured(values.out, 'citing', { result, lines: pageOf(name, figures) });
  } finally {
    await model.close();
    for (const repository of sets.flatMap(({ repositories }) => repositories)) repository.remove();
  }
}

const titles: Record<(typeof scoreNames)[number], string> = {
  landmark: "the landmark at the sentence's end",
  identifiers: 'identifiers of the sentence in the block',
  words: 'words of the sentence in the block',
  fall: 'fall of likelihood without the block',
  product: 'the first three together, as the product cites',
};

function pageOf(name: string, { gold, fallsMost, falls, ...counts }: CitingFigures): string[] {
  const rows = scoreNames.map((score) => [
    titles[score],
    interval(gold[score]),
    score === 'fall' ? '' : interval(fallsMost[score]),
  ]);
  const fallRows = Object.entries({
    cited: falls.cited,
    'not cited': falls.notCited,
    'on gold lines': falls.gold,
  }).map(([title, at]) => [title, ...quantiles.map((share) => at[share].toFixed(3))]);
  return [
    `# What a sentence rests on, with ${name}`,
    '',
    machine(),
    '',
    `${counts.answers} answers, ${counts.sentences} sentences, each beside every block that was read for its answer. ` +
      'What each figure means: [docs/answers.md](../../docs/answers.md).',
    '',
    ...table(
      ['measure', 'blocks on gold lines above others', 'the block whose absence costs most above others'],
      rows,
    ),
    '',
    'Fall of likelihood without a block, nats per token:',
    '',
    ...table(['blocks', ...quantiles.map((share) => `${share * 100} %`)], fallRows),
    '',
    `One reading of an answer: ${Math.round(counts.readingMs)} ms (median).`,
  ];
}

function interval({ value, low, high }: Estimate): string {
  const [middle, from, to] = [value, low, high].map((number) => number.toFixed(2));
  return `${middle} (${from} to ${to})`;
}

void main();
