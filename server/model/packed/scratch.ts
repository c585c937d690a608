/** Folders that packing writes to, and that are gone afterwards: they hold gigabytes for a moment. */

import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessCancelled } from '../../concurrency';

/** Followed by the id of the process, which tells whether anybody is at work there. */
const prefix = 'packing-';
const nameWithPid = /^packing-(\d+)-/;
/** Without a process in its name, a folder that nobody has written to for so long was left by one that ended. */
const ageMsMax = 60 * 60_000;

export class Scratch {
  /** What writes here. */
  private writing: Promise<unknown> | undefined;

  private constructor(readonly path: string) {}

  static async make(folder: string): Promise<Scratch> {
    return new Scratch(await mkdtemp(join(folder, `${prefix}${process.pid}-`)));
  }

  /** Waits for what writes here and cannot be stopped: a cancel ends the waiting, and the folder outlives the writing. */
  async whileWriting(writing: Promise<void>, signal: AbortSignal): Promise<void> {
    this.writing = writing;
    const onEnd = (): void => {
      this.writing = undefined;
    };
    writing.then(onEnd, onEnd);
    await unlessCancelled(writing, signal);
  }

  /** At once, or when what still writes here has ended. */
  async remove(): Promise<void> {
    const remove = (): Promise<void> => removeFolder(this.path);
    if (this.writing) void this.writing.then(remove, remove);
    else await remove();
  }
}

/** Removes what was left in a folder by processes that ended while they packed. */
export async function removeLeftScratch(folder: string): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  for (const name of names.filter((each) => each.startsWith(prefix))) {
    const path = join(folder, name);
    const pid = nameWithPid.exec(name)?.[1];
    const isLeft = pid === undefined ? await isOld(path) : !isRunning(Number(pid));
    if (isLeft) await removeFolder(path);
  }
}

/** What cannot be removed is no reason to fail; it is tried again when weights are added the next time. */
async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => undefined);
}

async function isOld(path: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).mtimeMs > ageMsMax;
  } catch {
    return false;
  }
}

/** An id that another process was given meanwhile keeps a folder until that one ends, too. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process refuses the signal, and is there.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
