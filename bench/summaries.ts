/**
 * Summaries of a long file, of folders and of repositories: whether all is read, which names are said that stand nowhere,
 * and how long it takes. See docs/answers.md.
 *
 *     npm run bench:summaries                                    a file of 20,000 lines, and our own repositories
 *     npm run bench:summaries -- --eval DIR                      those of DIR too (flask, requests)
 *     npm run bench:summaries -- --parts file --lines 500 --language rs --out /tmp/summaries
 *     npm run bench:summaries -- --parts folder --only rustyline
 *
 * `--model`, `--reader`, `--cache` and `--threads` name other ones.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fenced } from './answers/examples';
import { setUp, wholeNumber, type Setup } from './answers/setup';
import { askedProjects, strawProjects } from './edits/sources';
import { answeredDataSets } from './retrieval/dataSets';
import { fullestFolder, joinFiles, type JoinedFile } from './summaries/joined';
import { filesUnder, openSummarizer, type Summarized, type Summarizer } from './summaries/measure';
import { keepMeasured, linkToDocs, machine, table } from './support';

const partNames = ['file', 'folder', 'repository'] as const;
type PartName = (typeof partNames)[number];

type SummarizedFile = Summarized & Pick<JoinedFile, 'fileCount' | 'repositories'>;

interface Results {
  file?: SummarizedFile;
  folder: Summarized[];
  repository: Summarized[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      eval: { type: 'string' },
      parts: { type: 'string', default: partNames.join() },
      only: { type: 'string', default: '' },
      lines: { type: 'string', default: '20000' },
      language: { type: 'string', default: 'ts' },
      out: { type: 'string', default: join('bench', 'results') },
      ...{ model: { type: 'string' }, reader: { type: 'string' } },
      ...{ cache: { type: 'string' }, threads: { type: 'string' } },
    },
  });
  const parts = values.parts.split(',').map(partNamed);
  const only = values.only.split(',').filter((name) => name !== '');
  const lines = wholeNumber('lines', values.lines);
  const setup = await setUp(values);
  const summarizer = await openSummarizer(setup);
  try {
    const results: Results = { folder: [], repository: [] };
    if (parts.includes('file')) results.file = await ofJoinedFile(summarizer, values.language, lines);
    const overviews = parts.filter((part) => part !== 'file');
    await lookOver(summarizer, { overviews, only, evalFolder: values.eval }, results);
    report(values.out, setup, results);
  } finally {
    await summarizer.close();
  }
}

function partNamed(name: string): PartName {
  const found = partNames.find((part) => part === name);
  if (found === undefined) throw new RangeError(`--parts knows ${partNames.join(', ')}, not "${name}"`);
  return found;
}

/** No repository of the questions is that long in one language, so those of the haystack come after them. */
async function ofJoinedFile(
  summarizer: Summarizer,
  language: string,
  lineCountMin: number,
): Promise<SummarizedFile> {
  const joined = joinFiles([...askedProjects(), ...strawProjects()], language, lineCountMin);
  const { fileCount, repositories } = joined;
  const root = mkdtempSync(join(tmpdir(), 'landmark-bench-joined-'));
  try {
    // A name that says nothing: of `joined.rs` the model tells what its "`join` function" does.
    const path = `code.${language}`;
    writeFileSync(join(root, path), joined.text);
    return { ...(await summarizer.summarize(path, root, path)), fileCount, repositories };
  } finally {
    rmSync(root, { recursive: true });
  }
}

interface Wanted {
  overviews: readonly Exclude<PartName, 'file'>[];
  /** Names of repositories; all where it is empty. */
  only: readonly string[];
  evalFolder: string | undefined;
}

async function lookOver(
  summarizer: Summarizer,
  { overviews, only, evalFolder }: Wanted,
  results: Results,
): Promise<void> {
  if (overviews.length === 0) return;
  const repositories = answeredDataSets(evalFolder).flatMap((set) => set.repositories);
  try {
    for (const { name, root } of repositories) {
      if (only.length > 0 && !only.includes(name)) continue;
      for (const part of overviews) {
        const path = part === 'repository' ? '' : await folderOf(root);
        if (path === undefined) continue;
        const title = path === '' ? name : `${path} of ${name}`;
        results[part].push(await summarizer.summarize(title, root, path));
      }
    }
  } finally {
    for (const repository of repositories) repository.remove();
  }
}

async function folderOf(root: string): Promise<string | undefined> {
  return fullestFolder((await filesUnder(root, '')).map(({ path }) => path));
}

/** The bench fails, after it has told all, where a file was not read whole or a citation does not exist. */
function report(folder: string, setup: Setup, results: Results): void {
  const { name } = (setup.reader ?? setup.model).manifest;
  const { file } = results;
  const overviews = [...results.folder, ...results.repository];
  const lines = [
    `# Summaries with ${name}`,
    '',
    machine(),
    '',
    'Nothing of what is summarized was stored before; the model was loaded. What each figure means: ' +
      `[docs/answers.md](${linkToDocs(folder, 'answers.md')}).`,
    '',
    ...(file ? [...fileLines(file), ''] : []),
    ...(overviews.length > 0 ? ['## Folders and repositories', '', ...overviewTable(overviews), ''] : []),
    ...[...(file ? [file] : []), ...overviews].flatMap(spokenLines),
  ];
  const result = { machine: machine(), model: name, ...results };
  keepMeasured(folder, 'summaries', { result, lines });
  const problems = [...(file ? coverageProblems(file) : []), ...[file, ...overviews].flatMap(citationsOf)];
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}

function coverageProblems({ blocksRead, blocksTotal, linesUnread: unread }: Summarized): string[] {
  return [
    ...(blocksRead === blocksTotal ? [] : [`${blocksRead} of ${blocksTotal} blocks of the file were read`]),
    ...(unread === 0 ? [] : [`${unread ?? 'all'} lines of the file lie in no block that was read`]),
  ];
}

function citationsOf(summarized: Summarized | undefined): string[] {
  return (summarized?.citationProblems ?? []).map((problem) => `${summarized?.name ?? ''}: ${problem}`);
}

function fileLines(file: SummarizedFile): string[] {
  const { fileCount, repositories, lineCount, blocksRead, blocksTotal, names, seconds } = file;
  return [
    `## A file of ${lineCount.toLocaleString('en')} lines`,
    '',
    `${fileCount} files of ${repositories.join(', ')}, one after the other.`,
    '',
    ...table(
      ['figure', 'value'],
      [
        ['blocks read', `${blocksRead} of ${blocksTotal}`],
        ['lines in no block that was read', String(file.linesUnread ?? 'not known')],
        ['sections', String(file.sections)],
        ['sentences', String(file.sentences)],
        ['invented names', inventedOf(names)],
        ['citations whose file, lines and text exist', existing(file)],
        ['seconds', seconds.toFixed(0)],
        ['seconds for 1,000 lines', ((seconds / lineCount) * 1000).toFixed(1)],
      ],
    ),
  ];
}

function overviewTable(overviews: readonly Summarized[]): string[] {
  const head = ['what', 'passages', 'blocks read', 'sentences', 'names not read', 'invented names'];
  return table(
    [...head, 'citations that exist', 'seconds'],
    overviews.map((one) => [
      one.name,
      String(one.sections),
      `${one.blocksRead} of ${one.blocksTotal}`,
      String(one.sentences),
      `${one.names.notRead.length} of ${one.names.said.length}`,
      inventedOf(one.names),
      existing(one),
      one.seconds.toFixed(0),
    ]),
  );
}

function inventedOf({ said, invented }: Summarized['names']): string {
  const named = invented.map((name) => `\`${name}\``).join(', ');
  return `${invented.length} of ${said.length}${named === '' ? '' : `: ${named}`}`;
}

function existing({ citations, citationProblems }: Summarized): string {
  return `${citations - citationProblems.length} of ${citations}`;
}

function spokenLines({ name, whole }: Summarized): string[] {
  return [`## The whole of ${name}, unedited`, '', fenced(whole), ''];
}

void main();
