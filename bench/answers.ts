/**
 * How good the answers are: of the product, of the same base with the right blocks, of BM25 with llama.cpp, and of
 * the base alone. See docs/answers.md.
 *
 *     npm run bench:answers                              our own questions, every arm
 *     npm run bench:answers -- --eval DIR                those of DIR too (flask, requests)
 *     npm run bench:answers -- --only rustyline --limit 8 --arms ours,bm25 --out /tmp/answers
 *
 * `--likelihoods N` questions compare cached KV with text that is read again (30); `--fresh` forgets what was
 * measured before; `--beside FILE` takes the rows of arms that are not asked from an earlier answers.json; `--model`,
 * `--reader`, `--cache`, `--threads` and `--gguf` name other ones.
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { armNames, type ArmName } from './answers/arms';
import { exampleLines } from './answers/examples';
import { likelihoodFigures } from './answers/figures';
import { plotFacts } from './answers/plot';
import { chooseQuestions, type AskedQuestion } from './answers/questions';
import { measure, type Measured } from './answers/run';
import { settingsOf, setUp, wholeNumber, type Setup } from './answers/setup';
import { groupReport, groupTables, likelihoodTable, repositoryTable, type Group } from './answers/tables';
import { answeredDataSets, type DataSet } from './retrieval/dataSets';
import { linkToDocs, machine } from './support';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      eval: { type: 'string' },
      only: { type: 'string', default: '' },
      limit: { type: 'string' },
      arms: { type: 'string', default: armNames.join() },
      beside: { type: 'string' },
      likelihoods: { type: 'string', default: '30' },
      fresh: { type: 'boolean', default: false },
      out: { type: 'string' },
      model: { type: 'string' },
      reader: { type: 'string' },
      cache: { type: 'string' },
      threads: { type: 'string' },
      gguf: { type: 'string' },
    },
  });
  const arms = values.arms.split(',').map(armNamed);
  const likelihoods = wholeNumber('likelihoods', values.likelihoods);
  const limit = values.limit === undefined ? Infinity : wholeNumber('limit', values.limit);
  const only = values.only.split(',').filter((name) => name !== '');
  const setup = await setUp(values);
  const sets = answeredDataSets(values.eval);
  try {
    const questions = chooseQuestions(sets, { only, limit });
    const measured = await measure(setup, questions, { arms, likelihoods, fresh: values.fresh });
    if (values.beside !== undefined) addRows(measured, arms, setup, values.beside);
    report(values.out ?? join('bench', 'results'), setup, { sets, questions, measured });
  } finally {
    for (const repository of sets.flatMap(({ repositories }) => repositories)) repository.remove();
  }
}

/** Rows of arms that were not asked now, out of an earlier result: of the same base, asked in the same way. */
function addRows(measured: Measured, asked: readonly ArmName[], setup: Setup, path: string): void {
  const before = JSON.parse(readFileSync(path, 'utf8')) as Result;
  const { name } = (setup.reader ?? setup.model).manifest;
  if (before.model !== name) throw new RangeError(`${path} tells of ${before.model}, not of ${name}`);
  for (const arm of armNames.filter((other) => !asked.includes(other))) {
    const isSame = isDeepStrictEqual(
      before.settings[arm],
      JSON.parse(JSON.stringify(settingsOf(setup, arm))),
    );
    const rows = before.rows.filter((row) => row.arm === arm);
    if (rows.length > 0 && !isSame)
      throw new RangeError(`${path} has another setting of ${arm}: ask it again`);
    measured.rows.push(...rows);
  }
  if (measured.likelihoods.length === 0) measured.likelihoods.push(...before.likelihoods);
}

function armNamed(name: string): ArmName {
  const found = armNames.find((arm) => arm === name);
  if (found === undefined) throw new RangeError(`--arms knows ${armNames.join(', ')}, not "${name}"`);
  return found;
}

/** What answers.json holds, as far as it is read again. */
interface Result {
  model: string;
  settings: Partial<Record<ArmName, unknown>>;
  rows: Measured['rows'];
  likelihoods: Measured['likelihoods'];
}

interface Results {
  sets: readonly DataSet[];
  questions: readonly AskedQuestion[];
  measured: Measured;
}

/** A citation that does not exist is a fault of the product: the bench then fails, after it has told all. */
function report(folder: string, setup: Setup, { sets, questions, measured }: Results): void {
  const { rows, answers, likelihoods } = measured;
  const { name } = (setup.reader ?? setup.model).manifest;
  const groups = groupsOf(sets, questions).map((group) => groupReport(group, rows));
  const lines = [
    `# Answers with ${name}`,
    '',
    machine(),
    '',
    `Nothing is drawn. With the 95 % interval over questions. What each figure means: [docs/answers.md](${linkToDocs(folder, 'answers.md')}).`,
    '',
    '![Key facts that each arm says](answers.svg)',
    '',
    ...groups.flatMap(groupTables),
    ...repositoryTable(rows),
    ...likelihoodTable(likelihoods),
    ...exampleLines(questions, answers, rows),
  ];
  const result = {
    machine: machine(),
    model: name,
    packageId: setup.model.packageId,
    settings: Object.fromEntries(armNames.map((arm) => [arm, settingsOf(setup, arm)])),
    groups,
    likelihood: likelihoodFigures(likelihoods.map((entry) => entry.measured)),
    rows,
    likelihoods,
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'answers.json'), `${JSON.stringify(result, null, 1)}\n`);
  writeFileSync(join(folder, 'answers.svg'), plotFacts(groups));
  writeFileSync(join(folder, 'answers.md'), `${lines.join('\n').trimEnd()}\n`);
  console.log(groups.flatMap(groupTables).join('\n'));
  const problems = rows.flatMap((row) => row.citationProblems.map((problem) => `${row.id}: ${problem}`));
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}

/** All together, where there are several sets, and each on its own. */
function groupsOf(sets: readonly DataSet[], questions: readonly AskedQuestion[]): Group[] {
  const asked = new Set(questions.map(({ repository }) => repository));
  const groups = sets
    .map(({ repositories }) =>
      repositories.map((repository) => repository.name).filter((name) => asked.has(name)),
    )
    .filter((names) => names.length > 0)
    .map((repositories) => ({ title: repositories.join(', '), repositories }));
  if (groups.length < 2) return groups;
  return [{ title: 'all', repositories: [...asked] }, ...groups];
}

void main();
