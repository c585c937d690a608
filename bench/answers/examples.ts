/** Answers as the product gave them, chosen by a seed and not by how good they are. */

import type { Answered } from './arms';
import { shuffle, type AskedQuestion } from './questions';
import type { Scored } from './score';

const examples = { count: 10, seed: 10 };

export function exampleLines(
  questions: readonly AskedQuestion[],
  answers: ReadonlyMap<string, Answered>,
  rows: readonly Scored[],
): string[] {
  // Others' questions stay where they come from.
  const given = questions.filter(({ id, isOwn }) => isOwn && answers.has(id));
  const chosen = shuffle(given, examples.seed).slice(0, examples.count);
  if (chosen.length === 0) return [];
  return [
    `## ${chosen.length} answers of the product, unedited`,
    '',
    'Chosen by a seed among the questions of `bench/questions`, with and without an answer.',
    '',
    ...chosen.flatMap((question) => {
      const row = rows.find(({ id, arm }) => id === question.id && arm === 'ours')!;
      return example(question, answers.get(question.id)!, row);
    }),
  ];
}

function example({ id, question, answerable }: AskedQuestion, answered: Answered, row: Scored): string[] {
  const { answer, sentences } = answered;
  const cited = [
    ...new Set(
      sentences.flatMap((sentence) =>
        sentence.cited.map(({ path, startLine, endLine }) => `\`${path}:${startLine}-${endLine}\``),
      ),
    ),
  ];
  return [
    `### ${id}: ${question}`,
    '',
    fenced(answer),
    '',
    `- ${verdict(answerable, row)}`,
    `- cites ${cited.length === 0 ? 'nothing' : cited.join(', ')}`,
    '',
  ];
}

function verdict(answerable: boolean, { abstained, factsSaid, factsMissing }: Scored): string {
  if (!answerable) return abstained ? 'rightly refused' : 'has no answer in the repository, and was answered';
  if (abstained) return 'wrongly refused';
  const code = (facts: readonly string[]): string => facts.map((fact) => `\`${fact}\``).join(', ') || 'none';
  return `key facts said: ${code(factsSaid)}; missing: ${code(factsMissing)}`;
}

/** In a fence that is longer than any the answer holds, so that nothing of it is read as markup. */
export function fenced(answer: string): string {
  const longest = Math.max(2, ...(answer.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${answer}\n${fence}`;
}
