/** What an answer read, outside of the panel: as a tree, and as heat in the explorer. */

import { beforeAll, describe, expect, it } from 'vitest';
import { VsCodeHost } from '../host/vsCodeHost';
import { greetWorkspace } from '../host/workspaces';
import { askAndWait, openPanel, patience } from './askView';

/** One line that takes several blocks, as paragraphs of Markdown do. */
const paragraph = Array.from(
  { length: 12 },
  (_, i) => `The greeting number ${i} says hello to whoever is named, and it is said once a day at noon.`,
).join(' ');

let host: VsCodeHost;
beforeAll(async () => {
  host = await VsCodeHost.launch({
    workspace: {
      name: 'greetings',
      files: { ...greetWorkspace.files, 'GUIDE.md': `# Guide\n\n${paragraph}\n` },
    },
    theme: 'dark',
  });
  await host.workbench.executeCommand('workbench.view.explorer');
  await explorerRow('GUIDE.md').waitFor();
  const view = await openPanel(host);
  await askAndWait(view, 'To whom is the greeting said at noon?');
  return () => host.close();
});

function explorerRow(name: string) {
  return host.page.locator('.explorer-folders-view .monaco-list-row', { hasText: name });
}

/** The badge is drawn by a style alone. */
async function badge(name: string): Promise<string> {
  const label = explorerRow(name).locator('.monaco-icon-label').first();
  return label.evaluate((element) => {
    interface Styles {
      getComputedStyle(element: unknown, pseudo: string): { content: string };
    }
    return (globalThis as unknown as Styles).getComputedStyle(element, '::after').content;
  });
}

describe('the tree of what was read', () => {
  it('lists every block of a line that takes several', async () => {
    const view = host.workbench.webview({ purpose: 'webviewView' });
    await view.locator('.read-line').click();
    await host.workbench.tree('Read').row('GUIDE.md').waitFor();
    const labels = async (): Promise<string[]> =>
      (await host.workbench.tree('Read').rows()).map(({ label }) => label);
    await expect
      .poll(async () => (await labels()).filter((label) => label === 'Line 3').length, patience)
      .toBeGreaterThan(1);
    expect(await host.workbench.notifications()).toEqual([]);
  });

  it('opens a block with its lines selected', async () => {
    await host.workbench.tree('Read').row('Line 3').click();
    await expect.poll(async () => (await host.workbench.editor())?.selectedText, patience).toBe(paragraph);
  });
});

describe('the explorer', () => {
  it('marks the files that were read by their number of blocks', async () => {
    await host.workbench.executeCommand('workbench.view.explorer');
    await expect.poll(() => badge('GUIDE.md'), patience).toMatch(/^"[2-9]"$/);
    const hint = host.page.locator('.monaco-hover', { hasText: /The answer read [2-9] blocks of it/ });
    // A pointer that stands there already shows nothing.
    const hover = async (): Promise<number> => {
      await host.page.mouse.move(900, 500);
      await explorerRow('GUIDE.md').hover();
      await host.page.waitForTimeout(1_500);
      return hint.count();
    };
    await expect.poll(hover, patience).toBeGreaterThan(0);
    await host.workbench.screenshot('ask-read-files-dark');
  });

  it('does not where the setting says so', async () => {
    await host.workbench.setSetting('landmark.explorer.showReadFiles', false);
    await expect.poll(() => badge('GUIDE.md'), patience).toBe('none');
    await host.workbench.setSetting('landmark.explorer.showReadFiles', true);
    await expect.poll(() => badge('GUIDE.md'), patience).toMatch(/^"[2-9]"$/);
  });

  it('forgets them with a new thread', async () => {
    await host.workbench.executeCommand('landmark.thread.new');
    await host.workbench.executeCommand('workbench.view.explorer');
    await expect.poll(() => badge('GUIDE.md'), patience).toBe('none');
  });
});
