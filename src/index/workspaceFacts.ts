/** What is known of the workspace and the server, for the surfaces that tell it. */

import type { StatusResult } from '../../protocol/messages';
import type { ConnectionState } from '../connection';
import type { IndexState } from './state';

export type WorkspaceKind = 'none' | 'virtual' | 'local';

export interface WorkspaceFacts {
  workspace: WorkspaceKind;
  isTrusted: boolean;
  connection: ConnectionState;
  index: IndexState;
  /** Null until the server has told it. */
  status: StatusResult | null;
  model: ModelState;
}

/** `getting` and `paused` are states of the fetch, which only the client knows. */
export type ModelState = 'unknown' | 'ready' | 'missing' | 'getting' | 'paused' | 'failed';

/** Words that stand for a number in what people read. */
export interface Language {
  /** Of the editor, such as `en` or `de`. */
  language: string;
}
