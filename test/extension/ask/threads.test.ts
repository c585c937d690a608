/** Threads in a real VS Code: renamed, searched, exported, deleted and brought back. */

import { beforeAll, describe, expect, it } from 'vitest';
import { VsCodeHost } from '../host/vsCodeHost';
import type { Webview } from '../host/webview';
import { greetWorkspace } from '../host/workspaces';
import { askAndWait, openPanel, patience } from './askView';

let host: VsCodeHost;
let view: Webview;
beforeAll(async () => {
  host = await VsCodeHost.launch({ workspace: greetWorkspace, theme: 'dark' });
  view = await openPanel(host);
  await askAndWait(view, 'What does greet return?');
  await host.workbench.executeCommand('landmark.thread.new');
  await view.locator('.examples').waitFor();
  await askAndWait(view, 'Where is the readme?');
  await host.workbench.executeCommand('landmark.thread.list');
  await view.locator('.threads').waitFor();
  return () => host.close();
});

const titles = (): Promise<string[]> => view.locator('.thread-title').allInnerTexts();

async function pressInRow(title: string, name: string): Promise<void> {
  const row = view.locator('.thread-row').filter({ hasText: title });
  await row.hover();
  await row.getByRole('button', { name }).click();
}

describe('a thread', () => {
  it('is renamed', async () => {
    await pressInRow('What does greet return?', 'Rename');
    await view.locator('.thread-row input').fill('Greetings');
    await view.locator('.thread-row input').press('Enter');
    await expect.poll(titles, patience).toEqual(['Where is the readme?', 'Greetings']);
  });

  it('is found by what was asked in it', async () => {
    await view.locator('.threads-head input').fill('return');
    await expect.poll(titles, patience).toEqual(['Greetings']);
    await view.locator('.threads-head input').fill('');
  });

  it('is deleted, and brought back', async () => {
    await pressInRow('Greetings', 'Delete');
    await expect.poll(titles, patience).toEqual(['Where is the readme?']);
    await view.locator('.notice').getByRole('button', { name: 'Undo' }).click();
    await expect.poll(titles, patience).toEqual(['Where is the readme?', 'Greetings']);
  });

  it('is exported as Markdown with its citations', async () => {
    await pressInRow('Greetings', 'Export as Markdown');
    await expect.poll(async () => (await host.workbench.editor())?.languageId, patience).toBe('markdown');
    const text = (await host.workbench.editor())?.text;
    expect(text).toMatch(/^# Greetings\n\n## What does greet return\?\n\n/);
    expect(text).toContain('[greet.py#L1-L3](./greet.py#L1-L3)');
  });

  it('goes on where it was, under its name', async () => {
    await view.locator('.thread-open').filter({ hasText: 'Greetings' }).click();
    await expect.poll(() => view.locator('.question h2').innerText(), patience).toContain('greet return');
    await host.reload();
    view = await openPanel(host);
    await host.workbench.executeCommand('landmark.thread.list');
    await expect.poll(titles, patience).toContain('Greetings');
  });
});
