/**
 * From a saved line to a workspace in which it is found by words and by landmarks; and a switch of branches.
 *
 * The landmark keys of the workspace are random numbers, stored as encoded ones would be: what an edit costs does not
 * depend on them. Windows that an edit changed are encoded by the model.
 */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { rootsOf } from '../../server/answering/roots';
import { Workspaces } from '../../server/answering/workspaces';
import type { WorkspaceIndex } from '../../server/indexing/workspaceIndex';
import type { ModelHost } from '../../server/model/modelHost';
import { FolderWorkspace } from '../../server/workspace/folderWorkspace';
import { randomNumbers } from '../retrieval/bootstrap';
import type { Project } from './sources';

export interface Saved {
  files: number;
  windows: number;
  tokens: number;
  /** The first request of a process, all keys stored. */
  openMs: number;
  edits: EditTimes[];
  branches: BranchSwitch[];
}

/** Of one saved line, in milliseconds. */
export interface EditTimes {
  /** Looking through the folder: part of what follows, measured by itself. */
  scanMs: number;
  /** Until the line is found by words. */
  wordsMs: number;
  /** Until all landmark keys are there, from the start. */
  keysMs: number;
  fileLines: number;
  encodedWindows: number;
  encodedTokens: number;
}

export interface BranchSwitch {
  to: string;
  changedFiles: number;
  ms: number;
  windowsToEncode: number;
}

const branchFiles = 8;
/** The first runs of a graph are slower, and are a session's only once. */
const warmUpEdits = 2;
const signal = new AbortController().signal;
const silent = (): undefined => undefined;

interface Placed {
  path: string;
  lines: string[];
}

export async function measureSaved(
  host: ModelHost,
  projects: readonly Project[],
  wantedTokens: number,
  editCount: number,
): Promise<Saved> {
  const folder = mkdtempSync(join(tmpdir(), 'landmark-bench-edits-'));
  const bench = new SavedBench(host, join(folder, 'root'), join(folder, 'cache'));
  try {
    const files = place(bench.root, projects, wantedTokens);
    await bench.storeRandomKeys();
    const openMs = await timed(() => bench.index());
    const index = await bench.index();
    const { length: windows } = index.windows;
    const tokens = index.tokenCount;
    const random = randomNumbers(7);
    const edits: EditTimes[] = [];
    for (let edit = 0; edit < warmUpEdits + editCount; edit++) {
      const file = files[Math.floor(random() * files.length)]!;
      const times = await bench.edit(file, Math.floor(random() * file.lines.length), `saved_line_${edit}`);
      if (edit >= warmUpEdits) edits.push(times);
    }
    const branches = await bench.switchBranches(files.slice(0, branchFiles));
    return { files: files.length, windows, tokens, openMs, edits, branches };
  } finally {
    await bench.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

class SavedBench {
  #workspaces: Workspaces;
  readonly #scanner: FolderWorkspace;

  constructor(
    private readonly host: ModelHost,
    readonly root: string,
    private readonly cacheFolder: string,
  ) {
    this.#workspaces = new Workspaces(host, { cacheFolder });
    this.#scanner = new FolderWorkspace(root);
  }

  index(): Promise<WorkspaceIndex> {
    return this.#workspaces.index(rootsOf({ root: this.root }), silent, signal);
  }

  /** Ends the session that has stored them, and begins the one that is measured. */
  async storeRandomKeys(): Promise<void> {
    const index = await this.index();
    const store = await this.#workspaces.store();
    const { keyNumbers } = this.host.model.manifest.routing;
    const random = randomNumbers(1);
    const ids = new Map(index.windows.map(({ id, blocks }) => [id, blocks.length]));
    for (const [id, blocks] of ids) {
      const keys = Float32Array.from({ length: blocks * keyNumbers }, () => random() - 0.5);
      await store.writeKeys(
        id,
        keys.map((value) => value / Math.sqrt(keyNumbers / 12)),
      );
    }
    await this.#workspaces.dispose();
    this.#workspaces = new Workspaces(this.host, { cacheFolder: this.cacheFolder });
  }

  async edit(file: Placed, line: number, word: string): Promise<EditTimes> {
    file.lines.splice(line, 0, `${word} = 1`);
    writeFileSync(join(this.root, file.path), file.lines.join('\n'));
    const scanMs = await timed(() => this.#scanner.scan(signal));
    const start = performance.now();
    const index = await this.index();
    const found = index.lexical.scores(word).some((score) => score > 0);
    const wordsMs = performance.now() - start;
    if (!found) throw new Error(`${word} is not found in ${file.path}`);
    const { encodedWindows, encodedTokens } = await this.encode(index);
    const keysMs = performance.now() - start;
    if (index.keys.count !== index.blockCount) throw new Error('a block has no landmark key');
    return { scanMs, wordsMs, keysMs, fileLines: file.lines.length, encodedWindows, encodedTokens };
  }

  async encode(index: WorkspaceIndex): Promise<{ encodedWindows: number; encodedTokens: number }> {
    return index.encodeKeys(
      [...index.windows.keys()],
      await this.host.encoder(),
      await this.host.text(),
      {},
      signal,
    );
  }

  /** To a branch that changes these files and is encoded once, back, and there again. */
  async switchBranches(files: readonly Placed[]): Promise<BranchSwitch[]> {
    const branches = {
      main: files.map(({ lines }) => lines.join('\n')),
      topic: files.map(({ lines }, at) => ['first = 1', '', ...lines, '', `last = ${at}`].join('\n')),
    };
    const switches: BranchSwitch[] = [];
    for (const to of ['topic', 'main', 'topic', 'main'] as const) {
      files.forEach(({ path }, at) => {
        writeFileSync(join(this.root, path), branches[to][at]!);
      });
      const start = performance.now();
      const index = await this.index();
      const ms = performance.now() - start;
      const windowsToEncode = index.windows.filter((_, windowIndex) => !index.hasKeys(windowIndex)).length;
      await this.encode(index);
      switches.push({ to, changedFiles: files.length, ms, windowsToEncode });
    }
    return switches;
  }

  close(): Promise<void> {
    return this.#workspaces.dispose();
  }
}

/** Files of all projects in turn, until their text is about as long as wanted. */
function place(root: string, projects: readonly Project[], wantedTokens: number): Placed[] {
  const queues = projects.map(({ name, files }) =>
    files.map((file) => ({ ...file, path: `${name}/${file.path}` })),
  );
  const placed: Placed[] = [];
  let chars = 0;
  while (chars < wantedTokens * charsPerToken && queues.some(({ length }) => length > 0)) {
    for (const queue of queues) {
      const next = queue.shift();
      if (!next) continue;
      const path = join(root, next.path);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, next.text);
      placed.push({ path: next.path, lines: readFileSync(path, 'utf8').split('\n') });
      chars += next.text.length;
    }
  }
  return placed.filter(({ lines }) => lines.length > 1);
}

/** Of source in the default package's tokens, prefix and headers of windows not counted. */
const charsPerToken = 3.7;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
