import { identifiersOf } from '../landmark/cite';

/** More names are a list, not a sentence. */
const namesMax = 3;

/**
 * What can be said of a text without a model: the names that stand in it most often. Stands in where nothing that the
 * model said is kept, so that a part of a summary is never empty.
 *
 * @returns undefined where nothing in the text looks like a name of code
 */
export function namesSentence(text: string): string | undefined {
  const counts = new Map<string, number>();
  for (const line of text.split('\n')) {
    for (const name of identifiersOf(line)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const names = [...counts]
    .sort(([, left], [, right]) => right - left)
    .slice(0, namesMax)
    .map(([name]) => `\`${name}\``);
  return names.length === 0 ? undefined : `Names that stand here: ${names.join(', ')}.`;
}
