/** Whether what was said of a question rests on what was read for it. */

import type { AnswerSentence } from '../../protocol/messages';
import type { BlockPlace } from '../indexing/workspaceIndex';
import { namesIn, namesOutside } from '../landmark/cite';
import { blockText } from '../text/windows';

/** Of an answer's sentences; beyond it most of the answer is made up. */
const unknownShareMax = 0.5;

/** What may be named: what was asked, and what was read with its paths. */
export function namesOf(asked: string, read: readonly BlockPlace[]): Set<string> {
  const texts = read.flatMap((place) => [place.file.path, blockText(place.file, place)]);
  return namesIn([asked, ...texts].join('\n'));
}

/**
 * False where nothing is cited, or more than half of the sentences name what stands nowhere.
 *
 * @param names all that was read and asked
 */
export function isGrounded(sentences: readonly AnswerSentence[], names: ReadonlySet<string>): boolean {
  if (sentences.length === 0) return true;
  if (sentences.every(({ citations }) => citations.length === 0)) return false;
  const unknown = sentences.filter(({ text }) => namesOutside(text, names).length > 0);
  return unknown.length <= unknownShareMax * sentences.length;
}
