/** What can be done with an answer, in a real VS Code: its numbers, copies, changes, and what is asked next. */

import { beforeAll, describe, expect, it } from 'vitest';
import { VsCodeHost } from '../host/vsCodeHost';
import type { Webview } from '../host/webview';
import { greetWorkspace } from '../host/workspaces';
import { askAndWait, openPanel, patience } from './askView';

const question = 'Which text does greet return?';
const quoted = 'def greet(name):\n    """Say hello."""\n    return "hello " + name';

let host: VsCodeHost;
let view: Webview;
beforeAll(async () => {
  host = await VsCodeHost.launch({ workspace: greetWorkspace, theme: 'light' });
  view = await openPanel(host);
  await askAndWait(view, question);
  return () => host.close();
});

const clipboard = (): Promise<string> => host.inHost.evaluate((vscode) => vscode.env.clipboard.readText());

async function press(name: string): Promise<void> {
  await view.locator('.turn').last().getByRole('button', { name, exact: true }).click();
}

describe('an answer', () => {
  it('shows the lines of a number that is pointed at, and opens exactly them', async () => {
    const number = view.locator('button.citation[aria-label*="greet.py"]').first();
    await number.hover();
    await view.locator('.quote:not([hidden])').waitFor(patience);
    expect(await view.locator('.quote .quoted-line').allInnerTexts()).toHaveLength(3);
    expect(await view.locator('.quote').innerText()).toContain('greet.py:1-3');
    await number.click();
    await expect.poll(async () => (await host.workbench.editor())?.selectedText, patience).toBe(quoted);
    expect((await host.workbench.editor())?.selection).toMatchObject({
      startLine: 1,
      startColumn: 1,
      endLine: 3,
      endColumn: 27,
    });
  });

  it('is copied, with its sources and without', async () => {
    await press('Copy answer');
    await expect.poll(clipboard, patience).not.toBe('');
    const plain = await clipboard();
    expect(plain).not.toContain('[1]');
    await press('Copy with citations');
    await expect.poll(clipboard, patience).toContain('[greet.py#L1-L3](./greet.py#L1-L3)');
    expect(await clipboard()).toContain('[1]');
  });

  it('tells what each of its sources carries, once that is asked', async () => {
    await press('Check the sources');
    const details = view.locator('.sources .place-detail');
    await details.first().waitFor(patience);
    const told = await details.allInnerTexts();
    expect(told).toHaveLength(await view.locator('.sources .place').count());
    for (const text of told) expect(text).toMatch(/clearly used|used a little|hardly used/);
    expect(await view.locator('.sources .place').first().getAttribute('title')).toMatch(
      /With these lines each word of the sentence is \d+\.\d\d times as likely/,
    );
    const turn = view.locator('.turn').last();
    expect(await turn.getByRole('status').innerText()).toBe('The sources are checked.');
    // Whoever pressed it by the keyboard is still there.
    expect(await view.locator(':focus').getAttribute('aria-label')).toBe('Check the sources');
    expect(await view.locator('.notice.warning').count()).toBe(0);
  });

  it('is followed by a question that refers back to it', async () => {
    await askAndWait(view, 'And who is that?');
    expect(await view.locator('.turn').count()).toBe(2);
    expect(await view.locator('.turn').last().locator('.answer').innerText()).not.toBe('');
    expect(await view.locator('.notice.error').count()).toBe(0);
  });

  it('is made anew of a question that was changed', async () => {
    await view.locator('.turn').last().hover();
    await press('Edit the question');
    await view.locator('.edit-question textarea').fill('Who is greeted by name?');
    await view.locator('.edit-question textarea').press('Enter');
    await view
      .locator('.turn')
      .filter({ hasText: 'Who is greeted by name?' })
      .locator('.read-line')
      .waitFor(patience);
    const questions = await view.locator('.question h2').allInnerTexts();
    expect(questions.map((text) => text.split('\n').at(-1))).toEqual([
      expect.stringContaining(question),
      expect.stringContaining('Who is greeted by name?'),
    ]);
  });
});

describe('the view', () => {
  it('keeps thread, draft and scope in the secondary side bar', async () => {
    await view.locator('.composer textarea').fill('Half a question');
    await view.locator('.scope-chip').click();
    await view.locator('[role=menuitemradio]').filter({ hasText: 'Open editors' }).click();
    await host.inHost.evaluate((vscode) => {
      void vscode.commands.executeCommand('workbench.action.moveFocusedView', 'landmark.ask');
    });
    await host.workbench.quickInput.input.waitFor();
    await host.workbench.quickInput.pick('New Secondary Side Bar Entry');
    await host.page.locator('.part.auxiliarybar').waitFor();
    await view.locator('.turn').first().waitFor(patience);
    await expect.poll(() => view.locator('.turn').count(), patience).toBe(2);
    expect(await view.locator('.composer textarea').inputValue()).toBe('Half a question');
    expect(await view.locator('.scope-chip').innerText()).toContain('Open editors');
    const bar = (await host.page.locator('.part.auxiliarybar').boundingBox())!;
    const input = (await view.locator('.composer textarea').boundingBox())!;
    expect(input.x).toBeGreaterThan(bar.x);
    await host.workbench.screenshot('ask-secondary-side-bar-light');
  });
});
