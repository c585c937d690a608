/** Threads as they are kept between two runs of the editor. */

import { limits } from './limits';
import { asInterrupted, latestFirst } from './reducer';
import type { AskState, Thread } from './state';

export interface StoredThreads {
  version: 1;
  activeThreadId: string | null;
  threads: Thread[];
}

/** What is stored, within the limits: the active thread and the latest ones. */
export function toStored({ threads, activeThreadId }: AskState): StoredThreads {
  const kept: Thread[] = [];
  let chars = 0;
  const active = threads.filter(({ id }) => id === activeThreadId);
  for (const thread of [...active, ...threads.filter(({ id }) => id !== activeThreadId)]) {
    const fitting = fittingTurns(thread, limits.storedChars - chars);
    if (!fitting || kept.length >= limits.threads) break;
    kept.push(fitting.thread);
    chars += fitting.chars;
  }
  return { version: 1, activeThreadId, threads: latestFirst(kept) };
}

/** A thread with its latest turns that fit; undefined where none does. */
function fittingTurns(thread: Thread, room: number): { thread: Thread; chars: number } | undefined {
  const turns = [];
  let chars = JSON.stringify({ ...thread, turns: [] }).length;
  for (const turn of thread.turns.slice(-limits.turns).reverse()) {
    const more = JSON.stringify(turn).length + 1;
    if (chars + more > room) break;
    chars += more;
    turns.unshift(turn);
  }
  return turns.length === 0 ? undefined : { thread: { ...thread, turns }, chars };
}

/** What was stored, or nothing where another version or something else wrote it. */
export function fromStored(stored: unknown): Pick<AskState, 'threads' | 'activeThreadId'> {
  const nothing = { threads: [], activeThreadId: null };
  if (typeof stored !== 'object' || stored === null) return nothing;
  const { version, threads, activeThreadId } = stored as Partial<StoredThreads>;
  if (version !== 1 || !Array.isArray(threads)) return nothing;
  const whole = threads.filter(isThread).map(asInterrupted).slice(0, limits.threads);
  const isKnown = whole.some(({ id }) => id === activeThreadId);
  return { threads: latestFirst(whole), activeThreadId: isKnown ? activeThreadId! : null };
}

function isThread(value: unknown): value is Thread {
  if (typeof value !== 'object' || value === null) return false;
  const { id, title, turns } = value as Partial<Thread>;
  return typeof id === 'string' && typeof title === 'string' && Array.isArray(turns) && turns.every(isTurn);
}

function isTurn(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const turn = value as Record<string, unknown>;
  const lists = ['sentences', 'citations', 'read', 'nearest', 'notes', 'changes', 'whyNot'];
  const objects = ['work', 'scope'];
  return (
    ['id', 'question', 'text', 'status'].every((key) => typeof turn[key] === 'string') &&
    lists.every((key) => Array.isArray(turn[key])) &&
    objects.every((key) => typeof turn[key] === 'object' && turn[key] !== null)
  );
}
