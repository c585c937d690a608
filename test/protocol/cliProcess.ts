import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

/** The command line, bundled beside a server with the hand-written engine. */
export interface CliBundle {
  cliPath: string;
  remove(): void;
}

export async function bundleCli(): Promise<CliBundle> {
  const folder = mkdtempSync(join(tmpdir(), 'landmark-cli-'));
  await build({
    entryPoints: [
      { in: 'cli/main.ts', out: 'cli' },
      { in: 'test/protocol/fakeServer.ts', out: 'server' },
    ],
    outdir: folder,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    define: { 'import.meta.url': '__importMetaUrl' },
    banner: { js: "const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  });
  return {
    cliPath: join(folder, 'cli.js'),
    remove: () => {
      rmSync(folder, { recursive: true });
    },
  };
}

export interface Ended {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  out: string;
  err: string;
}

export interface RunningCli {
  child: ChildProcessWithoutNullStreams;
  /** Resolves once standard output holds something. */
  firstOutput: Promise<void>;
  ended: Promise<Ended>;
}

export function startCli(cliPath: string, args: readonly string[]): RunningCli {
  const child = spawn(process.execPath, [cliPath, ...args], { env: { ...process.env, FORCE_COLOR: '' } });
  // A command that reads no input may end before its input does.
  child.stdin.on('error', () => undefined);
  let out = '';
  let err = '';
  const firstOutput = new Promise<void>((resolve) => {
    child.stdout.on('data', (data: Buffer) => {
      out += data.toString();
      resolve();
    });
  });
  child.stderr.on('data', (data: Buffer) => {
    err += data.toString();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (exitCode, signal) => {
      resolve({ exitCode, signal, out, err });
    });
  });
  return { child, firstOutput, ended };
}

export async function runCli(cliPath: string, args: readonly string[], stdin = ''): Promise<Ended> {
  const { child, ended } = startCli(cliPath, args);
  child.stdin.end(stdin);
  return ended;
}
