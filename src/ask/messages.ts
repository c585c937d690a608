/**
 * Every message between the Ask page and its host: types only. The page holds a copy of the host's state and
 * changes it by the host's actions; it asks for changes by naming turns, threads and numbers that the host knows,
 * never by a path or a command of its own.
 */

import type { Action, AskState, ScopeChoice } from './model/state';
import type { PageStrings } from './strings';

/** A folder of threads may be shown in a view and in an editor at once; each has its own draft. */
export type Surface = 'view' | 'editor';

/** Colours of the theme for code, as CSS colours; what is missing falls back to variables of the editor. */
export type TokenColors = Partial<Record<TokenKind, string>>;
export type TokenKind =
  | 'comment'
  | 'string'
  | 'number'
  | 'keyword'
  | 'function'
  | 'type'
  | 'variable'
  | 'property'
  | 'constant'
  | 'tag'
  | 'attribute'
  | 'regexp'
  | 'inserted'
  | 'deleted';

export type HostMessage =
  /** Answers `ready`. */
  | {
      type: 'init';
      state: AskState;
      seq: number;
      strings: PageStrings;
      language: string;
      colors: TokenColors;
    }
  /** In order. Those up to the number that `init` names are part of its state: a hidden page gets them late. */
  | { type: 'action'; seq: number; action: Action }
  | { type: 'colors'; colors: TokenColors }
  /** Answers `findFiles`. */
  | { type: 'files'; request: number; paths: string[] }
  /** The view's title bar was used. */
  | { type: 'showThreads' }
  /** `text` replaces the draft, and `scope` the part of the workspace that is asked about, where there is one. */
  | { type: 'focusQuestion'; text?: string; scope?: ScopeChoice };

export type PageMessage =
  /** Sent once the page can listen. */
  | { type: 'ready' }
  | { type: 'ask'; question: string; choice: ScopeChoice; files: string[] }
  | { type: 'stop' }
  /**
   * Asks a question of the thread again, changed or not; what followed it is dropped.
   * `anyway`: also where there does not seem to be an answer.
   */
  | { type: 'askAgain'; turnId: string; question?: string; anyway?: boolean }
  | { type: 'openCitation'; turnId: string; n: number }
  /** Its quotation is being shown: does it still stand there? */
  | { type: 'checkCitation'; turnId: string; n: number }
  | { type: 'openHit'; turnId: string; list: 'nearest' | 'whyNotBest' | 'whyNotLast'; at: number }
  | { type: 'showRead'; turnId: string }
  | { type: 'whyNot'; turnId: string }
  | { type: 'checkSources'; turnId: string }
  | { type: 'copyAnswer'; turnId: string; form: 'plain' | 'withCitations' }
  | { type: 'copyText'; text: string }
  | { type: 'findFiles'; request: number; query: string }
  /** Answered by `focusQuestion` where one is chosen. */
  | { type: 'chooseFolder' }
  | { type: 'startThread' }
  | { type: 'openThread'; threadId: string }
  | { type: 'renameThread'; threadId: string; title: string }
  | { type: 'deleteThread'; threadId: string }
  | { type: 'bringThreadBack' }
  | { type: 'forgetDeleted' }
  | { type: 'exportThread'; threadId: string }
  | { type: 'run'; step: Step };

/** What an empty or failed state offers. */
export type Step = 'openFolder' | 'getModel' | 'buildIndex' | 'manageTrust';
