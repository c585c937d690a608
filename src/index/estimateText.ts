import type { IndexEstimate } from '../../protocol/messages';
import { byteSize, duration, wholeNumber } from '../view/format';
import type { Translate } from '../view/translate';

/** What a build would take, in sentences. */
export function estimateText(estimate: IndexEstimate, t: Translate, language: string): string {
  const { files, bytes, tokensToEncode, seconds, bytesOnDisk } = estimate;
  const count = (n: number): string => wholeNumber(n, language);
  return [
    t('{0} files, {1}, {2} tokens to read.', count(files), byteSize(bytes, language), count(tokensToEncode)),
    t('About {0} on this machine, in the background; it can be paused.', duration(seconds, language)),
    t('It takes up to {0} on the disk.', byteSize(bytesOnDisk, language)),
    t('Nothing leaves this machine.'),
  ].join('\n');
}
