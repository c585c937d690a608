/** The harness itself: that its helpers see what is there, and record what must not happen. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { VsCodeHost } from './host/vsCodeHost';
import { greetWorkspace } from './host/workspaces';

describe('the page object', () => {
  let host: VsCodeHost;
  beforeAll(async () => {
    host = await VsCodeHost.launch({ workspace: greetWorkspace, settings: { 'editor.fontSize': 15 } });
    return () => host.close();
  });

  it('reads and answers notifications', async () => {
    const answer = host.inHost.evaluate((vscode) =>
      vscode.window.showInformationMessage('Tea or coffee?', 'Tea', 'Coffee'),
    );
    await host.workbench.notification('Tea or coffee?').waitFor();
    expect(await host.workbench.notifications()).toEqual([
      { message: 'Tea or coffee?', buttons: ['Tea', 'Coffee'] },
    ]);
    await host.workbench.clickNotification('Tea or coffee?', 'Coffee');
    expect(await answer).toBe('Coffee');
  });

  it('reads the status bar', async () => {
    await host.inHost.evaluate((vscode) => {
      const item = vscode.window.createStatusBarItem('probe', vscode.StatusBarAlignment.Left);
      item.text = '$(check) Probed';
      item.accessibilityInformation = { label: 'The probe is done' };
      item.show();
    });
    await host.workbench.statusItem('landmark-tests.driver.probe').waitFor();
    const items = await host.workbench.statusItems();
    expect(items).toContainEqual({
      id: 'landmark-tests.driver.probe',
      text: expect.stringContaining('Probed') as string,
      label: 'The probe is done',
    });
  });

  it('opens, reads and hovers in an editor', async () => {
    const path = host.path('greet.py');
    await host.inHost.evaluate((vscode) => {
      vscode.languages.registerHoverProvider('python', {
        provideHover: () => new vscode.Hover('A **greeting**'),
      });
    });
    await host.workbench.openFile(path, 3, 5);
    expect((await host.workbench.editor())?.selection).toMatchObject({ startLine: 3, startColumn: 5 });
    const hover = await host.workbench.hover(path, 1, 6);
    expect(await hover.innerText()).toContain('A greeting');
  });

  it('knows a file of the folder as one', async () => {
    await host.workbench.openFile(host.path('greet.py'));
    const breadcrumbs = host.page.locator('.breadcrumbs-control .monaco-breadcrumb-item');
    await expect.poll(() => breadcrumbs.first().innerText()).toBe('greet.py');
  });

  it('reads a tree and opens its rows', async () => {
    await host.inHost.evaluate(async (vscode) => {
      const children: Record<string, string[]> = { '': ['animals'], animals: ['cat', 'dog'] };
      vscode.window.registerTreeDataProvider('driver.tree', {
        getChildren: (element?: string) => children[element ?? ''] ?? [],
        getTreeItem: (element: string) => {
          const state = vscode.TreeItemCollapsibleState[element === 'animals' ? 'Collapsed' : 'None'];
          return Object.assign(new vscode.TreeItem(element, state), { description: `a ${element}` });
        },
      });
      await vscode.commands.executeCommand('setContext', 'driver.showsTree', true);
      await vscode.commands.executeCommand('driver.tree.focus');
    });
    const tree = host.workbench.tree('Driver');
    await tree.row('animals').waitFor();
    await tree.toggle('animals');
    await tree.row('dog').waitFor();
    expect(await tree.rows()).toMatchObject([
      { label: 'animals', description: 'a animals', level: 1, isExpanded: true },
      { label: 'cat', level: 2, isExpanded: undefined },
      { label: 'dog', level: 2 },
    ]);
  });

  it('reaches into a webview and judges its accessibility', async () => {
    await writeFile(host.path('probe.css'), 'h1 { color: rgb(1, 2, 3); }');
    await host.inHost.evaluate((vscode, path) => {
      const panel = vscode.window.createWebviewPanel('probe', 'Probe', vscode.ViewColumn.One, {
        enableScripts: true,
      });
      const { cspSource } = panel.webview;
      const style = panel.webview.asWebviewUri(vscode.Uri.file(path)).toString();
      panel.webview.html =
        '<!DOCTYPE html><html lang="en"><head><title>Probe</title>' +
        `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${cspSource}">` +
        `<link rel="stylesheet" href="${style}"></head>` +
        '<body><main><h1>A probe</h1><button></button></main></body></html>';
    }, host.path('probe.css'));
    const webview = host.workbench.webview({ extensionId: 'landmark-tests.driver' });
    expect(await webview.locator('h1').innerText()).toBe('A probe');
    const color = webview.locator('h1').evaluate((h1: unknown) => {
      const { getComputedStyle } = globalThis as unknown as {
        getComputedStyle: (of: unknown) => { color: string };
      };
      return getComputedStyle(h1).color;
    });
    expect(await color).toBe('rgb(1, 2, 3)');
    expect((await webview.accessibilityViolations()).map(({ id }) => id)).toEqual(['button-name']);
  });

  it('runs where the settings say, and starts anew on a reload', async () => {
    const fontSize = (): Promise<unknown> =>
      host.inHost.evaluate((vscode) => vscode.workspace.getConfiguration('editor').get('fontSize'));
    expect(await fontSize()).toBe(15);
    await host.workbench.setSetting('editor.fontSize', 17);
    await host.reload();
    expect(await fontSize()).toBe(17);
    expect(host.consoleErrors).toEqual([]);
  });

  it('records what is asked of other machines, and lets none of it through', async () => {
    expect(host.foreignRequests).toEqual([]);
    const outcome = await host.page.evaluate(() =>
      fetch('https://example.invalid/probe').then(
        () => 'answered',
        () => 'refused',
      ),
    );
    expect(outcome).toBe('refused');
    expect(host.foreignRequests).toEqual(['https://example.invalid/probe']);
  });
});

describe('a workspace', () => {
  it('of several folders can be opened, untrusted', async () => {
    const root = mkdtempSync(join(tmpdir(), 'landmark-folders-'));
    onTestFinished(() => {
      rmSync(root, { recursive: true });
    });
    const file = join(root, 'two.code-workspace');
    for (const name of ['first', 'second']) mkdirSync(join(root, name));
    writeFileSync(file, JSON.stringify({ folders: [{ path: 'first' }, { path: 'second' }] }));
    const host = await VsCodeHost.launch({ workspace: file, trust: 'asked' });
    try {
      const seen = await host.inHost.evaluate((vscode) => ({
        folders: vscode.workspace.workspaceFolders?.map(({ name }) => name),
        isTrusted: vscode.workspace.isTrusted,
      }));
      expect(seen).toEqual({ folders: ['first', 'second'], isTrusted: false });
    } finally {
      await host.close();
    }
  });
});
