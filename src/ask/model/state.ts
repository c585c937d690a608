/** What the Ask panel shows. Host and page hold the same state and change it by the same actions. */

import type {
  AnswerResult,
  AnswerSentence,
  BlockHit,
  Citation,
  Coverage,
  ProgressPhase,
  StreamEvent,
  WhyNotResult,
} from '../../../protocol/messages';
import type { CitationStrength } from '../../../protocol/verify';

export interface AskState {
  /** The one used last comes first. */
  threads: Thread[];
  /** Null: a new thread, which begins with its first question. */
  activeThreadId: string | null;
  /** Can be brought back until another one is deleted. */
  deleted: Thread | null;
  environment: Environment;
}

export interface Thread {
  id: string;
  title: string;
  usedAtMs: number;
  turns: ThreadTurn[];
}

/** `interrupted`: the window was closed while the answer came. */
export type TurnStatus = 'working' | 'answered' | 'stopped' | 'interrupted' | 'failed';

/** One question with what came of it. */
export interface ThreadTurn {
  id: string;
  question: string;
  scope: AskedScope;
  status: TurnStatus;
  /** The answer as Markdown. */
  text: string;
  sentences: AnswerSentence[];
  citations: Citation[];
  read: BlockHit[];
  nearest: BlockHit[];
  abstained: boolean;
  notes: string[];
  work: Work;
  failure: Failure | null;
  /** Citations whose lines were looked up again and found to differ. */
  changes: CitationChange[];
  whyNot: WhyNotAnswer[];
  /** How far the answer rests on its sources; absent until that was asked. */
  check?: SourceCheck;
}

/** Each source is left out of what was read, one after the other. */
export type SourceCheck =
  | { state: 'running' }
  | { state: 'done'; strengths: CitationStrength[] }
  | { state: 'failed'; message: string };

/** What the server said about its work so far. */
export interface Work {
  phase: ProgressPhase | null;
  done: number;
  total: number;
  coverage: Coverage | null;
  promptTokens: number | null;
  cachedTokens: number;
  /** That fit the context; absent in a thread that an older version has kept. */
  contextTokens?: number;
  generatedTokens: number;
  firstTokenAtMs: number | null;
  tokensPerSecond: number | null;
  totalMs: number | null;
}

export interface Failure {
  /** `gone`: the server went away in the middle. */
  kind: 'gone' | 'modelMissing' | 'other';
  message: string;
}

/** `moved`: the same lines stand elsewhere in the file; `missing`: there is no such file any more. */
export type CitationState = 'same' | 'moved' | 'changed' | 'missing';

export interface CitationChange {
  n: number;
  state: Exclude<CitationState, 'same'>;
}

export interface WhyNotAnswer {
  path: string;
  result: WhyNotResult;
}

/** Which part of the workspace the next question is about. */
export type ScopeChoice =
  | { kind: 'workspace' }
  | { kind: 'folder'; path: string }
  | { kind: 'openEditors' }
  | { kind: 'currentFile' };

/** A scope as it was when the question was asked, so that asking again asks the same. */
export interface AskedScope {
  choice: ScopeChoice;
  /** Files named with `@`; where there are any, only they are searched. */
  files: string[];
  /** What the server is given; null is the whole workspace. */
  paths: string[] | null;
}

/** What the panel needs to know of the window it stands in. */
export interface Environment {
  folder: 'none' | 'virtual' | 'local';
  isTrusted: boolean;
  model: 'unknown' | 'ready' | 'missing' | 'getting' | 'failed';
  /** Why the model cannot be used. */
  modelProblem: string;
  /** How much of the workspace has landmark keys. */
  index: 'unknown' | 'none' | 'partial' | 'complete';
  /** Folders that can be asked about, each ending on a slash: of several, each; else that of the current file. */
  folders: string[];
  currentFile: string | null;
  openEditors: string[];
}

export type Action =
  | { type: 'asked'; threadId: string; turn: AskedTurn; replaces: string | null; atMs: number }
  | { type: 'streamed'; turnId: string; event: Exclude<StreamEvent, { type: 'token' }> }
  | { type: 'spoken'; turnId: string; text: string; tokens: number; atMs: number }
  | { type: 'answered'; turnId: string; result: AnswerResult }
  | { type: 'stopped'; turnId: string }
  | { type: 'failed'; turnId: string; failure: Failure; nearest?: BlockHit[] }
  | { type: 'citationChecked'; turnId: string; n: number; state: CitationState }
  /** Null: it was stopped. */
  | { type: 'sourcesChecked'; turnId: string; check: SourceCheck | null }
  | { type: 'whyNotAnswered'; turnId: string; answer: WhyNotAnswer }
  | { type: 'threadStarted' }
  | { type: 'threadOpened'; threadId: string }
  | { type: 'threadRenamed'; threadId: string; title: string }
  | { type: 'threadDeleted'; threadId: string }
  | { type: 'threadBroughtBack' }
  | { type: 'deletedForgotten' }
  | { type: 'environmentChanged'; environment: Environment };

export type AskedTurn = Pick<ThreadTurn, 'id' | 'question' | 'scope'>;

export const unknownEnvironment: Environment = {
  folder: 'local',
  isTrusted: true,
  model: 'unknown',
  modelProblem: '',
  index: 'unknown',
  folders: [],
  currentFile: null,
  openEditors: [],
};

export function emptyState(environment: Environment = unknownEnvironment): AskState {
  return { threads: [], activeThreadId: null, deleted: null, environment };
}

export function activeThread(state: AskState): Thread | undefined {
  return state.threads.find(({ id }) => id === state.activeThreadId);
}

export function findTurn(state: AskState, turnId: string): { thread: Thread; turn: ThreadTurn } | undefined {
  for (const thread of state.threads) {
    const turn = thread.turns.find(({ id }) => id === turnId);
    if (turn) return { thread, turn };
  }
  return undefined;
}

/** The turn that is being answered; one at a time, since the model answers one at a time. */
export function workingTurn(state: AskState): ThreadTurn | undefined {
  return state.threads.flatMap(({ turns }) => turns).find(({ status }) => status === 'working');
}
