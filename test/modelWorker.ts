import { rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildSync } from 'esbuild';
import { repositoryRoot } from './oracle/fixtures';

const bundled = new Map<string, string>();

/** The thread that runs the model, bundled from its sources once a process: a thread needs a file of JavaScript. */
export function modelWorker(
  entry: string = join(repositoryRoot, 'server', 'model', 'worker', 'main.ts'),
): string {
  const known = bundled.get(entry);
  if (known !== undefined) return known;
  // Inside of the checkout, so that the runtime's package is found.
  const name = `modelWorker-${basename(entry, '.ts')}-${process.pid}.js`;
  const outfile = join(repositoryRoot, '.cache', 'test', name);
  buildSync({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['onnxruntime-node'],
  });
  process.once('exit', () => {
    rmSync(outfile, { force: true });
  });
  bundled.set(entry, outfile);
  return outfile;
}
