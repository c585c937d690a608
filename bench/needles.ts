/**
 * Needles in haystacks: twenty small functions in real code, each asked for in other words than it is written in.
 *
 *     npm run bench:needles -- --tokens 32000,128000
 *
 * The figure is the share of needles of which a block is among the first 16 blocks of an arm.
 */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createEngine } from '../server/answering/createEngine';
import { defaultCacheFolder, ModelLibrary } from '../server/model/library';
import { ModelHost } from '../server/model/modelHost';
import { armNames, armTitles, ask, type ArmName } from './retrieval/arms';
import { cutFolder } from './retrieval/blocks';
import { buildHaystack, readNeedles, type PlacedNeedle } from './retrieval/haystack';
import type { Rivals } from './retrieval/measure';
import type { Entry } from './retrieval/metrics';
import { MiniLm } from './retrieval/minilm/miniLm';
import { MiniLmIndex } from './retrieval/minilm/miniLmIndex';
import { keep, publish, table } from './support';

const firstBlocks = 16;
const mostTokens = 1_000_000;

interface NeedleRanks {
  id: string;
  path: string;
  depth: number;
  /** Rank of the needle's first block in every arm; null where it is not ranked. */
  ranks: Record<ArmName, number | null>;
}

interface Run {
  files: number;
  tokens: number;
  needles: NeedleRanks[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      tokens: { type: 'string', default: '32000' },
      cache: { type: 'string' },
      model: { type: 'string' },
    },
  });
  const cacheFolder = values.cache ?? defaultCacheFolder();
  const model = await new ModelLibrary(join(__dirname, '..', 'models')).find(values.model);
  const host = new ModelHost(model, { cacheFolder, provider: 'cpu', threads: 0 });
  const engine = await createEngine({ cacheFolder, provider: 'cpu', modelPackage: model.folder });
  const rivals = { engine, host, miniLm: await MiniLm.open(), signal: new AbortController().signal };
  const runs: Run[] = [];
  for (const tokens of values.tokens.split(',').map(Number)) {
    if (!(tokens > 0 && tokens <= mostTokens)) throw new RangeError(`--tokens up to ${mostTokens}`);
    runs.push(await search(tokens, rivals));
  }
  await engine.dispose();
  const { name } = model.manifest;
  keep('needles.json', `${JSON.stringify({ model: name, runs }, null, 1)}\n`);
  publish('needles', `Needles found with ${name}`, [
    `Share of ${runs[0]!.needles.length} needles of which a block is among the first ${firstBlocks} blocks.`,
    '',
    ...table(['haystack', ...armNames.map((arm) => armTitles[arm])], runs.map(rowOf)),
  ]);
}

async function search(tokens: number, { engine, host, miniLm, signal }: Rivals): Promise<Run> {
  const { tokenizer } = await host.text();
  const haystack = buildHaystack(tokens, readNeedles(), (text) => tokenizer.encodeText(text).length);
  const { root } = haystack;
  const report = await engine.index({ root }, () => undefined, signal);
  console.error(`${report.files} files, ${report.blocks} blocks, ${report.tokens} tokens`);
  const index = await MiniLmIndex.build(miniLm, await cutFolder(root, host));
  const needles: NeedleRanks[] = [];
  for (const needle of haystack.needles) {
    const rankings = await ask(engine, root, index, needle.question, signal);
    const ranks = Object.fromEntries(armNames.map((arm) => [arm, rankOf(needle, rankings[arm].entries)]));
    const { id, path, depth } = needle;
    needles.push({ id, path, depth: Math.round(depth * 1000) / 1000, ranks: ranks as NeedleRanks['ranks'] });
  }
  rmSync(root, { recursive: true });
  return { files: haystack.files, tokens: haystack.tokens, needles };
}

/** A block counts if the needle fills half of it, or if it holds half of the needle. */
function rankOf(needle: PlacedNeedle, blocks: readonly Entry[]): number | null {
  const needleLines = needle.endLine - needle.startLine + 1;
  const index = blocks.findIndex(({ path, startLine, endLine }) => {
    const shared = Math.min(endLine, needle.endLine) - Math.max(startLine, needle.startLine) + 1;
    return path === needle.path && shared * 2 >= Math.min(needleLines, endLine - startLine + 1);
  });
  return index < 0 ? null : index + 1;
}

function rowOf({ files, tokens, needles }: Run): string[] {
  const shares = armNames.map((arm) => {
    const found = needles.filter(({ ranks }) => ranks[arm] !== null && ranks[arm] <= firstBlocks);
    return (found.length / needles.length).toFixed(2);
  });
  return [`${tokens} tokens, ${files} files`, ...shares];
}

void main();
