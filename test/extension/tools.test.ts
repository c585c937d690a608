/** Asking through the tools that other extensions' models use: the whole way to the model and back, without a panel. */

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { askTool } from './host/askTool';
import { themes, type Theme } from './host/profile';
import { VsCodeHost } from './host/vsCodeHost';
import { greetWorkspace } from './host/workspaces';

let host: VsCodeHost;
beforeAll(async () => {
  host = await VsCodeHost.launch({ workspace: greetWorkspace });
  return () => host.close();
});

describe('the tool that asks', () => {
  it('starts the language server, answers and cites', async () => {
    expect(host.languageServers()).toEqual([]);
    expect(await askTool(host, 'What does greet return?')).toContain('greet.py:1-3');
    expect(host.languageServers()).toHaveLength(1);
  });

  it('answers again after the language server was killed', async () => {
    const [pid] = host.languageServers();
    process.kill(pid!, 'SIGKILL');
    await expect
      .poll(() => askTool(host, 'Who is greeted?').catch(String), { timeout: 30_000 })
      .toContain('greet.py:1-3');
    expect(host.languageServers()).toHaveLength(1);
    expect(host.languageServers()).not.toContain(pid);
  });

  it('reads an editor as it stands, before it is saved', async () => {
    await host.inHost.evaluate(async (vscode, path) => {
      const document = await vscode.workspace.openTextDocument(path);
      const edit = new vscode.WorkspaceEdit();
      edit.insert(
        document.uri,
        new vscode.Position(document.lineCount, 0),
        '\n\ndef zebra():\n    return "stripes"\n',
      );
      await vscode.workspace.applyEdit(edit);
    }, host.path('greet.py'));
    const answer = await askTool(host, 'What does zebra return?');
    expect(answer).toContain('stripes');
    await host.inHost.evaluate(async (vscode, path) => {
      await vscode.window.showTextDocument(vscode.Uri.file(path));
      await vscode.commands.executeCommand('workbench.action.files.revert');
    }, host.path('greet.py'));
  });

  it('asks nothing of any other machine', () => {
    expect(host.foreignRequests).toEqual([]);
    // VS Code logs the call during which the server was killed, which is as it should be.
    expect(host.consoleErrors.filter((text) => !text.includes('The language server went away'))).toEqual([]);
  });
});

describe('the configuration for other programs', () => {
  it('is copied, and starts a server that has the tools and answers', async () => {
    await host.workbench.executeCommand('landmark.mcp.copy');
    await host.workbench.notification('The configuration is copied').waitFor();
    const text = await host.inHost.evaluate((vscode) => vscode.env.clipboard.readText());
    type Configuration = { mcpServers: { landmark: { command: string; args: string[] } } };
    const { landmark } = (JSON.parse(text) as Configuration).mcpServers;
    expect(landmark.args.slice(-3)).toEqual(['mcp', '--root', host.path('.')]);
    const env = { ...(process.env as Record<string, string>), LANDMARK_CACHE: host.profile.cache };
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(new StdioClientTransport({ ...landmark, env }));
    try {
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name)).toEqual(['landmark_search', 'landmark_ask']);
      const found = await client.callTool({ name: 'landmark_search', arguments: { question: 'greet' } });
      expect(JSON.stringify(found.content)).toContain('greet.py:1-3');
    } finally {
      await client.close();
    }
  });
});

describe('the window', () => {
  it.each(Object.keys(themes) as Theme[])('is pictured in the theme %s', async (theme) => {
    await host.workbench.openFile(host.path('greet.py'));
    await host.workbench.setTheme(theme);
    await host.workbench.screenshot(`window-${theme}`);
  });
});
