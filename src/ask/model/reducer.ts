import { limits } from './limits';
import { findTurn, type Action, type AskState, type Thread, type ThreadTurn } from './state';
import { shortened } from './text';
import { answered, checked, failed, newTurn, sourcesChecked, spoken, streamed } from './turn';

/** The one way in which the state changes; the same actions give the same state in host and page. */
export function reduce(state: AskState, action: Action): AskState {
  switch (action.type) {
    case 'asked':
      return asked(state, action);
    case 'streamed':
      return changeWorking(state, action.turnId, (turn) => streamed(turn, action.event));
    case 'spoken':
      return changeWorking(state, action.turnId, (turn) =>
        spoken(turn, action.text, action.tokens, action.atMs),
      );
    case 'answered':
      return changeWorking(state, action.turnId, (turn) => answered(turn, action.result));
    case 'stopped':
      return changeWorking(state, action.turnId, (turn) => ({ ...turn, status: 'stopped' }));
    case 'failed':
      return changeWorking(state, action.turnId, (turn) => failed(turn, action.failure, action.nearest));
    case 'citationChecked':
      return changeTurn(state, action.turnId, (turn) => checked(turn, action.n, action.state));
    case 'sourcesChecked':
      return changeTurn(state, action.turnId, (turn) => sourcesChecked(turn, action.check));
    case 'whyNotAnswered':
      return changeTurn(state, action.turnId, (turn) => ({
        ...turn,
        whyNot: [...turn.whyNot.filter(({ path }) => path !== action.answer.path), action.answer].slice(-5),
      }));
    case 'environmentChanged':
      return { ...state, environment: action.environment };
    default:
      return reduceThreads(state, action);
  }
}

type ThreadAction = Extract<Action, { type: `thread${string}` | 'deletedForgotten' }>;

function reduceThreads(state: AskState, action: ThreadAction): AskState {
  switch (action.type) {
    case 'threadStarted':
      return { ...state, activeThreadId: null };
    case 'threadOpened':
      return state.threads.some(({ id }) => id === action.threadId)
        ? { ...state, activeThreadId: action.threadId }
        : state;
    case 'threadRenamed': {
      const title = shortened(action.title, limits.titleChars);
      if (title === '') return state;
      return changeThread(state, action.threadId, (thread) => ({ ...thread, title }));
    }
    case 'threadDeleted': {
      const deleted = state.threads.find(({ id }) => id === action.threadId);
      if (!deleted) return state;
      return {
        ...state,
        threads: state.threads.filter((thread) => thread !== deleted),
        activeThreadId: state.activeThreadId === deleted.id ? null : state.activeThreadId,
        deleted: asInterrupted(deleted),
      };
    }
    case 'threadBroughtBack':
      if (!state.deleted) return state;
      return {
        ...state,
        threads: latestFirst([...state.threads, state.deleted]),
        activeThreadId: state.deleted.id,
        deleted: null,
      };
    case 'deletedForgotten':
      return { ...state, deleted: null };
  }
}

function asked(state: AskState, action: Extract<Action, { type: 'asked' }>): AskState {
  const turn = newTurn(action.turn);
  const known = state.threads.find(({ id }) => id === action.threadId);
  const kept = known ? turnsBefore(known, action.replaces) : [];
  // A thread whose first question was changed is about something else; a title of one's own stays.
  const ownTitle = known && known.title !== titleOf(known.turns[0]) ? known.title : undefined;
  const turns = [...kept, turn].slice(-limits.turns);
  const thread: Thread = {
    id: action.threadId,
    title: ownTitle ?? (kept.length > 0 && known ? known.title : titleOf(turn)),
    usedAtMs: action.atMs,
    turns,
  };
  const others = state.threads.filter(({ id }) => id !== thread.id);
  return {
    ...state,
    threads: latestFirst([thread, ...others]).slice(0, limits.threads),
    activeThreadId: thread.id,
    deleted: null,
  };
}

/** Asking again replaces a question and drops what followed it. */
function turnsBefore(thread: Thread, replaces: string | null): ThreadTurn[] {
  const at = thread.turns.findIndex(({ id }) => id === replaces);
  return at < 0 ? thread.turns : thread.turns.slice(0, at);
}

export function titleOf(turn: Pick<ThreadTurn, 'question'> | undefined): string {
  return shortened(turn?.question ?? '', limits.titleChars);
}

/** Nothing is answering any more: the window was closed, or the thread deleted, in the middle. */
export function asInterrupted(thread: Thread): Thread {
  return {
    ...thread,
    turns: thread.turns.map(({ check, ...turn }) => ({
      ...turn,
      ...(check && check.state !== 'running' && { check }),
      ...(turn.status === 'working' && { status: 'interrupted' as const }),
    })),
  };
}

export function latestFirst(threads: readonly Thread[]): Thread[] {
  return [...threads].sort((left, right) => right.usedAtMs - left.usedAtMs);
}

/** What arrives after a stop is late, and ignored. */
function changeWorking(state: AskState, turnId: string, change: (turn: ThreadTurn) => ThreadTurn): AskState {
  return findTurn(state, turnId)?.turn.status === 'working' ? changeTurn(state, turnId, change) : state;
}

function changeTurn(state: AskState, turnId: string, change: (turn: ThreadTurn) => ThreadTurn): AskState {
  const found = findTurn(state, turnId);
  if (!found) return state;
  return changeThread(state, found.thread.id, (thread) => ({
    ...thread,
    turns: thread.turns.map((turn) => (turn.id === turnId ? change(turn) : turn)),
  }));
}

function changeThread(state: AskState, threadId: string, change: (thread: Thread) => Thread): AskState {
  return {
    ...state,
    threads: state.threads.map((thread) => (thread.id === threadId ? change(thread) : thread)),
  };
}
