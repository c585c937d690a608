/** An answer that ends before its time: stopped by hand, or with its server. What was said by then is kept. */

import { beforeAll, describe, expect, it } from 'vitest';
import { VsCodeHost } from '../host/vsCodeHost';
import type { Webview } from '../host/webview';
import { greetWorkspace } from '../host/workspaces';
import { ask, openPanel, patience } from './askView';

let host: VsCodeHost;
let view: Webview;
beforeAll(async () => {
  // The toy has said all it has to say before anyone could stop it.
  host = await VsCodeHost.launch({ workspace: greetWorkspace, model: 'default', theme: 'dark' });
  view = await openPanel(host);
  return () => host.close();
});

/** The loading of a real model on a machine that may be busy. */
const loading = { timeout: 100_000 };
/** Signs may become Markdown, and numbers come, with the text that follows. */
const letters = (text: string): string => text.replaceAll(/[^a-z]/gi, '');
const lastAnswer = () => view.locator('.turn').last().locator('.answer');

async function askUntilText(question: string): Promise<string> {
  const turns = await view.locator('.turn').count();
  await ask(view, question);
  const answer = view.locator('.turn').nth(turns).locator('.answer');
  await answer.waitFor(loading);
  return letters(await answer.innerText());
}

describe('an answer', () => {
  it('that is stopped keeps what it has said, and says that it was stopped', async () => {
    const said = await askUntilText('Explain in detail what greet does, and what it returns.');
    expect(said).not.toBe('');
    await view.locator('.composer').getByRole('button', { name: 'Stop (Escape)' }).click();
    await view.locator('.notice').filter({ hasText: 'Stopped.' }).waitFor(patience);
    const kept = letters(await lastAnswer().innerText());
    expect(kept.startsWith(said)).toBe(true);
    // What the server still had to say does not arrive.
    await host.page.waitForTimeout(1_000);
    expect(letters(await lastAnswer().innerText())).toBe(kept);
    await view.locator('.composer').getByRole('button', { name: 'Ask (Enter)' }).waitFor();
    await host.workbench.screenshot('ask-stopped-dark');
  });

  it('whose server is killed keeps what it has said, and can be asked for again', async () => {
    const said = await askUntilText('Explain in detail what greet says, and to whom.');
    expect(said).not.toBe('');
    process.kill(host.languageServers()[0]!, 'SIGKILL');
    await view.locator('.notice.warning').filter({ hasText: 'What it had said is kept' }).waitFor(patience);
    expect(letters(await lastAnswer().innerText()).startsWith(said)).toBe(true);
    await host.workbench.screenshot('ask-server-gone-dark');
    await view.locator('.notice.warning').getByRole('button', { name: 'Ask again' }).click();
    await view.locator('.turn').last().locator('.work, .answer').first().waitFor(patience);
    // The turn of before has an answer too, so what shows that it is asked anew is that this notice goes.
    await expect.poll(() => view.locator('.notice.warning').count(), patience).toBe(0);
    await view.locator('.turn').last().locator('.read-line').waitFor(loading);
    expect(await view.locator('.turn').count()).toBe(2);
  });
});
