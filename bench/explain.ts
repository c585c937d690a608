/**
 * What a hover shows: how soon, how long it is, what it cites, and which names it says that it did not read. See
 * docs/answers.md.
 *
 *     npm run bench:explain -- --limit 40                 symbols of our own questions
 *     npm run bench:explain -- --limit 40 --eval DIR      those of DIR too (flask, requests)
 *     npm run bench:explain -- --only rustyline --limit 3 --out /tmp/explain
 *
 * `--model`, `--reader`, `--cache` and `--threads` name other ones.
 */

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fenced } from './answers/examples';
import { openEngine } from './answers/ours';
import { chooseQuestions, shuffle, type AskedQuestion } from './answers/questions';
import { inRepositories } from './answers/run';
import { setUp, wholeNumber, type Setup } from './answers/setup';
import { number, share } from './answers/tables';
import { figuresOf, hoverSeconds, judge, type ExplainFigures, type Judged } from './explain/figures';
import { explainWarm, subjectsOf, type Explained } from './explain/measure';
import { answeredDataSets } from './retrieval/dataSets';
import { keepMeasured, linkToDocs, machine, table } from './support';

const never = new AbortController().signal;
const silent = (): void => undefined;
/** As they were given, chosen by a seed and not by how good they are; the page shows the first of them. */
const examples = { count: 10, onPage: 3, seed: 10 };

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      eval: { type: 'string' },
      only: { type: 'string', default: '' },
      limit: { type: 'string', default: '100' },
      out: { type: 'string', default: join('bench', 'results') },
      ...{ model: { type: 'string' }, reader: { type: 'string' } },
      ...{ cache: { type: 'string' }, threads: { type: 'string' } },
    },
  });
  const limit = wholeNumber('limit', values.limit);
  const only = values.only.split(',').filter((name) => name !== '');
  const setup = await setUp(values);
  const sets = answeredDataSets(values.eval);
  try {
    report(values.out, setup, await explainAll(setup, chooseQuestions(sets, { only, limit })));
  } finally {
    for (const repository of sets.flatMap(({ repositories }) => repositories)) repository.remove();
  }
}

async function explainAll(setup: Setup, questions: readonly AskedQuestion[]): Promise<Explained[]> {
  const engine = await openEngine(setup);
  const explained: Explained[] = [];
  try {
    const subjects = inRepositories(subjectsOf(questions));
    for (const [at, subject] of subjects.entries()) {
      const { id, root, name, repository } = subject;
      // Landmarks of every block, as in a workspace that was open for a while.
      if (root !== subjects[at - 1]?.root) await engine.index({ root }, silent, never);
      const one = await explainWarm(engine, subject);
      explained.push(one);
      const seconds = one.answered.seconds.toFixed(1);
      console.error(`${at + 1}/${subjects.length} ${id}: ${name} of ${repository}, ${seconds} s`);
    }
  } finally {
    await engine.dispose();
  }
  return explained;
}

/** A citation that does not exist is a fault of the product: the bench then fails, after it has told all. */
function report(folder: string, setup: Setup, explained: readonly Explained[]): void {
  const { name } = (setup.reader ?? setup.model).manifest;
  const rows = explained.map(judge);
  const figures = figuresOf(rows, citedBlocks(explained));
  // What is read of others' questions stays where it comes from.
  const own = explained.filter(({ subject }) => subject.isOwn);
  const given = shuffle(own, examples.seed)
    .slice(0, examples.count)
    .map((one) => exampleOf(one, rows));
  const result = { machine: machine(), model: name, figures, rows, examples: given };
  const lines = [
    `# Explanations with ${name}`,
    '',
    machine(),
    '',
    `${figures.explanations} symbols, each explained once before, so that what it reads is stored. With the 95 % interval ` +
      `over symbols. What each figure means: [docs/answers.md](${linkToDocs(folder, 'answers.md')}).`,
    '',
    ...table(['figure', 'value'], figureRows(figures)),
    '',
    ...given.slice(0, examples.onPage).flatMap(exampleLines),
  ];
  keepMeasured(folder, 'explain', { result, lines });
  for (const problem of figures.citationProblems) console.error(problem);
  if (figures.citationProblems.length > 0) process.exitCode = 1;
}

function citedBlocks(explained: readonly Explained[]): number {
  const places = explained.map(({ answered }) =>
    answered.sentences.flatMap(({ cited }) => cited.map(({ path, startLine }) => `${path}:${startLine}`)),
  );
  return places.reduce((sum, cited) => sum + new Set(cited).size, 0);
}

function figureRows(figures: ExplainFigures): string[][] {
  const { firstToken, end, citedBlocks: cited, citationProblems } = figures;
  return [
    ['seconds to the first token, median', number(firstToken.median, 2)],
    ['seconds to the first token, 95th percentile', number(firstToken.p95, 2)],
    [`first token within ${hoverSeconds} s`, share(firstToken.within)],
    ['seconds to the end, median', number(end.median, 2)],
    ['seconds to the end, 95th percentile', number(end.p95, 2)],
    [`whole within ${hoverSeconds} s`, share(end.within)],
    ['sentences', number(figures.sentences, 1)],
    ['words', number(figures.words, 0)],
    ['explanations that were cut', share(figures.cut)],
    ['sentences that cite a block', share(figures.sentencesCiting)],
    ["explanations that cite the symbol's own block", share(figures.citesOwnBlock)],
    ['invented names', String(figures.inventedCount)],
    ['invented names, of all identifiers that are said', share(figures.inventedShare)],
    ['explanations with an invented name', share(figures.withInvented)],
    [`a parameter is said, of ${figures.withParameters} with parameters`, share(figures.saysParameter)],
    [`a place of use is cited, of ${figures.withUses} that read one`, share(figures.citesUse)],
    ['citations whose file, lines and text exist', `${cited - citationProblems.length} of ${cited}`],
  ];
}

interface Example extends Pick<Judged, 'id' | 'seconds' | 'inventedNames'> {
  symbol: string;
  place: string;
  answer: string;
  cites: string[];
}

function exampleOf({ subject, answered }: Explained, rows: readonly Judged[]): Example {
  const { id, name, path, line } = subject;
  const { seconds, inventedNames } = rows.find((row) => row.id === id)!;
  const cited = answered.sentences.flatMap((sentence) => sentence.cited);
  return {
    ...{ id, symbol: name, place: `${path}:${line}`, seconds, inventedNames },
    answer: answered.answer,
    cites: [...new Set(cited.map(({ path: file, startLine, endLine }) => `${file}:${startLine}-${endLine}`))],
  };
}

function exampleLines({ symbol, place, answer, seconds, cites, inventedNames }: Example): string[] {
  const code = (names: readonly string[]): string =>
    names.map((text) => `\`${text}\``).join(', ') || 'nothing';
  return [
    `## \`${symbol}\` in \`${place}\`, unedited`,
    '',
    fenced(answer),
    '',
    `- ${seconds.toFixed(1)} s; cites ${code(cites)}`,
    `- invented: ${code(inventedNames)}`,
    '',
  ];
}

void main();
