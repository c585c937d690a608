/**
 * Greedy decoding token by token and with drafts, side by side in one run, over answers to the questions of
 * bench/questions.
 *
 *     npm run bench:decode                    four questions of each repository
 *     npm run bench:decode -- --questions 8   eight
 *
 * Repositories are rebuilt and what is read of them is stored under .cache/bench, so that a second run starts warm.
 */

import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Workspaces } from '../server/answering/workspaces';
import { defaultCacheFolder, ModelLibrary } from '../server/model/library';
import { ModelHost } from '../server/model/modelHost';
import { decodePair } from './decode/measure';
import { openRun, prepareQuestion } from './decode/prepare';
import { publishDecoding, type Row } from './decode/report';
import { buildProject, projectNames, readSources } from './questions/projects';
import { readOwnQuestions } from './questions/questions';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { questions: { type: 'string', default: '4' } } });
  const perProject = Number(values.questions);
  const model = await new ModelLibrary('models').find();
  const host = new ModelHost(model, { cacheFolder: defaultCacheFolder(), provider: 'cpu', threads: 0 });
  const workspaces = new Workspaces(host, { cacheFolder: resolve('.cache', 'bench', 'decode') });
  const reader = await host.reader();
  const { tokenizer } = await host.text();
  const rows: Row[] = [];
  const sources = readSources();
  for (const project of projectNames(sources)) {
    const run = await openRun(buildProject(project, sources), host, workspaces);
    for (const { id, question } of spread(readOwnQuestions(project), perProject)) {
      const prepared = await prepareQuestion(run, question);
      const row = { id, ...(await decodePair(reader, tokenizer, prepared)) };
      rows.push(row);
      console.error(`${id}: ${row.plain.tokens} tokens, ${row.drafted.runs} runs`);
    }
  }
  publishDecoding(model.manifest.name, rows);
}

/** As many of them, at even distances. */
function spread<Item>(items: readonly Item[], count: number): Item[] {
  return items.filter(
    (_, at) => Math.floor((at * count) / items.length) !== Math.floor(((at - 1) * count) / items.length),
  );
}

void main();
