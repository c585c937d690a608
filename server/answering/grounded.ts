/** Whether what was said of a question rests on what was read for it. */

import type { AnswerSentence } from '../../protocol/messages';
import { identifiersOf } from '../landmark/cite';

/** Of an answer's sentences; beyond it most of the answer is made up. */
const unknownShareMax = 0.5;

/**
 * False where nothing is cited, or more than half of the sentences name what stands nowhere.
 *
 * @param names all that was read and asked
 */
export function isGrounded(sentences: readonly AnswerSentence[], names: ReadonlySet<string>): boolean {
  if (sentences.length === 0) return true;
  if (sentences.every(({ citations }) => citations.length === 0)) return false;
  const unknown = sentences.filter(({ text }) => identifiersOf(text).some((name) => !names.has(name)));
  return unknown.length <= unknownShareMax * sentences.length;
}
