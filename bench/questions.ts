/**
 * Rebuilds the repositories of the questions and checks that every question fits them, and that no training reads them.
 *
 *     npm run bench:questions                  our own repositories
 *     npm run bench:questions -- --eval DIR    also DIR's, of which unanswerable questions and key facts are kept here
 */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkGivenFacts, checkQuestion, checkUnanswerable, checkUntrained } from './questions/check';
import { buildProject, projectNames, readSources } from './questions/projects';
import {
  readFacts,
  readOwnQuestions,
  readPresumed,
  readUnanswerable,
  type Question,
} from './questions/questions';
import { readJsonLines } from './questions/tables';
import { unpack } from './support';

const trainingTable = join('training', 'landmark_training', 'data', 'packages.tsv');

const { values } = parseArgs({ options: { eval: { type: 'string' } } });
const sources = readSources();
const own = projectNames(sources);
const unanswerable = [...readUnanswerable(), ...readPresumed()];
const problems = checkUntrained(sources, trainingTable);
for (const project of new Set([...own, ...unanswerable.map(({ repository }) => repository)])) {
  const isOwn = own.includes(project);
  if (!isOwn && values.eval === undefined) continue;
  const root = isOwn ? buildProject(project, sources) : unpack(join(values.eval!, `${project}.tar.gz`));
  const questions = isOwn ? readOwnQuestions(project) : [];
  const without = unanswerable.filter(({ repository }) => repository === project);
  const named = questions.filter(({ identifiers }) => identifiers).length;
  console.log(
    `${project}: ${questions.length} questions, ${named} of them with identifiers; ` +
      `${without.length} it cannot answer`,
  );
  problems.push(...questions.flatMap((question) => checkQuestion(root, question)));
  problems.push(...without.flatMap((question) => checkUnanswerable(root, question)));
  if (isOwn) continue;
  const given = readJsonLines(join(values.eval!, `${project}.jsonl`)) as Question[];
  const facts = readFacts(project);
  console.log(`${project}: ${given.length} questions of others, ${facts.length} with key facts`);
  problems.push(...checkGivenFacts(given, facts));
  rmSync(root, { recursive: true });
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
