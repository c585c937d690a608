/** The page's end of the line to its host. */

import type { HostMessage, PageMessage } from '../../src/ask/messages';
import type { ScopeChoice } from '../../src/ask/model/state';

interface VsCodeApi {
  postMessage(message: PageMessage): void;
  getState(): unknown;
  setState(state: Kept): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** What a page keeps for itself when it is hidden, moved or reloaded. */
export interface Kept {
  draft: { text: string; files: string[] };
  scope: ScopeChoice;
  /** A question of the thread that is being changed. */
  edit: { turnId: string; text: string } | null;
}

export type Draft = Kept['draft'];

const api = acquireVsCodeApi();

export function post(message: PageMessage): void {
  api.postMessage(message);
}

export function listen(listener: (message: HostMessage) => void): void {
  window.addEventListener('message', (event: MessageEvent<HostMessage>) => {
    listener(event.data);
  });
}

export function kept(): Kept {
  const saved = api.getState() as Partial<Kept> | null | undefined;
  return {
    draft: { text: saved?.draft?.text ?? '', files: saved?.draft?.files ?? [] },
    scope: saved?.scope ?? { kind: 'workspace' },
    edit: saved?.edit ?? null,
  };
}

export function keep(change: Partial<Kept>): void {
  api.setState({ ...kept(), ...change });
}
