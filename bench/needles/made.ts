/**
 * Files beside a haystack whose landmark keys are made out of real ones (bench/search/enlarge.ts), so that a workspace
 * can be larger than what is encoded in reasonable time. Words find them like any other text; landmarks meet keys that
 * lie as near to each other and to questions as real keys do.
 */

import { join } from 'node:path';
import { rootsOf } from '../../server/answering/roots';
import { Workspaces } from '../../server/answering/workspaces';
import { ModelHost } from '../../server/model/modelHost';
import type { ModelPackage } from '../../server/model/manifest';
import { realKeys } from '../search/realKeys';
import { blocksOfTokens, KeySource, writeTexts } from '../speed/madeWorkspace';

const folder = 'made';
const never = new AbortController().signal;

/** Writes the files and stores their keys. The model encodes nothing but what `realKeys` lacks. */
export async function addMadeFiles(
  model: ModelPackage,
  { root, cacheFolder, tokens }: { root: string; cacheFolder: string; tokens: number },
): Promise<void> {
  writeTexts(join(root, folder), blocksOfTokens(tokens));
  const host = new ModelHost(model, { cacheFolder, provider: 'cpu', threads: 0 });
  const workspaces = new Workspaces(host, { cacheFolder });
  const index = await workspaces.index(rootsOf({ root }), () => undefined, never);
  const store = await workspaces.store();
  const windows = index.windows.filter(({ path }) => path.startsWith(`${folder}/`));
  const blockCount = windows.reduce((sum, { blocks }) => sum + blocks.length, 0);
  const keys = new KeySource(await realKeys(), blockCount);
  for (const { id, blocks } of windows) await store.writeKeys(id, keys.take(blocks.length));
  await workspaces.dispose();
  await host.dispose();
}
