/** Answers and hits as text for other tools. Pure. */

import type { AnswerResult, BlockHit } from '../../protocol/messages';

/** One line for each block: place and how it was found. */
export function hitsText(hits: readonly BlockHit[]): string {
  if (hits.length === 0) return 'No block of the workspace matches.';
  return hits
    .map(({ path, startLine, endLine, score, words }) => {
      const found = words.length > 0 ? `, words: ${words.join(' ')}` : '';
      return `${path}:${startLine}-${endLine} (score ${score.toPrecision(3)}${found})`;
    })
    .join('\n');
}

/** The answer with its numbers, and the quoted lines below; what nothing supports says so. */
export function answerText(result: AnswerResult): string {
  const { sentences, citations, answer, abstained, nearest, notes } = result;
  if (abstained) return [answer, ...notes, `Nearest blocks:\n${hitsText(nearest)}`].join('\n\n');
  const said = sentences.map(({ text, citations: numbers }) =>
    numbers.length > 0
      ? `${text.trim()} ${numbers.map((n) => `[${n}]`).join('')}`
      : `${text.trim()} [unsupported]`,
  );
  const sources = citations.map(
    ({ n, path, startLine, endLine, text }) => `[${n}] ${path}:${startLine}-${endLine}\n${text}`,
  );
  return [said.length > 0 ? said.join(' ') : answer, ...notes, ...sources].join('\n\n');
}
