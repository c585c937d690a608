/** Summaries as the command line gives them, each in a workspace of which nothing is stored yet. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SummaryResult } from '../../protocol/messages';
import type { Engine } from '../../server/answering/engine';
import type { TextFile } from '../../server/text/windows';
import { FolderWorkspace } from '../../server/workspace/folderWorkspace';
import { citationProblem } from '../answers/citations';
import { openEngine } from '../answers/ours';
import type { Setup } from '../answers/setup';
import { shareModels } from '../sharedModels';
import { linesUnread, namesSaid, sentencesOf, type NamesSaid } from './judge';

const never = new AbortController().signal;
const silent = (): void => undefined;

export interface Summarized {
  /** What the tables call it. */
  name: string;
  /** Of all files that it is about. */
  lineCount: number;
  blocksTotal: number;
  blocksRead: number;
  /** Of a file alone: its lines in no block that was read. */
  linesUnread: number | undefined;
  sections: number;
  sentences: number;
  names: NamesSaid;
  citations: number;
  citationProblems: string[];
  seconds: number;
  notes: string[];
  /** Unedited. */
  whole: string;
  parts: { title: string; path: string; startLine: number; endLine: number; text: string }[];
}

export interface Summarizer {
  summarize: (name: string, root: string, path: string) => Promise<Summarized>;
  close: () => Promise<void>;
}

/** Over a store of its own, which is empty and is removed in the end; the weights stay where they are. */
export async function openSummarizer(setup: Setup): Promise<Summarizer> {
  const folder = mkdtempSync(join(tmpdir(), 'landmark-bench-summaries-'));
  const cacheFolder = join(folder, 'cache');
  mkdirSync(cacheFolder);
  shareModels(setup.cacheFolder, cacheFolder);
  const engine = await openEngine({ ...setup, cacheFolder });
  // Loading the model is no part of the first summary.
  const first = join(folder, 'first');
  mkdirSync(first);
  writeFileSync(join(first, 'first.py'), 'def first():\n    return 1\n');
  await engine.summarize({ root: first, path: 'first.py' }, silent, never);
  return {
    summarize: (name, root, path) => summarizeCold(engine, name, root, path),
    close: async () => {
      await engine.dispose();
      rmSync(folder, { recursive: true });
    },
  };
}

async function summarizeCold(engine: Engine, name: string, root: string, path: string): Promise<Summarized> {
  await engine.indexClear({ root }, silent, never);
  const result = await engine.summarize({ root, path }, progressOf(name), never);
  return summarizedOf(name, root, await filesUnder(root, path), result);
}

/** A long file takes a while. */
function progressOf(name: string): Parameters<Engine['summarize']>[1] {
  return (event) => {
    if (event.type === 'section') console.error(`${name}: ${event.index + 1} of ${event.total}`);
  };
}

/** As the product lists them; of a file, itself. */
export async function filesUnder(root: string, path: string): Promise<TextFile[]> {
  const { files } = await new FolderWorkspace(root).scan(never);
  return files.filter((file) =>
    path === '' || path.endsWith('/') ? file.path.startsWith(path) : file.path === path,
  );
}

function summarizedOf(
  name: string,
  root: string,
  files: readonly TextFile[],
  result: SummaryResult,
): Summarized {
  const { blocksTotal, blocksRead, read, sections, citations, timings, notes, answer } = result;
  const sentences = sentencesOf(result);
  const [only] = files.length === 1 ? files : [];
  return {
    ...{ name, blocksTotal, blocksRead, notes },
    lineCount: files.reduce((sum, { lines }) => sum + lines.length, 0),
    linesUnread: only && linesUnread(only, read),
    sections: sections.length,
    sentences: sentences.length,
    names: namesSaid(sentences, files, read),
    citations: citations.length,
    citationProblems: citations.flatMap((citation) => citationProblem(root, citation) ?? []),
    seconds: timings.totalMs / 1000,
    whole: answer,
    parts: sections.map(({ title, path, startLine, endLine, sentences: told }) => ({
      ...{ title, path, startLine, endLine },
      text: told.map(({ text }) => text).join(' '),
    })),
  };
}
