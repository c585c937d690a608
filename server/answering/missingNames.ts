import { firstOf, note, noteTexts } from '../../protocol/notes';
import { identifiersOf } from '../landmark/cite';
import type { LexicalIndex } from '../landmark/lexical';
import type { ScopedBlocks } from './scope';

/** A question that names more than these is pasted text. */
const namesTold = 4;

/**
 * Which names of a question stand nowhere in the scope, in words: an answer about them can only be about something else.
 * Undefined where every name is held, or none was given.
 */
export function missingNames(
  question: string,
  lexical: LexicalIndex,
  { mask }: Pick<ScopedBlocks, 'mask'>,
): string | undefined {
  const isHeld = (name: string): boolean => partsOf(name).every((part) => lexical.holds(part, mask));
  const missing = identifiersOf(question).filter((name) => !isHeld(name));
  if (missing.length === 0) return undefined;
  const names = missing.map((name) => `\`${name}\``);
  return note(mask ? noteTexts.unknownInScope : noteTexts.unknownInWorkspace, firstOf(names, namesTold));
}

/** Words are counted without the dollar signs that some languages allow in names. */
function partsOf(name: string): string[] {
  return name.split('$').filter((part) => part !== '');
}
