/** Explanations that were made, the least recently used forgotten first. Pure but for the memory it is given. */

import { witnessesMax } from './basis';
import type { Explained } from './explanation';

/** Enough for the symbols of some files; an explanation is about one kilobyte. */
export const entriesMax = 200;
/** An explanation is a paragraph; what is longer is shown once and not kept. */
export const entryCharsMax = 8_000;
const memoryKey = 'landmark.explanations';

/** What `ExtensionContext.globalState` offers. */
export interface Memory {
  get(key: string): unknown;
  update(key: string, value: unknown): Thenable<void>;
}

export class ExplanationCache {
  private readonly entries: Map<string, Explained>;

  constructor(private readonly memory: Memory) {
    this.entries = new Map(readEntries(memory.get(memoryKey)));
  }

  get(key: string): Explained | undefined {
    const found = this.entries.get(key);
    if (!found) return undefined;
    // The order of the map is the order of use; it is written with the next explanation, a look costs no write.
    this.entries.delete(key);
    this.entries.set(key, found);
    return found;
  }

  async set(key: string, explained: Explained): Promise<void> {
    if (JSON.stringify(explained).length > entryCharsMax || explained.basis.length > witnessesMax) return;
    this.entries.delete(key);
    this.entries.set(key, explained);
    while (this.entries.size > entriesMax) {
      const [oldest] = this.entries.keys();
      this.entries.delete(oldest!);
    }
    await this.memory.update(memoryKey, [...this.entries]);
  }
}

/** What an older or a newer version kept may look different; what cannot be read is forgotten. */
function readEntries(kept: unknown): [string, Explained][] {
  if (!Array.isArray(kept)) return [];
  return (kept as unknown[]).filter(isEntry).slice(-entriesMax);
}

/** As it may have been written by another version. */
interface Kept {
  sentences?: unknown;
  citations?: unknown;
  basis?: unknown;
  places?: { definitions?: { places?: unknown }; uses?: { places?: unknown } };
}

function isEntry(value: unknown): value is [string, Explained] {
  if (!Array.isArray(value) || typeof value[0] !== 'string') return false;
  const explained = value[1] as Kept | null;
  const { sentences, citations, basis, places } = explained ?? {};
  const lists: unknown[] = [sentences, citations, basis, places?.definitions?.places, places?.uses?.places];
  return lists.every((list) => Array.isArray(list));
}
