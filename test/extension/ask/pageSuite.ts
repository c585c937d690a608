/** What suites of the page on its own share: one browser, and pages that end without a fault. */

import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { AskState } from '../../../src/ask/model/state';
import { after, answer, asked } from '../../unit/ask/support/samples';
import { AskPageBrowser, type AskPage, type OpenOptions } from './askPage';

export const question = 'How does Flask push a request context, and who pops it again?';
export const answered = after([asked('t1', question), { type: 'answered', turnId: 't1', result: answer() }]);

export type OpenPage = (state: AskState, options?: OpenOptions) => Promise<AskPage>;

/** Starts the browser for a suite; each test opens one page, which is closed after it and had no errors. */
export function pageSuite(): OpenPage {
  let browser: AskPageBrowser;
  let opened: AskPage | undefined;
  beforeAll(async () => {
    browser = await AskPageBrowser.launch();
  });
  afterEach(async () => {
    expect(opened?.errors).toEqual([]);
    await opened?.close();
    opened = undefined;
  });
  afterAll(async () => {
    await browser.close();
  });
  return async (state, options = {}) => {
    opened = await browser.open({ state, ...options });
    return opened;
  };
}
