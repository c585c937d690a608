/**
 * Rebuilds the repositories of the questions and checks that every question fits them, and that no training reads them.
 *
 *     npm run bench:questions                  our own repositories
 *     npm run bench:questions -- --eval DIR    also DIR's, of which unanswerable questions are asked
 */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkQuestion, checkUnanswerable, checkUntrained } from './questions/check';
import { buildProject, projectNames, readSources } from './questions/projects';
import { readOwnQuestions, readUnanswerable } from './questions/questions';
import { unpack } from './support';

const trainingTable = join('training', 'landmark_training', 'data', 'packages.tsv');

const { values } = parseArgs({ options: { eval: { type: 'string' } } });
const sources = readSources();
const own = projectNames(sources);
const unanswerable = readUnanswerable();
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
  if (!isOwn) rmSync(root, { recursive: true });
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
