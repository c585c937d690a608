import { namesOutside } from '../landmark/cite';
import type { SentenceRules } from './newSentences';

/** Words of prose that are spelled as names of code are. */
const properNouns = new Set([
  ...['JavaScript', 'TypeScript', 'GitHub', 'GitLab', 'macOS', 'iOS', 'PyPI', 'NumPy'],
  ...['WebSocket', 'GraphQL', 'PostgreSQL', 'MySQL', 'LaTeX', 'YouTube'],
]);

/** What is kept of what is said, beside that nothing is said twice. */
export interface Keeps extends Pick<SentenceRules, 'sentencesMax' | 'endsWhole'> {
  /** A sentence is left out that names what stands neither in what was read, a path of it, nor the instruction. */
  onlyNamesRead?: boolean;
}

/** @param namesOfText all that may be named, asked for where it matters */
export function rulesOf({ onlyNamesRead, ...rules }: Keeps, namesOfText: () => Set<string>): SentenceRules {
  if (!onlyNamesRead) return rules;
  const known = new Set([...namesOfText(), ...properNouns]);
  return { ...rules, isAllowed: (sentence) => namesOutside(sentence, known).length === 0 };
}
