import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../oracle/fixtures';

export interface Ended {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  child: ChildProcess;
  ended: Promise<Ended>;
  /** Resolves once the text stood on either stream. */
  seen(text: string): Promise<void>;
}

/**
 * Runs the built command line as a user would, with its own cache folder.
 *
 * @param launcher a command that starts the command line, such as `unshare` with its flags
 */
export function start(
  cacheFolder: string,
  args: readonly string[],
  model = 'toy-landmark',
  launcher: readonly string[] = [],
): Running {
  const cli = join(repositoryRoot, 'dist', 'cli.js');
  if (!existsSync(cli)) throw new Error('dist/cli.js is missing; run `npm run build` first');
  // A larger reader that happens to be here would answer otherwise.
  const options = ['--cache', cacheFolder, '--model', model, '--reader', 'none'] as const;
  const [command, ...words] = [...launcher, process.execPath, cli, ...options];
  const child = spawn(command, [...words, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  });
  child.stdin.end();
  const output = { stdout: '', stderr: '' };
  const waiting: { text: string; resolve: () => void }[] = [];
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (chunk: Buffer) => {
      output[stream] += chunk.toString();
      for (const { text, resolve } of waiting) if (output[stream].includes(text)) resolve();
    });
  }
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (exitCode) => {
      resolve({ exitCode, ...output });
    });
  });
  const seen = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      waiting.push({ text, resolve });
      void ended.then(() => {
        reject(new Error(`ended without "${text}": ${output.stderr}`));
      });
    });
  return { child, ended, seen };
}

export const run = (cacheFolder: string, args: readonly string[], model?: string): Promise<Ended> =>
  start(cacheFolder, args, model).ended;

export function jsonLines<Line>(text: string): Line[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}
