/**
 * What an edit costs: how much of a file is encoded again, how long a saved line takes to be searchable, and whether
 * a switch of branches encodes anything.
 *
 *     npm run bench:edits -- [--tokens 1000000] [--edits 1000] [--saves 30]
 *
 * Projects come from their registries as in the other benches. The converted weights of the package must be there
 * (`landmark model add`); `--cache` names their folder, `--model` another package.
 */

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultCacheFolder, ModelLibrary } from '../server/model/library';
import { ModelHost } from '../server/model/modelHost';
import { replay, type ProjectFigures } from './edits/replay';
import { measureSaved, type EditTimes, type Saved } from './edits/saved';
import { askedProjects, pythonProjects, strawProjects } from './edits/sources';
import { keep, publish, table } from './support';

const tokensMost = 10_000_000;
const editsMost = 10_000;
const savesMost = 1_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      tokens: { type: 'string', default: '1000000' },
      edits: { type: 'string', default: '1000' },
      saves: { type: 'string', default: '30' },
      cache: { type: 'string' },
      model: { type: 'string' },
    },
  });
  const tokens = wholeNumber('--tokens', values.tokens, tokensMost);
  const edits = wholeNumber('--edits', values.edits, editsMost);
  const saves = wholeNumber('--saves', values.saves, savesMost);
  const model = await new ModelLibrary(join(__dirname, '..', 'models')).find(values.model);
  const host = new ModelHost(model, {
    cacheFolder: values.cache ?? defaultCacheFolder(),
    provider: 'cpu',
    threads: 0,
  });
  const text = await host.text();
  const python = pythonProjects();
  const asked = askedProjects();
  const figures = [...python, ...asked].map((project) => replay(project, text, edits));
  const saved = await measureSaved(host, [...python, ...asked, ...strawProjects()], tokens, saves);
  await host.dispose();
  keep('edits.json', `${JSON.stringify({ model: model.manifest.name, edits, figures, saved }, null, 2)}\n`);
  publish('edits', `Edits (${model.manifest.name})`, [
    ...figures.flatMap((project) => ruleLines(project, edits)),
    ...savedLines(saved),
  ]);
}

function wholeNumber(option: string, value: string, most: number): number {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0 && number <= most) return number;
  throw new RangeError(`${option} takes a whole number from 1 to ${most}, not ${value}`);
}

function ruleLines({ project, files, tokens, functions, rules }: ProjectFigures, edits: number): string[] {
  const head = [
    'where a window ends',
    'windows',
    'tokens a window',
    'as full as rule 1',
    'blocks',
    'functions whole',
    'windows an edit',
    '95 %',
    'tokens an edit',
    'of the file',
  ];
  const rows = rules.map((rule) => [
    rule.rule,
    String(rule.windows),
    rule.tokensPerWindow.toFixed(0),
    share(rule.tokensPerWindow / rules[0]!.tokensPerWindow),
    String(rule.blocks),
    share(rule.wholeFunctions),
    rule.edits.windows.toFixed(2),
    String(rule.edits.windowsP95),
    rule.edits.tokens.toFixed(0),
    share(rule.edits.fileShare),
  ]);
  return [
    `## ${project}`,
    '',
    `${files} files, ${tokens.toLocaleString('en')} tokens, ${functions} functions; ${edits} random edits of one line ` +
      '(put in, taken out, replaced), each of the file as it was.',
    '',
    ...table(head, rows),
    '',
  ];
}

function savedLines({ files, windows, tokens, openMs, edits, branches }: Saved): string[] {
  const row = (name: string, valueOf: (edit: EditTimes) => number): string[] => {
    const values = edits.map(valueOf).sort((left, right) => left - right);
    const at = (part: number): string => values[Math.round(part * (values.length - 1))]!.toFixed(0);
    return [name, at(0.5), at(0.95)];
  };
  return [
    '## A saved line',
    '',
    `${files} files, ${windows} windows, ${tokens.toLocaleString('en')} tokens. The keys of the workspace are random ` +
      `numbers; windows that an edit changed are encoded. ${edits.length} lines put into random files. The first ` +
      `request of the process took ${openMs.toFixed(0)} ms.`,
    '',
    ...table(
      ['', 'median', '95 %'],
      [
        row('found by words, ms', ({ wordsMs }) => wordsMs),
        row('of that, looking through the folder, ms', ({ scanMs }) => scanMs),
        row('found by landmarks too, ms', ({ keysMs }) => keysMs),
        row('of that, encoding and storing keys, ms', ({ keysMs, wordsMs }) => keysMs - wordsMs),
        row('windows encoded', ({ encodedWindows }) => encodedWindows),
        row('tokens encoded', ({ encodedTokens }) => encodedTokens),
      ],
    ),
    '',
    '## A switch of branches',
    '',
    ...table(
      ['to', 'changed files', 'ms', 'windows to encode'],
      branches.map(({ to, changedFiles, ms, windowsToEncode }) => [
        to,
        String(changedFiles),
        ms.toFixed(0),
        String(windowsToEncode),
      ]),
    ),
  ];
}

function share(value: number): string {
  return `${(value * 100).toFixed(1)} %`;
}

void main();
