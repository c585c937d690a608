/** The index as a user meets it: asked first, told all the while, paused, followed, cleared. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PageElement } from '../host/pageElement';
import { themes, type Theme } from '../host/profile';
import { VsCodeHost } from '../host/vsCodeHost';

/** Enough that a build of the toy model can be paused in its middle. */
const fileCount = 120;
const lines = (file: number): string =>
  Array.from({ length: 160 }, (_, at) => `total_${file}_${at} = price_${at} * quantity_${file} + ${at}`).join(
    '\n',
  );
const files = Object.fromEntries(
  Array.from({ length: fileCount }, (_, at) => [`shop/part${at}.py`, `${lines(at)}\n`]),
);

let host: VsCodeHost;
beforeAll(async () => {
  host = await VsCodeHost.launch({
    // The view stands below the Ask view, and only rows that fit on the screen exist.
    viewport: { width: 1280, height: 1300 },
    workspace: {
      name: 'shop',
      files: {
        ...files,
        'generated/out.txt': 'made by a program\n',
        'logo.bin': Buffer.from([0, 1, 2, 0, 255]),
        'README.md': '# A shop\n',
      },
    },
  });
  return () => host.close();
});

const statusLabel = async (): Promise<string> =>
  (await host.workbench
    .statusItem('landmark.landmark')
    .locator('[aria-label]')
    .first()
    .getAttribute('aria-label')) ?? '';
const labels = async (): Promise<string[]> =>
  (await host.workbench.tree('Index').rows()).map(({ label }) => label);
const descriptionOf = async (row: string): Promise<string | undefined> =>
  (await host.workbench.tree('Index').rows()).find(({ label }) => label === row)?.description;
const dialog = (): ReturnType<typeof host.page.locator> => host.page.locator('.monaco-dialog-box');
const run = (command: string): Promise<void> =>
  // Not awaited inside: some of these commands wait for a dialog that is answered here.
  host.inHost.evaluate((vscode, id) => {
    void vscode.commands.executeCommand(id);
  }, command);
const patient = { timeout: 60_000, interval: 250 };

describe('before the user agrees', () => {
  it('nothing is read, and the view says so', async () => {
    await host.workbench.executeCommand('landmark.index.show');
    await expect
      .poll(() => host.workbench.tree('Index').welcomeText(), patient)
      .toContain('Nothing of this folder');
    expect(await statusLabel()).toContain('Not indexed');
    await host.workbench.executeCommand('landmark.index.refresh');
    await expect.poll(() => host.languageServers().length, patient).toBe(1);
    expect(existsSync(join(host.profile.cache, 'store'))).toBe(false);
    await host.workbench.screenshot('index-welcome');
  });

  it('a size and time estimate is shown, and can be declined', async () => {
    await run('landmark.index.build');
    await dialog().waitFor();
    const text = await dialog().innerText();
    expect(text).toMatch(/12\d files, [\d.]+ [kM]B, [\d,]+ tokens to read/);
    expect(text).toMatch(/About .* on this machine/);
    await host.workbench.screenshotInThemes('index-consent');
    await dialog().locator('.monaco-button', { hasText: 'Cancel' }).click();
    await dialog().waitFor({ state: 'hidden' });
    expect(await statusLabel()).toContain('Not indexed');
  });
});

describe('a build', () => {
  it('shows how far it is, is paused and resumed', async () => {
    await run('landmark.index.build');
    await dialog().locator('.monaco-button', { hasText: 'Build the Index' }).click();
    await expect.poll(statusLabel, patient).toMatch(/being built: \d+/);
    await host.workbench.screenshot('index-building');
    await run('landmark.index.pause');
    await expect.poll(statusLabel, patient).toContain('paused');
    await expect.poll(labels, patient).toContain('Paused');
    await host.workbench.screenshot('index-paused');
    await run('landmark.index.resume');
    await expect.poll(statusLabel, patient).toContain('is up to date');
  });

  it('ends in a tree that counts and gives reasons', async () => {
    await expect.poll(() => descriptionOf('Waiting'), patient).toBe('0 files');
    expect(await descriptionOf('Done')).toBe(`${fileCount + 2} files`);
    expect(await descriptionOf('Model')).toBe('toy-landmark');
    expect(await descriptionOf('Runs on')).toBe('CPU');
    const tree = host.workbench.tree('Index');
    await tree.toggle('Skipped');
    await tree.toggle('Not text');
    await expect.poll(labels, patient).toContain('logo.bin');
  });

  it('is told in the tooltip of the status bar', async () => {
    await host.workbench.statusItem('landmark.landmark').hover();
    const tooltip = host.page.locator('.monaco-hover', { hasText: 'searchable by landmarks' });
    await tooltip.waitFor();
    expect(await tooltip.innerText()).toMatch(/tokens\/s[\s\S]*quota[\s\S]*toy-landmark/);
    await host.workbench.screenshotInThemes('index-tooltip', async () => {
      await host.page.mouse.move(700, 400);
      await host.workbench.statusItem('landmark.landmark').hover();
      await tooltip.waitFor();
    });
    await host.page.mouse.move(700, 400);
  });

  it.each(Object.keys(themes) as Theme[])('is pictured in the theme %s', async (theme) => {
    await host.workbench.setTheme(theme);
    await host.workbench.screenshot(`index-${theme}`);
  });
});

describe('an index that was agreed to', () => {
  it('follows a new file', async () => {
    writeFileSync(host.path('shop/new.py'), 'brand_new = True\nsecond_line = 2\n');
    await expect.poll(() => descriptionOf('Done'), patient).toBe(`${fileCount + 3} files`);
    await expect.poll(statusLabel, patient).toContain('is up to date');
  });

  it('leaves out a folder, in the settings of the workspace', async () => {
    await host.inHost.evaluate((vscode, path) => {
      void vscode.commands.executeCommand('landmark.index.exclude', vscode.Uri.file(path));
    }, host.path('generated'));
    await host.workbench.notification('generated is left out').waitFor();
    expect(readFileSync(host.path('.vscode/settings.json'), 'utf8')).toContain('/generated/');
    // The folder's file is gone; the settings file has come.
    await expect.poll(() => descriptionOf('Skipped'), patient).toBe('2 files');
  });

  it('is there again after the window was loaded anew', async () => {
    await host.reload();
    await host.workbench.executeCommand('landmark.index.show');
    await expect.poll(statusLabel, patient).toContain('is up to date');
    await expect.poll(() => descriptionOf('Waiting'), patient).toBe('0 files');
  });

  it('is built again after the server was killed', async () => {
    writeFileSync(host.path('shop/another.py'), 'another = 1\nline = 2\n');
    for (const pid of host.languageServers()) process.kill(pid, 'SIGKILL');
    await expect.poll(() => descriptionOf('Done'), patient).toBe(`${fileCount + 4} files`);
  });

  it('is cleared, and does not come back on its own', async () => {
    await run('landmark.index.clear');
    await dialog().locator('.monaco-button', { hasText: 'Clear the Index' }).click();
    await host.workbench.notification('The index is cleared').waitFor();
    await expect.poll(statusLabel, patient).toContain('Not indexed');
  });

  it('asked nothing of any other machine', () => {
    expect(host.foreignRequests).toEqual([]);
  });
});

describe('a folder that is not trusted', () => {
  it('is not indexed, and the view says why', async () => {
    const untrusted = await VsCodeHost.launch({
      workspace: { name: 'stranger', files: { 'a.py': 'a = 1\n' } },
      trust: 'asked',
    });
    try {
      await untrusted.workbench.executeCommand('landmark.index.show');
      const welcome = (): Promise<string> => untrusted.workbench.tree('Index').welcomeText();
      await expect.poll(welcome, patient).toContain('restricted mode');
      await untrusted.workbench.tree('Index').pane.locator('.pane-header').hover();
      const actions = untrusted.workbench.tree('Index').pane.locator('.pane-header .action-label');
      const names = await actions.evaluateAll((found: PageElement[]) =>
        found.map((action) => action.getAttribute('aria-label')),
      );
      expect(names).toContain('Refresh');
      expect(names).not.toContain('Build the Index…');
      await untrusted.workbench.screenshot('index-untrusted');
      await untrusted.inHost.evaluate((vscode) => {
        void vscode.commands.executeCommand('landmark.index.build');
      });
      await untrusted.workbench.notification('not trusted').waitFor();
    } finally {
      await untrusted.close();
    }
  });
});
