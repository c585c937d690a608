import type { Turn } from '../../../protocol/messages';
import { limits } from './limits';
import type { AskState, Thread, ThreadTurn } from './state';

/** Threads in which every word of the query stands, in the title, a question or an answer. */
export function searchThreads(threads: readonly Thread[], query: string): Thread[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return threads.filter((thread) => {
    const text = [thread.title, ...thread.turns.flatMap((turn) => [turn.question, turn.text])]
      .join('\n')
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** What was asked before, latest first and each once: the up arrow goes through it. */
export function questionHistory({ threads, activeThreadId }: AskState): string[] {
  const active = threads.filter(({ id }) => id === activeThreadId);
  const others = threads.filter(({ id }) => id !== activeThreadId);
  const questions = [...active, ...others].flatMap(({ turns }) =>
    turns.map(({ question }) => question).reverse(),
  );
  return [...new Set(questions)].slice(0, limits.history);
}

/** The turns before one that the server is told of, oldest first. */
export function earlierTurns(thread: Thread | undefined, before: string | null): Turn[] {
  if (!thread) return [];
  const at = thread.turns.findIndex(({ id }) => id === before);
  const earlier = at < 0 ? thread.turns : thread.turns.slice(0, at);
  return earlier
    .filter((turn) => turn.text.trim() !== '' && !turn.abstained && isSettled(turn))
    .slice(-limits.threadTurns)
    .map(({ question, text }) => ({ question, answer: text }));
}

function isSettled({ status }: ThreadTurn): boolean {
  return status === 'answered' || status === 'stopped';
}
