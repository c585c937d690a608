/**
 * How often each arm finds what a question asks for, and what indexing costs, next to an embedding model.
 *
 *     npm run bench:retrieval                                    our own questions
 *     npm run bench:retrieval -- --eval DIR flask requests       those of DIR too
 *
 * DIR holds NAME.tar.gz (a repository) and NAME.jsonl (a question a line: question, goldFiles, goldSpans).
 * `--only flask,libp2p` asks about these alone. `--model` names another model package, `--cache` another cache folder, `--out`
 * where the figures go.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createEngine } from '../server/answering/createEngine';
import { defaultCacheFolder, ModelLibrary } from '../server/model/library';
import { ModelHost } from '../server/model/modelHost';
import { cutFolder } from './retrieval/blocks';
import { givenDataSet, ownDataSet, setsAbout } from './retrieval/dataSets';
import { measure, type Measured } from './retrieval/measure';
import { MiniLm } from './retrieval/minilm/miniLm';
import { plot } from './retrieval/plot';
import { answerableReport, reportOf, speedReport } from './retrieval/report';
import { measureSpeed } from './retrieval/speed';
import { keepMeasured, machine } from './support';

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      eval: { type: 'string' },
      cache: { type: 'string' },
      model: { type: 'string' },
      only: { type: 'string' },
      out: { type: 'string', default: join('bench', 'results') },
    },
    allowPositionals: true,
  });
  const cacheFolder = values.cache ?? defaultCacheFolder();
  const model = await new ModelLibrary(join(__dirname, '..', 'models')).find(values.model);
  const host = new ModelHost(model, { cacheFolder, provider: 'cpu', threads: 0 });
  const engine = await createEngine({ cacheFolder, provider: 'cpu', modelPackage: model.folder });
  const miniLm = await MiniLm.open();
  const own = ownDataSet();
  const given = values.eval === undefined ? [] : [givenDataSet(values.eval, positionals)];
  const rivals = { engine, host, miniLm, signal: new AbortController().signal };
  const sets: Measured[] = [];
  const only = values.only?.split(',') ?? [];
  for (const dataSet of setsAbout([...given, own], only)) sets.push(await measure(dataSet, rivals));
  await engine.dispose();

  const files = await cutFolder(own.repositories[0]!.root, host);
  const speeds = await measureSpeed(files, host, miniLm);
  const { name } = model.manifest;
  const lines = [
    `# Retrieval with ${name}`,
    '',
    machine(),
    '',
    'Shares of questions, with the 95 % interval over questions: a gold file among the first k files, a gold line',
    'within so many returned lines. Definitions in bench/retrieval/metrics.ts.',
    '',
    '![Shares found within so many returned lines](retrieval.svg)',
    '',
    ...sets.flatMap(reportOf),
    ...answerableReport(sets),
    ...speedReport(speeds),
  ];
  keepMeasured(values.out, 'retrieval', { result: { machine: machine(), model: name, sets, speeds }, lines });
  writeFileSync(join(values.out, 'retrieval.svg'), plot(sets));
}

void main();
