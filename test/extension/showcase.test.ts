/** The default model in the editor, over a small shop: what a new user sees. The pictures of the README come from here. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { themes, type Theme } from './host/profile';
import { VsCodeHost } from './host/vsCodeHost';
import type { Webview } from './host/webview';

const shop = join(import.meta.dirname, 'showcase', 'shop');
const files = Object.fromEntries(readdirSync(shop).map((name) => [name, readFileSync(join(shop, name))]));
/** The real model on a machine that may be busy. */
const patience = { timeout: 110_000, interval: 250 };

let host: VsCodeHost;
let view: Webview;
beforeAll(async () => {
  host = await VsCodeHost.launch({
    workspace: { name: 'tea-shop', files },
    model: 'default',
    viewport: { width: 1360, height: 820 },
  });
  view = host.workbench.webview({ purpose: 'webviewView' });
  return () => host.close();
});

async function ask(text: string): Promise<void> {
  const turns = await view.locator('.turn').count();
  await view.locator('textarea').fill(text);
  await view.locator('textarea').press('Enter');
  await view.locator('.turn').nth(turns).locator('.read-line').waitFor(patience);
}

const page = (title: string): Promise<string> =>
  host.inHost.evaluate((vscode, name) => {
    const found = vscode.workspace.textDocuments.find(
      ({ uri }) => uri.scheme === 'landmark' && uri.path.includes(name),
    );
    return found?.getText() ?? '';
  }, title);

describe('the shop', () => {
  it('is indexed when the user agrees', async () => {
    await host.workbench.openFile(host.path('orders.py'), 31);
    await host.workbench.executeCommand('landmark.index.show');
    await host.inHost.evaluate((vscode) => {
      void vscode.commands.executeCommand('landmark.index.build');
    });
    const build = host.page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Build the Index' });
    await build.waitFor();
    await host.workbench.screenshot('showcase-consent');
    await build.click();
    const labels = async (): Promise<string[]> =>
      (await host.workbench.tree('Index').rows()).map(({ label }) => label);
    await expect.poll(labels, patience).toContain('Up to date');
    await host.workbench.screenshot('showcase-index');
  });

  it('answers a question with the lines it read', async () => {
    await host.workbench.executeCommand('landmark.ask');
    await host.workbench.dragSideBar(480);
    await ask('When is shipping free?');
    const turn = view.locator('.turn').last();
    expect(await turn.locator('.answer').innerText()).toMatch(/\b50\b/);
    await turn.locator('.place', { hasText: 'shipping.py' }).first().click();
    await expect
      .poll(async () => (await host.workbench.editor())?.selectedText, patience)
      .toContain('if zone == HOME and total >= FREE_FROM:');
  });

  it.each(Object.keys(themes) as Theme[])('is pictured in the theme %s', async (theme) => {
    await host.workbench.setTheme(theme);
    await view.locator('button.citation').first().hover();
    await view.locator('.quote').waitFor();
    await host.workbench.screenshot(`showcase-ask-${theme}`);
    await host.page.mouse.move(900, 700);
  });

  it('answers a second one in the same thread', async () => {
    await ask('What happens to the stock when an order is cancelled?');
    const turn = view.locator('.turn').last();
    expect(await turn.locator('.answer').innerText()).toMatch(/releas|free again/);
    expect(await turn.locator('.places.sources').innerText()).toMatch(/orders\.py|stock\.py/);
  });

  it('explains a function beside it', async () => {
    await host.workbench.setTheme('light');
    await host.workbench.closeTabs();
    await host.workbench.executeCommand('workbench.action.closeSidebar');
    const hover = await host.workbench.hover(host.path('orders.py'), 31, 6);
    await hover.locator('a', { hasText: 'Explain with Landmark' }).click();
    await expect.poll(() => page('place_order'), patience).toContain('## Sources');
    expect(await page('place_order')).toContain('orders.py');
    await host.workbench.screenshot('showcase-explain');
  });

  it('summarizes a file, every block of it read', async () => {
    await host.workbench.closeTabs();
    await host.workbench.openFile(host.path('stock.py'));
    await host.workbench.executeCommand('landmark.summarize.file');
    await expect.poll(() => page('stock.py'), patience).toMatch(/(\d+) of \1 blocks read/);
    await host.workbench.screenshot('showcase-summary');
  });

  it('is begun with a walkthrough', async () => {
    await host.workbench.closeTabs();
    await host.workbench.executeCommand('landmark.openWalkthrough');
    await host.page.locator('.getting-started-step', { hasText: 'Get the model' }).first().waitFor();
    await host.workbench.screenshot('showcase-walkthrough');
  });

  it('asked nothing of any other machine', () => {
    const ownFile = /^https:\/\/[\w.+-]+\.vscode-resource\.vscode-cdn\.net\/.*\/dist\//;
    expect(host.foreignRequests.filter((url) => !ownFile.test(url))).toEqual([]);
  });
});
