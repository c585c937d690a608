/** Asking about one folder: from the explorer, and from the panel. */

import { beforeAll, describe, expect, it } from 'vitest';
import { VsCodeHost } from '../host/vsCodeHost';
import type { Webview } from '../host/webview';
import { greetWorkspace } from '../host/workspaces';
import { askAndWait, openPanel, patience } from './askView';

let host: VsCodeHost;
let view: Webview;
beforeAll(async () => {
  const greet = greetWorkspace.files['greet.py']!;
  host = await VsCodeHost.launch({
    workspace: {
      name: 'greetings',
      files: { 'src/polite/greet.py': greet, 'tests/greet_test.py': greet, 'README.md': '# Greetings\n' },
    },
    theme: 'light',
  });
  view = host.workbench.webview({ purpose: 'webviewView' });
  return () => host.close();
});

const scope = (): Promise<string> => view.locator('.scope-chip').innerText();

describe('a folder', () => {
  it('is asked about from its menu in the explorer', async () => {
    await host.workbench.executeCommand('workbench.view.explorer');
    const { page } = host;
    await page
      .locator('.explorer-folders-view .monaco-list-row', { hasText: 'tests' })
      .click({ button: 'right' });
    await page.locator('.monaco-menu .action-item', { hasText: 'Landmark' }).last().hover();
    const entry = page.locator('.monaco-menu .action-item', { hasText: 'Ask About This Folder' }).last();
    // A menu that has just come up takes no click: it could be the one that opened it.
    await expect
      .poll(async () => {
        if (await entry.isVisible()) await entry.click();
        return page.locator('.monaco-menu').count();
      }, patience)
      .toBe(0);
    await expect.poll(scope, patience).toContain('Folder tests');
    await expect.poll(() => view.locator('.composer textarea:focus').count(), patience).toBe(1);
    await askAndWait(view, 'What does greet return?');
    expect(await view.locator('.scope-asked').innerText()).toBe('Folder tests');
    expect(await view.locator('.places .place').allInnerTexts()).toEqual(['1greet_test.py:1-3 tests']);
  });

  it('is chosen in the panel among all folders of the workspace', async () => {
    await openPanel(host);
    await view.locator('.scope-chip').click();
    await view.locator('[role=menuitem]').click();
    await host.workbench.quickInput.type('pol');
    await expect.poll(() => host.workbench.quickInput.choices(), patience).toEqual(['polite']);
    await host.workbench.screenshot('ask-choose-folder-light');
    await host.workbench.quickInput.pick('polite');
    await expect.poll(scope, patience).toContain('Folder src/polite');
    await view.locator('.scope-chip').click();
    expect(await view.locator('[aria-checked=true]').innerText()).toContain('src/polite');
  });

  it('that lies elsewhere is refused', async () => {
    await host.inHost.evaluate((vscode) => {
      void vscode.commands.executeCommand('landmark.ask.folder', vscode.Uri.file('/'));
    });
    await host.workbench.notification('not part of the workspace').waitFor();
  });
});
