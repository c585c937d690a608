/** A workspace that means harm, in a real VS Code: its text is shown as text, wherever it is shown. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { VsCodeHost } from './host/vsCodeHost';
import type { Webview } from './host/webview';

const patience = { timeout: 60_000, interval: 250 };
const files = {
  'payload.md':
    '# Payload\n\n<img src=x onerror="globalThis.hacked = true"> [click](command:workbench.action.quit)\n' +
    '![](https://example.org/payload.png) \u202epayload\u202c <script>globalThis.hacked = true</script>\n',
  'long.txt': `${'x'.repeat(1_000_000)}\n`,
  '<b>payload<b>.py': 'payload = "[go](command:workbench.action.quit)"\n',
  'call.py':
    'def payload():\n    """[run](command:workbench.action.quit) $(alert) <img src=x>"""\n    return 1\n',
};

let host: VsCodeHost;
let view: Webview;
beforeAll(async () => {
  host = await VsCodeHost.launch({ workspace: { name: 'hostile', files } });
  view = host.workbench.webview({ purpose: 'webviewView' });
  return () => host.close();
});

const isHacked = async (): Promise<boolean> => {
  const frame = await view.frame();
  return frame.evaluate(() => 'hacked' in globalThis);
};

describe('the Ask panel', () => {
  it('quotes it, and has no element of its making', async () => {
    await host.workbench.executeCommand('landmark.ask');
    await view.locator('textarea').fill('What is the payload?');
    await view.locator('textarea').press('Enter');
    await view.locator('.read-line').waitFor(patience);
    const cited = view.locator('button.citation');
    for (let at = 0; at < (await cited.count()); at++) {
      await cited.nth(at).hover();
      const quote = view.locator('.quote:not([hidden])');
      await quote.waitFor();
      expect(await quote.innerText()).not.toMatch(/[\u202a-\u202e]/);
    }
    expect(await view.locator('main').locator('img, script, iframe, a[href^="command"]').count()).toBe(0);
    expect(await isHacked()).toBe(false);
    expect(await host.workbench.notifications()).toEqual([]);
    await host.workbench.screenshot('hostile-ask');
  });

  it('names its files as they are called in the tree of what was read', async () => {
    await host.page.mouse.move(900, 700);
    await view.locator('.read-line').click();
    const labels = async (): Promise<string[]> =>
      (await host.workbench.tree('Read').rows()).map(({ label }) => label);
    await expect.poll(labels, patience).toEqual(expect.arrayContaining(['<b>payload<b>.py']));
  });
});

describe('an explanation', () => {
  it('links to nothing but lines of the workspace', async () => {
    const hover = await host.workbench.hover(host.path('call.py'), 1, 6);
    await hover.locator('a', { hasText: 'Explain with Landmark' }).click();
    const page = (): Promise<string> =>
      host.inHost.evaluate(
        (vscode) =>
          vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === 'landmark')?.getText() ?? '',
      );
    await expect.poll(page, patience).toContain('call.py');
    const targets = await host.inHost.evaluate(async (vscode) => {
      const { uri } = vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === 'landmark')!;
      type Links = { target?: { scheme: string; fsPath: string } }[];
      const links = await vscode.commands.executeCommand<Links>('vscode.executeLinkProvider', uri, 100);
      return links.map(({ target }) => `${target?.scheme}:${target?.fsPath}`);
    });
    expect(targets.filter((target) => !target.startsWith(`file:${host.path('')}`))).toEqual([]);
  });
});

describe('everything of it', () => {
  it('asked nothing of any other machine', () => {
    const ownFile = /^https:\/\/[\w.+-]+\.vscode-resource\.vscode-cdn\.net\/.*\/dist\//;
    expect(host.foreignRequests.filter((url) => !ownFile.test(url))).toEqual([]);
  });
});

describe('a workspace on no disk', () => {
  it('is told so, and starts no server', async () => {
    const folder = join(tmpdir(), `landmark-virtual-${process.pid}`);
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'virtual.code-workspace');
    writeFileSync(file, JSON.stringify({ folders: [{ uri: 'memfs:/nowhere', name: 'nowhere' }] }));
    const virtual = await VsCodeHost.launch({ workspace: file });
    try {
      await virtual.workbench.executeCommand('landmark.index.show');
      await expect
        .poll(() => virtual.workbench.tree('Index').welcomeText(), patience)
        .toContain('not on a disk');
      expect(virtual.languageServers()).toEqual([]);
    } finally {
      await virtual.close();
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a folder that is not trusted', () => {
  it('is asked about, and is not indexed until it is trusted', async () => {
    const stranger = await VsCodeHost.launch({
      workspace: {
        name: 'stranger',
        files: { 'greet.py': 'def greet(name):\n    return "hello " + name\n' },
      },
      trust: 'asked',
    });
    try {
      const panel = stranger.workbench.webview({ purpose: 'webviewView' });
      await stranger.workbench.executeCommand('landmark.ask');
      await panel.locator('textarea').fill('What does greet return?');
      await panel.locator('textarea').press('Enter');
      await panel.locator('.read-line').waitFor(patience);
      await stranger.workbench.executeCommand('workbench.trust.manage');
      await stranger.page
        .locator('.workspace-trust-editor .monaco-button', { hasText: 'Trust' })
        .first()
        .click();
      const welcome = (): Promise<string> => stranger.workbench.tree('Index').welcomeText();
      await stranger.workbench.executeCommand('landmark.index.show');
      await expect.poll(welcome, patience).toContain('Build the Index');
    } finally {
      await stranger.close();
    }
  });
});
