import type { IndexEstimate, TeamStoreSettings } from '../../protocol/messages';
import { byteSize, duration, wholeNumber } from '../view/format';
import type { Translate } from '../view/translate';

/** What a build would take, and what of it leaves the machine, in sentences. */
export function estimateText(
  estimate: IndexEstimate,
  teamStore: TeamStoreSettings | undefined,
  t: Translate,
  language: string,
): string {
  const { files, bytes, tokensToEncode, seconds, bytesOnDisk } = estimate;
  const count = (n: number): string => wholeNumber(n, language);
  return [
    t('{0} files, {1}, {2} tokens to read.', count(files), byteSize(bytes, language), count(tokensToEncode)),
    t('About {0} on this machine, in the background; it can be paused.', duration(seconds, language)),
    t('It takes up to {0} on the disk.', byteSize(bytesOnDisk, language)),
    leavesText(teamStore, t),
  ].join('\n');
}

function leavesText(teamStore: TeamStoreSettings | undefined, t: Translate): string {
  if (!teamStore) return t('Nothing leaves this machine.');
  const { endpoint, access } = teamStore;
  return access === 'readWrite'
    ? t('What the model computes of these files is sent to the team store at {0}.', endpoint)
    : t('The team store at {0} is asked for what it has of these files, by hashes.', endpoint);
}
