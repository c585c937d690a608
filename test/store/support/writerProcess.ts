import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

/** Bundles the writer, so that a process of it starts in a moment. @returns the path of the bundle */
export function buildWriter(folder: string): string {
  const outfile = join(folder, 'writer.cjs');
  buildSync({
    entryPoints: [join(import.meta.dirname, 'writer.ts')],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    outfile,
    logLevel: 'error',
  });
  return outfile;
}

export interface Said {
  /** Windows of which the process said that they were written. */
  keys: number[];
  kv: number[];
}

/** Runs a writer, until it is done or until it has said so many things and this much time has passed. */
export function runWriter(
  bundle: string,
  job: { folder: string; first: number; count: number; kvQuotaBytes: number; clockAheadMs: number },
  killAfter?: { lines: number; delayMs: number },
): Promise<Said> {
  const { folder, first, count, kvQuotaBytes, clockAheadMs } = job;
  const args = [bundle, folder, ...[first, count, kvQuotaBytes, clockAheadMs].map(String)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  let killer: NodeJS.Timeout | undefined;
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
    if (!killAfter || killer || text.split('\n').length <= killAfter.lines) return;
    killer = setTimeout(() => child.kill('SIGKILL'), killAfter.delayMs);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code !== 0 && signal !== 'SIGKILL') {
        reject(new Error(`the writer ended with ${code ?? signal ?? 'nothing'}`));
        return;
      }
      resolve({ keys: numbersIn(text, 'keys'), kv: numbersIn(text, 'kv') });
    });
  });
}

function numbersIn(text: string, family: string): number[] {
  return [...text.matchAll(new RegExp(`^${family} (\\d+)\\n`, 'gm'))].map(([, number]) => Number(number));
}
