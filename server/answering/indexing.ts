/** What a client can ask about the index itself: make it, what it would cost, how it stands. */

import type { IndexEstimate, IndexParams, IndexReport, StatusResult } from '../../protocol/messages';
import { BackgroundEncoding, type Pace, type WantedFiles } from '../indexing/backgroundEncoding';
import type { EncodingSpeed } from '../indexing/encodingSpeed';
import type { WorkspaceIndex } from '../indexing/workspaceIndex';
import type { Run } from './run';

/** Makes every window searchable and counts. Cancelled, it has kept what it encoded; the next one goes on. */
export async function buildIndex(
  run: Run,
  params: IndexParams,
  pace: Pace,
  wanted: WantedFiles,
  speed: EncodingSpeed,
): Promise<IndexReport> {
  const { index, host, emit, signal, clock } = run;
  const encoding = new BackgroundEncoding(index, pace, wanted, emit);
  const encoded = await encoding.run(await host.backgroundEncoder(), await host.text(), signal);
  await speed.record(encoded);
  const windowIds = [...new Set(index.windows.map(({ id }) => id))];
  const sharedWindows = params.share === true ? await run.store.shareKeys(windowIds, signal) : undefined;
  const { scan } = index;
  return {
    files: scan.files.length,
    windows: index.windows.length,
    blocks: index.blockCount,
    tokens: index.tokenCount,
    encodedWindows: encoded.encodedWindows,
    encodedTokens: encoded.encodedTokens,
    ...(run.store.team && { fetchedWindows: encoded.fetchedWindows }),
    ...(sharedWindows !== undefined && { sharedWindows }),
    bytesOnDisk: await bytesOf(run),
    tokensPerSecond: encoded.encodedTokens === 0 ? 0 : (encoded.encodedTokens / encoded.elapsedMs) * 1000,
    elapsedMs: clock.now(),
    skipped: scan.skipped,
    skippedFiles: scan.skippedFiles,
    linesCut: scan.linesCut,
  };
}

/** What a build would cost. Files are cut into blocks for it, which needs a tokenizer and no weights. */
export async function estimateIndex(
  { index, store, kvStore }: Run,
  speed: EncodingSpeed,
): Promise<IndexEstimate> {
  // Windows of equal content are encoded and stored once.
  const windows = [...new Map(index.windows.map((window, at) => [window.id, { window, at }])).values()];
  const missing = windows.filter(({ at }) => !index.hasKeys(at));
  const tokensToEncode = missing.reduce((sum, { window }) => sum + window.tokenCount, 0);
  let [keysBytes, kvBytes] = [0, 0];
  for (const { window } of windows) {
    const size = [window.blocks.length, window.tokenCount - window.prefixTokenCount] as const;
    keysBytes += store.bytesOfWindow(...size).keys;
    kvBytes += kvStore.bytesOfWindow(...size).kv;
  }
  return {
    files: index.scan.files.length,
    bytes: index.scan.bytes,
    blocks: index.blockCount,
    tokens: index.tokenCount,
    tokensToEncode,
    seconds: tokensToEncode / (await speed.tokensPerSecond()),
    bytesOnDisk: keysBytes + Math.min(kvBytes, kvStore.kvQuotaBytes),
  };
}

export async function workspaceStatus(
  index: WorkspaceIndex,
  stores: Pick<Run, 'store' | 'kvStore'>,
  root: string,
  warmWindows: number,
): Promise<NonNullable<StatusResult['workspace']>> {
  const { scan } = index;
  const waiting = new Set(index.windows.flatMap(({ path }, at) => (index.hasKeys(at) ? [] : [path])));
  return {
    root,
    files: scan.files.length,
    windows: index.windows.length,
    blocks: index.blockCount,
    landmarkBlocks: index.keys.count,
    warmWindows,
    bytesOnDisk: await bytesOf(stores),
    filesSearchable: scan.files.length - waiting.size,
    kvQuotaBytes: stores.kvStore.kvQuotaBytes,
    skipped: scan.skipped,
    skippedFiles: scan.skippedFiles,
  };
}

/** What both packages keep on disk. */
async function bytesOf({ store, kvStore }: Pick<Run, 'store' | 'kvStore'>): Promise<number> {
  const stores = [...new Set([store, kvStore])];
  const stats = await Promise.all(stores.map((each) => each.stats()));
  return stats.reduce((sum, { bytes }) => sum + bytes, 0);
}
