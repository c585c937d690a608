import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { repositoryRoot } from './oracle/fixtures';

let bundled: string | undefined;

/** The thread that runs the model, bundled from its sources once a process: a thread needs a file of JavaScript. */
export function modelWorker(): string {
  if (bundled !== undefined) return bundled;
  // Inside of the checkout, so that the runtime's package is found.
  const outfile = join(repositoryRoot, '.cache', 'test', `modelWorker-${process.pid}.js`);
  buildSync({
    entryPoints: [join(repositoryRoot, 'server', 'model', 'worker', 'main.ts')],
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
  return (bundled = outfile);
}
