/** Which package reads and answers: the one that routes, or a larger base beside it. */

import { totalmem } from 'node:os';
import type { ModelLibrary } from './library';
import { isReaderPackage, type AnyPackage, type ModelPackage, type ReaderPackage } from './manifest';
import { hasWeights } from './weights';

/** The largest of what is here and fits this machine, if it is larger than the package that routes. */
export const automaticReader = 'auto';
/** The package that routes. */
export const noReader = 'none';

/**
 * Of the machine's memory that weights of a reader may take as they were converted. What is packed of them for its products
 * comes to nearly as much again: mapped from the same file where `landmark model add` has packed them, else in memory of the
 * session's own. So twice this share is taken at most, and the rest is the user's.
 */
export const readerMemoryShare = 0.2;

/**
 * @param wanted name or folder of a package, `auto` or `none`
 * @returns undefined where the package that routes is to read as well
 * @throws modelUnknown
 */
export async function chooseReader(
  library: ModelLibrary,
  model: ModelPackage,
  wanted: string,
  cacheFolder: string,
  memoryBytes: number = totalmem(),
): Promise<ReaderPackage | undefined> {
  if (wanted === noReader) return undefined;
  if (wanted !== automaticReader) return library.findReader(wanted, model);
  const fitting: ReaderPackage[] = [];
  for (const candidate of await library.all()) {
    if (!isReaderPackage(candidate) || !library.isReaderOf(candidate, model)) continue;
    const bytes = weightsBytesOf(candidate);
    // No larger than what the routing package has anyway, it would say the same from memory of its own.
    if (bytes <= weightsBytesOf(model) || bytes > readerMemoryShare * memoryBytes) continue;
    // Whoever fetched it wants it; nothing is fetched by being chosen here.
    if (await hasWeights(candidate, cacheFolder)) fitting.push(candidate);
  }
  return fitting.sort((left, right) => weightsBytesOf(right) - weightsBytesOf(left))[0];
}

function weightsBytesOf({ manifest }: AnyPackage): number {
  return manifest.graphs.int8.weights.bytes;
}
