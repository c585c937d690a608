/** The Ask panel in a real VS Code: from the question to the selected lines, and what stays after a reload. */

import { writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Webview } from '../host/webview';
import { themes, type Theme } from '../host/profile';
import { VsCodeHost } from '../host/vsCodeHost';
import { greetWorkspace } from '../host/workspaces';
import { askAndWait, patience, violations } from './askView';

const question = 'What does greet return?';

let host: VsCodeHost;
let view: Webview;
beforeAll(async () => {
  host = await VsCodeHost.launch({ workspace: greetWorkspace, theme: 'dark' });
  view = host.workbench.webview({ purpose: 'webviewView' });
  return () => host.close();
});

describe('the panel', () => {
  it('opens with examples and the input focused', async () => {
    await host.workbench.executeCommand('landmark.ask');
    await view.locator('.examples').waitFor();
    await expect.poll(() => view.locator('textarea:focus').count()).toBe(1);
    await host.workbench.screenshot('ask-empty-dark');
    expect(await violations(view)).toEqual([]);
  });

  it('answers', async () => {
    await askAndWait(view, question);
    expect(await view.locator('.turn').count()).toBe(1);
  });

  it('opens a citation with exactly its lines selected', async () => {
    await view.locator('.places.sources .place').filter({ hasText: 'greet.py' }).first().click();
    await expect
      .poll(async () => (await host.workbench.editor())?.selectedText, patience)
      .toBe('def greet(name):\n    """Say hello."""\n    return "hello " + name');
    await host.workbench.screenshot('ask-cited-dark');
    expect(await violations(view)).toEqual([]);
  });

  it.each(Object.keys(themes) as Theme[])('is pictured in the theme %s', async (theme) => {
    await host.workbench.setTheme(theme);
    await view.locator('.place').first().hover();
    expect(await violations(view)).toEqual([]);
    await host.workbench.screenshot(`ask-answered-${theme}`);
  });

  it('shows what was read as a tree', async () => {
    await host.workbench.setTheme('dark');
    await view.locator('.read-line').click();
    const tree = host.workbench.tree('Read');
    await tree.row('greet.py').waitFor();
    const rows = await tree.rows();
    expect(rows.map(({ label }) => label)).toEqual(expect.arrayContaining(['greet.py', 'Lines 1-3']));
    await host.workbench.screenshot('ask-read-dark');
  });

  it('tells why a file was not read', async () => {
    await view.locator('.turn').first().getByRole('button', { name: 'Why not this file?' }).click();
    await host.workbench.quickInput.type('READ');
    await host.workbench.quickInput.pick('README.md');
    await view.locator('.why-not').filter({ hasText: 'README.md' }).waitFor(patience);
  });

  it('offers to ask again where a file has changed', async () => {
    writeFileSync(host.path('greet.py'), 'print("else")\n');
    await expect
      .poll(async () => {
        await view.locator('.places.sources .place').filter({ hasText: 'greet.py' }).first().click();
        return view.locator('.notice.warning').allInnerTexts();
      }, patience)
      .toEqual(expect.arrayContaining([expect.stringContaining('greet.py was changed since it was read.')]));
    await host.workbench.screenshot('ask-changed-dark');
  });

  it('keeps its threads over a reload', async () => {
    await askAndWait(view, 'And who is greeted?');
    expect(await view.locator('.turn').count()).toBe(2);
    await host.reload();
    await host.workbench.executeCommand('landmark.ask');
    await expect.poll(() => view.locator('.question h2').allInnerTexts(), patience).toHaveLength(2);
    expect(await view.locator('.question h2').first().textContent()).toContain(question);
  });

  it('lists its threads and begins another one', async () => {
    await host.workbench.executeCommand('landmark.thread.new');
    await view.locator('.examples').waitFor();
    await host.workbench.executeCommand('landmark.thread.list');
    await view.locator('.thread-open').click();
    await expect.poll(() => view.locator('.turn').count()).toBe(2);
  });

  it('shows the same in an editor', async () => {
    await host.workbench.executeCommand('landmark.ask.openInEditor');
    const editor = host.page
      .frameLocator('iframe.webview.ready[src*="extensionId=landmark.landmark"]:not([src*="purpose="])')
      .frameLocator('#active-frame');
    await editor.locator('.turn').first().waitFor(patience);
    await host.workbench.screenshot('ask-editor-dark');
    expect(await host.workbench.tabs()).toContain(`Ask: ${question}`);
  });

  it('asks nothing of any other machine', () => {
    // The page's own files have an address of this form, which the window's service worker answers.
    const ownFile =
      /^https:\/\/[\w.+-]+\.vscode-resource\.vscode-cdn\.net\/.*\/dist\/(ask\.(js|css)|codicon\.ttf)(\?|$)/;
    expect(host.foreignRequests.filter((url) => !ownFile.test(url))).toEqual([]);
    expect(host.consoleErrors).toEqual([]);
  });
});
