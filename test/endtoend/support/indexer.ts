/**
 * A process that indexes a folder until it is killed or done, and says how far it is: `3 of 40` after each run of the
 * encoder.
 *
 *     node indexer.cjs PACKAGE_FOLDER CACHE_FOLDER ROOT
 */

import { writeSync } from 'node:fs';
import { createEngine } from '../../../server/answering/createEngine';

async function main([modelPackage, cacheFolder, root]: string[]): Promise<void> {
  const options = {
    modelPackage: modelPackage!,
    cacheFolder: cacheFolder!,
    provider: 'cpu',
    onBattery: 'full',
  } as const;
  const engine = await createEngine(options, { modelWorker: undefined });
  await engine.index(
    { root: root! },
    (event) => {
      if (event.type === 'progress' && event.phase === 'index')
        writeSync(1, `${event.done} of ${event.total}\n`);
    },
    new AbortController().signal,
  );
  await engine.dispose();
}

void main(process.argv.slice(2));
