import { watch } from 'node:fs';

/** What the system says where its limit of watches, or of watching processes, is reached. */
const limitCodes = new Set(['ENOSPC', 'EMFILE', 'ENFILE']);

/**
 * Whether the system lets one more folder be watched. The editor's own watcher does not tell extensions that it met the
 * limit; but the limit is one for all processes of the user, so a watch of ours meets it too.
 */
export function isWatchLimitReached(folder: string): boolean {
  try {
    watch(folder)
      .on('error', () => undefined)
      .close();
    return false;
  } catch (error) {
    // A folder that cannot be watched for another reason says nothing of the limit.
    return limitCodes.has((error as NodeJS.ErrnoException).code ?? '');
  }
}
