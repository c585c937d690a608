/** Asking through the tools that other extensions' models use: the whole way to the model and back, without a panel. */

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

  it('asks nothing of any other machine', () => {
    expect(host.foreignRequests).toEqual([]);
    // VS Code logs the call during which the server was killed, which is as it should be.
    expect(host.consoleErrors.filter((text) => !text.includes('The language server went away'))).toEqual([]);
  });
});

describe('the window', () => {
  it.each(Object.keys(themes) as Theme[])('is pictured in the theme %s', async (theme) => {
    await host.workbench.openFile(host.path('greet.py'));
    await host.workbench.setTheme(theme);
    await host.workbench.screenshot(`window-${theme}`);
  });
});
