/** `@landmark` where the editor has a chat. */

import { beforeAll, describe, expect, it } from 'vitest';
import { VsCodeHost } from './host/vsCodeHost';
import { greetWorkspace } from './host/workspaces';

const patience = { timeout: 60_000, interval: 250 };

describe('the chat', () => {
  let host: VsCodeHost;
  beforeAll(async () => {
    host = await VsCodeHost.launch({ workspace: greetWorkspace, theme: 'dark', chat: 'present' });
    return () => host.close();
  });
  const response = (): ReturnType<typeof host.page.locator> =>
    host.page.locator('.interactive-response').last();

  it('answers as @landmark, with the lines that were read', async () => {
    await host.workbench.executeCommand('workbench.action.chat.open', {
      query: '@landmark What does greet return?',
    });
    await expect.poll(() => response().innerText(), patience).toContain('greet.py');
    await host.workbench.screenshotInThemes('chat-answered');
  });

  it('opens the file of a place that was cited', async () => {
    await response().locator('.chat-inline-anchor-widget', { hasText: 'greet.py' }).first().click();
    await expect.poll(async () => (await host.workbench.editor())?.uri, patience).toContain('greet.py');
  });

  it('takes a second question as a follow-up, and can be asked of what is not there', async () => {
    await host.workbench.executeCommand('workbench.action.chat.open', {
      query: '@landmark And who is that?',
    });
    await expect.poll(() => host.page.locator('.interactive-response').count(), patience).toBe(2);
    await expect.poll(() => response().innerText(), patience).toMatch(/greet\.py|README\.md|workspace/);
  });

  it('asks nothing of any other machine', () => {
    expect(host.foreignRequests).toEqual([]);
  });
});
