/** The page's end of the line to its host. */

import type { HostMessage, PageMessage } from '../../src/ask/messages';

interface VsCodeApi {
  postMessage(message: PageMessage): void;
  getState(): unknown;
  setState(state: Draft): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** What a page keeps for itself when it is hidden or reloaded. */
export interface Draft {
  text: string;
  files: string[];
}

const api = acquireVsCodeApi();

export function post(message: PageMessage): void {
  api.postMessage(message);
}

export function listen(listener: (message: HostMessage) => void): void {
  window.addEventListener('message', (event: MessageEvent<HostMessage>) => {
    listener(event.data);
  });
}

export function loadDraft(): Draft {
  const saved = api.getState() as Partial<Draft> | null | undefined;
  return { text: saved?.text ?? '', files: saved?.files ?? [] };
}

export function saveDraft(draft: Draft): void {
  api.setState(draft);
}
