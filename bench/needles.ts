/**
 * Needles in haystacks: twenty small functions and twenty pass keys, one at a time in real code of any size. Is it routed
 * to, and does the answer say it?
 *
 *     npm run bench:needles                                32,000, 128,000 and 1,000,000 tokens, and 10,000,000
 *     npm run bench:needles -- --tokens 32000,128000       smaller haystacks alone
 *
 * All of a haystack is encoded by the model, up to a million tokens; what is beyond has keys made out of real ones.
 * `--cache` is where the model's weights are.
 */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createEngine } from '../server/answering/createEngine';
import { defaultCacheFolder, ModelLibrary } from '../server/model/library';
import type { ModelPackage } from '../server/model/manifest';
import { ModelHost } from '../server/model/modelHost';
import { buildHaystack } from './needles/haystack';
import { hunt, type Hunted } from './needles/hunt';
import { addMadeFiles } from './needles/made';
import { makePassKeys, readFunctions } from './needles/needles';
import { needleLines, type NeedleRun } from './needles/report';
import { shareModels } from './sharedModels';
import { keep, machine, publish } from './support';

/** Seven minutes of encoding on two cores; more is made. */
const encodedTokensMax = 1_000_000;
const tokensMax = 100_000_000;
const never = new AbortController().signal;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      tokens: { type: 'string', default: '32000,128000,1000000,10000000' },
      cache: { type: 'string' },
      model: { type: 'string' },
    },
  });
  const model = await new ModelLibrary(join(__dirname, '..', 'models')).find(values.model);
  const scratch = mkdtempSync(join(tmpdir(), 'landmark-needles-'));
  // Windows that stand in several haystacks are encoded once; nothing of them is kept.
  const cacheFolder = join(scratch, 'cache');
  mkdirSync(cacheFolder);
  shareModels(values.cache ?? defaultCacheFolder(), cacheFolder);
  const runs: NeedleRun[] = [];
  try {
    for (const tokens of values.tokens.split(',').map(Number)) {
      if (!(tokens > 0 && tokens <= tokensMax)) throw new RangeError(`--tokens up to ${tokensMax}`);
      runs.push(await search(model, { root: join(scratch, String(tokens)), cacheFolder, tokens }));
      report(model.manifest.name, runs);
    }
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

async function search(
  model: ModelPackage,
  { root, cacheFolder, tokens: wanted }: { root: string; cacheFolder: string; tokens: number },
): Promise<NeedleRun> {
  const { tokenizer } = await new ModelHost(model, { cacheFolder, provider: 'cpu', threads: 0 }).text();
  const count = (text: string): number => tokenizer.encodeText(text).length;
  const needles = [...readFunctions(), ...makePassKeys()];
  const { tokens, needles: placed } = buildHaystack(root, Math.min(wanted, encodedTokensMax), needles, count);
  if (wanted > encodedTokensMax) {
    await addMadeFiles(model, { root, cacheFolder, tokens: wanted - encodedTokensMax });
  }
  const engine = await createEngine({ cacheFolder, provider: 'cpu', modelPackage: model.folder });
  try {
    const { files, blocks, tokens: allTokens } = await engine.index({ root }, () => undefined, never);
    console.error(`${files} files, ${blocks} blocks, ${allTokens} tokens`);
    const hunted: Hunted[] = [];
    for (const needle of placed) hunted.push(await hunt(engine, root, needle));
    return { files, tokens, allTokens, blocks, needles: hunted };
  } finally {
    await engine.dispose();
  }
}

function report(model: string, runs: readonly NeedleRun[]): void {
  keep('needles.json', `${JSON.stringify({ machine: machine(), model, runs }, null, 1)}\n`);
  publish('needles', `Needles found with ${model}`, needleLines(runs));
}

void main();
