import { addAbortSignal } from 'node:stream';
import { text } from 'node:stream/consumers';
import { failure, Interrupted } from './failures';

/** The question as it was typed after the command, or all of standard input where it is `-`. */
export async function questionFrom(
  command: string,
  words: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  if (words.length === 0) throw failure.questionMissing(command);
  if (words.length > 1 || words[0] !== '-') return words.join(' ');
  try {
    return (await text(addAbortSignal(signal, process.stdin))).replace(/\r?\n$/, '');
  } catch (error) {
    if (signal.aborted) throw new Interrupted();
    throw error;
  }
}
