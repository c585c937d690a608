/** What an answer read, outside of the panel: as a tree. */

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
  const view = await openPanel(host);
  await askAndWait(view, 'To whom is the greeting said at noon?');
  return () => host.close();
});

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
