/** The first minutes: walkthrough, a model that is not there yet, windows without a folder. */

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { repositoryRoot } from '../../oracle/fixtures';
import { themes, type Theme } from '../host/profile';
import { VsCodeHost } from '../host/vsCodeHost';
import { greetWorkspace } from '../host/workspaces';

const patient = { timeout: 30_000, interval: 250 };

describe('a machine without the model', () => {
  let host: VsCodeHost;
  beforeAll(async () => {
    host = await VsCodeHost.launch({ workspace: greetWorkspace, weights: 'missing' });
    return () => host.close();
  });
  const dialog = (): ReturnType<typeof host.page.locator> => host.page.locator('.monaco-dialog-box');
  const run = (command: string): Promise<void> =>
    host.inHost.evaluate((vscode, id) => {
      void vscode.commands.executeCommand(id);
    }, command);

  it('is told in the view, with a way out', async () => {
    await host.workbench.executeCommand('landmark.index.show');
    await expect.poll(() => host.workbench.tree('Index').welcomeText(), patient).toContain('Get the Model');
    await host.workbench.screenshot('first-model-missing');
  });

  it('is shown what the model is before anything is fetched', async () => {
    await run('landmark.model.get');
    await dialog().waitFor();
    const text = await dialog().innerText();
    expect(text).toContain('Its SHA-256 is checked: 6a19a86f');
    expect(text).toContain('Licence: Apache-2.0');
    expect(text).toContain('Landmark uses the network only to get models');
    await host.workbench.screenshot('first-get-model');
  });

  it('takes the model from a file that is already there', async () => {
    await dialog().locator('.monaco-button', { hasText: 'Choose a File' }).click();
    await host.workbench.quickInput.acceptPath(join(repositoryRoot, 'models', 'toy-landmark', 'base.gguf'));
    await host.workbench.notification('The model is ready').waitFor({ timeout: 30_000 });
    await host.workbench.clickNotification('The model is ready', 'Build the Index');
    await dialog().locator('.monaco-button', { hasText: 'Build the Index' }).click();
    const rows = async (): Promise<string[]> =>
      (await host.workbench.tree('Index').rows()).map(({ label }) => label);
    await expect.poll(rows, patient).toContain('Up to date');
  });

  it('gets a larger model that answers, and is told which one does', async () => {
    await host.workbench.executeCommand('notifications.clearAll');
    await run('landmark.model.reader');
    await host.workbench.quickInput.widget.waitFor();
    expect(await host.workbench.quickInput.choices()).toEqual(
      expect.arrayContaining(['Automatic', 'The model that finds', 'toy-reader']),
    );
    await host.workbench.screenshot('first-choose-reader');
    await host.workbench.quickInput.pick('toy-reader');
    await dialog().locator('.monaco-button', { hasText: 'Get the Model' }).click();
    const tree = host.workbench.tree('Index');
    const answers = async (): Promise<string | undefined> => {
      await tree.scrollToEnd();
      return (await tree.rows()).find(({ label }) => label === 'Answers')?.description;
    };
    await expect.poll(answers, patient).toBe('toy-reader');
    await host.workbench.screenshot('first-reader');
  });

  it('verifies and removes it', async () => {
    await run('landmark.model.verify');
    await host.workbench
      .notification('Every file of toy-landmark and toy-reader is as it should be')
      .waitFor({ timeout: 30_000 });
    await run('landmark.model.remove');
    await host.workbench.quickInput.pick('toy-landmark');
    await dialog().locator('.monaco-button', { hasText: 'Remove' }).click();
    await host.workbench.notification('are free again').waitFor({ timeout: 30_000 });
    const view = host.workbench.webview({ purpose: 'webviewView' });
    await view.locator('button').filter({ hasText: 'Get the Model' }).first().waitFor({ timeout: 30_000 });
  });

  it('reads what a report of an issue would say, which holds no path', async () => {
    await host.workbench.executeCommand('landmark.reportIssue');
    const text = (await host.workbench.editor())!.text;
    expect(text).toContain('| Landmark | ');
    expect(text).not.toContain(host.path(''));
  });

  it.each(Object.keys(themes) as Theme[])('sees the walkthrough in the theme %s', async (theme) => {
    await host.workbench.setTheme(theme);
    await host.workbench.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await host.workbench.executeCommand('notifications.clearAll');
    await host.workbench.executeCommand('landmark.openWalkthrough');
    await host.page.locator('.getting-started-step', { hasText: 'Get the model' }).first().waitFor();
    await expect.poll(() => host.page.locator('.getting-started-step').count(), patient).toBe(4);
    await host.workbench.screenshot(`first-walkthrough-${theme}`);
  });

  it('asked nothing of any other machine', () => {
    expect(host.foreignRequests).toEqual([]);
  });
});

describe('a window without a folder', () => {
  it('says what to do', async () => {
    const folder = join(tmpdir(), `landmark-empty-${process.pid}`);
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'none.code-workspace');
    writeFileSync(file, JSON.stringify({ folders: [] }));
    const host = await VsCodeHost.launch({ workspace: file });
    try {
      await host.workbench.executeCommand('landmark.index.show');
      await expect.poll(() => host.workbench.tree('Index').welcomeText(), patient).toContain('Open a folder');
      await host.workbench.screenshot('first-no-folder');
      expect(host.languageServers()).toEqual([]);
    } finally {
      await host.close();
      rmSync(folder, { recursive: true });
    }
  });
});
