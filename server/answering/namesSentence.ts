import { identifiersOf } from '../landmark/cite';

/** More names are a list, not a sentence. */
const namesMax = 3;
/** Stand before parentheses, as calls do. */
const keywords = new Set([
  'if',
  'for',
  'while',
  'switch',
  'catch',
  'return',
  'match',
  'with',
  'elif',
  'sizeof',
  'typeof',
]);
/** Of prose, say. */
const nothingNamed =
  'What could be said of this part names things that do not stand in it, so it is left out.';

/**
 * What can be said of a text without a model: the names that stand in most of its lines. Stands in where nothing that
 * the model said is kept, so that a part of a summary is never empty.
 */
export function namesSentence(text: string): string {
  const counts = new Map<string, number>();
  for (const line of text.split('\n')) {
    for (const name of identifiersOf(line)) {
      if (!keywords.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  const names = [...counts]
    .sort(([, left], [, right]) => right - left)
    .slice(0, namesMax)
    .map(([name]) => `\`${name}\``);
  return names.length === 0 ? nothingNamed : `Names that stand here: ${names.join(', ')}.`;
}
