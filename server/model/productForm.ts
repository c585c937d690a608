/**
 * Which form of products this machine's processor multiplies faster. Found by a short trial when weights are added, and
 * kept in `<cache>/machine.json`:
 *
 *     { format, machine, threads, form, ms: { int8, blocks } }
 */

import { mkdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { tryWriteJson } from './fileChecks';
import { machineKey } from './machineKey';
import type { GraphForm } from './manifest';
import type { FormTimes } from './runtime';

/** In the cache folder. */
export const choiceFile = 'machine.json';
const choiceFormat = 1;
/** What is taken where nothing was measured. */
const usualForm: GraphForm = 'int8';
/** How many times as fast blocks must be: less than this may be chance, and a trial of one product is not a whole model. */
const clearlyFaster = 1.1;

interface StoredChoice {
  format: number;
  /** See machineKey.ts. */
  machine: string;
  threads: number;
  form: GraphForm;
  /** Of one product. */
  ms: FormTimes;
}

/** @param ms how long the same product takes in each form */
export function fasterForm({ int8, blocks }: FormTimes): GraphForm {
  return int8 > blocks * clearlyFaster ? 'blocks' : usualForm;
}

/** The form that was found to be faster here, with whatever threads; never measures. */
export async function knownForm(cacheFolder: string): Promise<GraphForm> {
  const stored = await readChoice(cacheFolder);
  return stored && stored.machine === (await machineKey()) ? stored.form : usualForm;
}

/**
 * The form that is faster here, measured where that is not known for this machine and as many threads.
 *
 * @param threads of one run; 0 leaves the choice to the runtime
 * @param measure times a product in both forms, off this thread
 */
export async function measuredForm(
  cacheFolder: string,
  threads: number,
  measure: (threads: number) => Promise<FormTimes>,
): Promise<GraphForm> {
  const key = { machine: await machineKey(), threads: threads > 0 ? threads : availableParallelism() };
  const stored = await readChoice(cacheFolder);
  if (stored?.machine === key.machine && stored.threads === key.threads) return stored.form;
  // Without a place for the trial's files, say, nothing is known and the model works all the same.
  const ms = await measure(threads).catch(() => undefined);
  if (!ms) return usualForm;
  const form = fasterForm(ms);
  await writeChoice(cacheFolder, { format: choiceFormat, ...key, form, ms });
  return form;
}

function choicePath(cacheFolder: string): string {
  return join(cacheFolder, choiceFile);
}

/** @returns undefined where nothing is kept, or it is damaged or another version's */
async function readChoice(cacheFolder: string): Promise<StoredChoice | undefined> {
  try {
    const stored = JSON.parse(
      await readFile(choicePath(cacheFolder), 'utf8'),
    ) as Partial<StoredChoice> | null;
    if (stored?.format !== choiceFormat) return undefined;
    const isForm = stored.form === 'int8' || stored.form === 'blocks';
    return isForm ? (stored as StoredChoice) : undefined;
  } catch {
    return undefined;
  }
}

async function writeChoice(cacheFolder: string, choice: StoredChoice): Promise<void> {
  await mkdir(cacheFolder, { recursive: true }).catch(() => undefined);
  await tryWriteJson(choicePath(cacheFolder), choice);
}
