import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { llamaPackageVersion } from '../rivals/llamaPackage';
import type { Stamp } from './parts';

/** Taken before a part runs, as its own work is no other's. */
export function stampNow(model: string, threads: number): Stamp {
  const runtime = readFileSync(join('node_modules', 'onnxruntime-node', 'package.json'), 'utf8');
  return {
    machine: `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores`,
    threads,
    node: process.version,
    onnxruntime: (JSON.parse(runtime) as { version: string }).version,
    llama: `node-llama-cpp ${llamaPackageVersion}`,
    model,
    commit: commit(),
    measuredAt: new Date().toISOString(),
    loadBefore: loadavg()[0]!,
  };
}

/** With a mark where files differ from it; results of earlier parts are no difference. */
function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', ':!bench/results');
    return git('rev-parse', '--short', 'HEAD') + (changed === '' ? '' : ' and changes');
  } catch {
    return 'no repository';
  }
}
