import type { AnswerResult } from '../../protocol/messages';
import { noteOf } from '../../protocol/notes';
import type { Translate } from './translate';

/** A result with what the server said beside it in the language of the editor; what the model said stays. Pure. */
export function inOwnWords<Result extends AnswerResult>(result: Result, t: Translate): Result {
  const { notes, answer, abstained } = result;
  return {
    ...result,
    notes: notes.map((said) => translated(said, t)),
    answer: abstained ? translated(answer, t) : answer,
  };
}

function translated(said: string, t: Translate): string {
  const found = noteOf(said);
  return found ? t(found.text, ...found.values) : said;
}
