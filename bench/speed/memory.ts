/**
 * Memory of a process that answers from a large workspace, and of one that reads with llama.cpp. Each is a process of its
 * own: what a process held once at most is told by the system.
 */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from '../../server/answering/generate';
import { Workspaces } from '../../server/answering/workspaces';
import { FolderWorkspace } from '../../server/workspace/folderWorkspace';
import { openRun, prepareQuestion } from '../decode/prepare';
import { readOwnQuestions } from '../questions/questions';
import { table } from '../support';
import { makeWorkspace } from './madeWorkspace';
import { repeatedBytes } from './mappings';
import { never, openSetting, type Setting, type SettingOptions } from './setting';

/** Of one process. */
export interface Held {
  /** Most memory that was resident, files that are mapped included; what is mapped twice counts twice. */
  peakBytes: number;
  /** Of files that are mapped more than once, what was counted more than once at the end; 0 where the system does not tell. */
  repeatedBytes: number;
  /** Resident at the end and of no file (llama.cpp maps the GGUF); undefined where the system does not tell. */
  ownBytes: number | undefined;
}

export interface Memory {
  /** The smallest workspace first: it tells what the model takes. */
  ours: (Held & { workspaceTokens: number })[];
  llama: (Held & { contextTokens: number })[];
  /** Keys and values of one token, as llama.cpp keeps them; what a longer context adds. */
  llamaBytesPerToken: number;
}

/** What a child is started for. */
export type ChildWork =
  { kind: 'ours'; root: string; cacheFolder: string } | { kind: 'llama'; contextTokens: number };

/** llama.cpp keeps keys and values in fp16. */
const float16Bytes = 2;
const maxTokens = 64;
/** Some 600 tokens: enough to have used every buffer of a run. */
const llamaPromptChars = 2_000;

export async function measureMemory(setting: Setting): Promise<Memory> {
  const { sizes } = setting;
  const ours: Memory['ours'] = [];
  for (const tokens of sizes.memoryTokens) ours.push(await measureOurs(setting, tokens));
  const llama = sizes.llamaContexts.map((contextTokens) => ({
    ...inChild(setting, { kind: 'llama', contextTokens }),
    contextTokens,
  }));
  const { layers, kvHeads, headDim } = setting.model.manifest.shape;
  const llamaBytesPerToken = layers * kvHeads * headDim * 2 * float16Bytes;
  return { ours, llama, llamaBytesPerToken };
}

async function measureOurs(setting: Setting, tokensWanted: number): Promise<Memory['ours'][number]> {
  const folder = mkdtempSync(join(tmpdir(), 'landmark-bench-memory-'));
  try {
    const { root, cacheFolder, tokens } = await makeWorkspace(setting.host, folder, tokensWanted);
    return { ...inChild(setting, { kind: 'ours', root, cacheFolder }), workspaceTokens: tokens };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function inChild({ threads, ggufPath }: Setting, work: ChildWork): Held {
  const args = ['--threads', String(threads), '--gguf', ggufPath, '--child', JSON.stringify(work)];
  const output = execFileSync(process.execPath, [process.argv[1]!, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(output) as Held;
}

/** Prints what this process held. */
export async function runChild(work: ChildWork, options: SettingOptions): Promise<void> {
  const setting = await openSetting(options);
  if (work.kind === 'ours') await answer(setting, work);
  else await readWithLlama(setting, work.contextTokens);
  writeSync(process.stdout.fd, JSON.stringify(held()));
  // Without waiting for threads that would idle on.
  process.exit();
}

/** Opens the workspace as a server does, and answers one question. */
async function answer(
  { host, project }: Setting,
  { root, cacheFolder }: { root: string; cacheFolder: string },
): Promise<void> {
  const workspaces = new Workspaces(host, { cacheFolder });
  const run = await openRun(root, host, workspaces);
  const { question } = readOwnQuestions(project)[0]!;
  const { prompt, context, options } = await prepareQuestion(run, question);
  const reader = await host.reader();
  const { tokenizer } = await host.text();
  const first = await reader.choiceAfter(prompt, context.cache, never);
  const limited = { ...options, maxTokens };
  await generate(reader, tokenizer, context.cache, first, limited, () => undefined, never);
}

/** With llama.cpp's own tokenizer: ours would take memory in its process. */
async function readWithLlama(setting: Setting, contextTokens: number): Promise<void> {
  const { files } = await new FolderWorkspace(setting.root).scan(never);
  const text = files.map(({ lines }) => lines.join('\n')).join('\n');
  const llama = await setting.openLlama(contextTokens);
  const tokens = llama.tokenize(text.slice(0, llamaPromptChars)).slice(0, contextTokens - maxTokens);
  await llama.decode(tokens, tokens.slice(0, maxTokens));
}

function held(): Held {
  // On Linux the maximum of `resourceUsage` holds what the process that started this one had, too.
  const peakBytes = linuxStatusBytes('VmHWM') ?? process.resourceUsage().maxRSS * 1024;
  return { peakBytes, repeatedBytes: linuxRepeatedBytes(), ownBytes: linuxStatusBytes('RssAnon') };
}

function linuxRepeatedBytes(): number {
  return process.platform === 'linux' ? repeatedBytes(readFileSync('/proc/self/smaps', 'utf8')) : 0;
}

/** A line of /proc/self/status; undefined on other systems. */
function linuxStatusBytes(name: 'VmHWM' | 'RssAnon'): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const line = readFileSync('/proc/self/status', 'utf8')
    .split('\n')
    .find((one) => one.startsWith(`${name}:`));
  const kilobytes = /(\d+) kB$/.exec(line ?? '')?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

export function memoryLines({ ours, llama, llamaBytesPerToken }: Memory): string[] {
  const megabytes = (bytes: number | undefined): string =>
    bytes === undefined ? 'not told' : `${(bytes / 1e6).toFixed(0)} MB`;
  const longest = llama.at(-1)!;
  const largest = ours.at(-1)!;
  const wholeBytes =
    longest.peakBytes + (largest.workspaceTokens - longest.contextTokens) * llamaBytesPerToken;
  return [
    'Resident memory of a process that answered one question: the most at any time, what of it are pages of weights that several',
    'sessions map and that the system counts for each, and what belongs to no file at the end. Both map their weights.',
    '',
    ...table(
      [
        'process',
        'peak, each page once',
        'peak as counted',
        'of no file, at the end',
        'peak beyond the first',
      ],
      [
        ...ours.map(({ workspaceTokens, peakBytes, repeatedBytes: repeated, ownBytes }) => [
          `server, workspace of ${workspaceTokens.toLocaleString('en')} tokens`,
          megabytes(peakBytes - repeated),
          megabytes(peakBytes),
          megabytes(ownBytes),
          megabytes(peakBytes - ours[0]!.peakBytes),
        ]),
        ...llama.map(({ contextTokens, peakBytes, repeatedBytes: repeated, ownBytes }) => [
          `llama.cpp, context of ${contextTokens.toLocaleString('en')} tokens`,
          megabytes(peakBytes - repeated),
          megabytes(peakBytes),
          megabytes(ownBytes),
          '',
        ]),
      ],
    ),
    '',
    `A context of the largest workspace would take ${megabytes(wholeBytes)} by ${llamaBytesPerToken.toLocaleString('en')} ` +
      'bytes a token (computed, not measured); the base was trained on 32,768 tokens.',
  ];
}
