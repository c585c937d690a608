/**
 * Which form of products this machine's processor multiplies faster. Found by a short trial when weights are added, and
 * kept in `<cache>/machine.json`:
 *
 *     { format, machine, threads, form, ms: { int8, blocks } }
 */

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { machineKey } from './machineKey';
import type { GraphForm } from './manifest';
import { timeForms, type FormTimes } from './native/formProbe';

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
 */
export async function measuredForm(
  cacheFolder: string,
  threads: number,
  measure: (threads: number) => Promise<FormTimes> = (count) => timeForms(count),
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
  return join(cacheFolder, 'machine.json');
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

/** A disk that refuses it stops nothing: the next time is measured again. */
async function writeChoice(cacheFolder: string, choice: StoredChoice): Promise<void> {
  const path = choicePath(cacheFolder);
  const part = `${path}.${process.pid}.part`;
  try {
    await mkdir(cacheFolder, { recursive: true });
    await writeFile(part, `${JSON.stringify(choice)}\n`);
    await rename(part, path);
  } catch {
    await rm(part, { force: true }).catch(() => undefined);
  }
}
