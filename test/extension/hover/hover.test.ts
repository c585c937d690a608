/** Explanations: offered by a hover that costs nothing, written beside the code, kept for the next hover. */

import type { TextDocument } from 'vscode';
import { beforeAll, describe, expect, it } from 'vitest';
import { VsCodeHost } from '../host/vsCodeHost';

const store = `"""A store."""


class Store:
    """Keeps values by key."""

    def __init__(self):
        self.values = {}

    def put(self, key, value):
        """Keep a value under a key."""
        self.values[key] = value
`;
const [line, column] = [10, 10];

let host: VsCodeHost;
beforeAll(async () => {
  host = await VsCodeHost.launch({
    workspace: { name: 'shop', files: { 'store.py': store, 'notes.md': '# Notes\n\nSome words here.\n' } },
  });
  return () => host.close();
});

const patient = { timeout: 30_000, interval: 250 };
const page = (): Promise<string> =>
  host.inHost.evaluate((vscode) => {
    const isPage = ({ uri }: TextDocument): boolean => uri.scheme === 'landmark';
    return vscode.workspace.textDocuments.find(isPage)?.getText() ?? '';
  });
/** What extensions answer for a place, without the mouse. */
const hoverTexts = (path: string, [l, c] = [line, column]): Promise<string[]> =>
  host.inHost.evaluate(
    async (vscode, [file, at, character]) => {
      const uri = vscode.Uri.file(file);
      const position = new vscode.Position(at - 1, character - 1);
      type Hovers = { contents: (string | { value: string })[] }[];
      const hovers = await vscode.commands.executeCommand<Hovers>(
        'vscode.executeHoverProvider',
        uri,
        position,
      );
      return hovers.flatMap(({ contents }) =>
        contents.map((part) => (typeof part === 'string' ? part : part.value)),
      );
    },
    [host.path(path), l, c] as const,
  );

describe('a hover', () => {
  it('offers an explanation and starts no server for it', async () => {
    const hover = await host.workbench.hover(host.path('store.py'), line, column);
    expect(await hover.innerText()).toContain('Explain with Landmark');
    expect(host.languageServers()).toEqual([]);
    await host.workbench.screenshot('hover-link');
  });

  it('writes the explanation beside the code, with links to what it read', async () => {
    const hover = await host.workbench.hover(host.path('store.py'), line, column);
    await hover.locator('a', { hasText: 'Explain with Landmark' }).click();
    await expect.poll(page, patient).toContain('## Sources');
    expect(await page()).toMatch(/^# put\n\nstore\.py:10 \[»\]/);
    const links = await host.inHost.evaluate(async (vscode) => {
      const uri = vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === 'landmark')!.uri;
      type Links = { target?: { fsPath: string; fragment: string } }[];
      const found = await vscode.commands.executeCommand<Links>('vscode.executeLinkProvider', uri, 100);
      return found.map(({ target }) => `${target?.fsPath}#${target?.fragment}`);
    });
    expect(links[0]).toBe(`${host.path('store.py')}#L10-L10`);
    await host.workbench.screenshot('hover-explanation');
  });

  it('shows the explanation from then on, and its citations open lines', async () => {
    await host.page.keyboard.press('Escape');
    await host.workbench.openFile(host.path('store.py'), 1, 1);
    const hoverAgain = () => host.workbench.hover(host.path('store.py'), line, column);
    expect(await (await hoverAgain()).innerText()).toContain('Explain again');
    await host.workbench.screenshotInThemes('hover-cached', hoverAgain);
    const hover = await hoverAgain();
    await hover.locator('a', { hasText: '[1]' }).first().click();
    await expect.poll(async () => (await host.workbench.editor())?.selectedText, patient).not.toBe('');
    expect((await host.workbench.editor())?.uri).toContain('store.py');
  });

  it.each([
    ['the line', [9, 28]],
    ['a line below it', [11, 8]],
  ] as const)(
    'forgets the explanation where %s was changed, until it reads as before',
    async (_what, place) => {
      expect((await hoverTexts('store.py')).join()).toContain('Explain again');
      const change = (command: 'edit' | 'undo'): Promise<void> =>
        host.inHost.evaluate(
          async (vscode, [file, [atLine, character], how]) => {
            const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
            await vscode.window.showTextDocument(document, vscode.ViewColumn.One);
            if (how === 'undo') {
              await vscode.commands.executeCommand('undo');
              return;
            }
            const edit = new vscode.WorkspaceEdit();
            edit.insert(document.uri, new vscode.Position(atLine, character), 'x');
            await vscode.workspace.applyEdit(edit);
          },
          [host.path('store.py'), place, command] as const,
        );
      await change('edit');
      expect((await hoverTexts('store.py')).join()).toContain('Explain with Landmark');
      await change('undo');
      await expect
        .poll(async () => (await hoverTexts('store.py')).join(), patient)
        .toContain('Explain again');
    },
  );

  it('is off in languages that are switched off', async () => {
    expect((await hoverTexts('notes.md', [3, 2])).join()).not.toContain('Landmark');
    await host.workbench.setSetting('landmark.hover.languages', { '*': true, python: false });
    await expect.poll(async () => (await hoverTexts('store.py')).join()).not.toContain('Landmark');
    await host.workbench.setSetting('landmark.hover.languages', undefined);
  });
});

describe('an explanation that is asked for', () => {
  const place = { line: 4, column: 8 };
  const start = (): Promise<void> =>
    host.inHost.evaluate(
      (vscode, [file, at]) => {
        const uri = vscode.Uri.file(file).toString();
        void vscode.commands.executeCommand('landmark.explain', uri, at.line, at.column);
      },
      [host.path('store.py'), place] as const,
    );
  const storePage = (): Promise<string> =>
    host.inHost.evaluate((vscode) => {
      const isPage = ({ uri }: TextDocument): boolean => uri.path.includes('Explanation of Store');
      return vscode.workspace.textDocuments.find(isPage)?.getText() ?? '';
    });
  const isRunning = async (): Promise<boolean> =>
    (await host.workbench.notification('Explanation of Store').count()) > 0;
  const offer = async (): Promise<string> =>
    (await hoverTexts('store.py', [place.line, place.column])).join();

  it('ends when its tab is closed, and is not kept', async () => {
    // The toy answers faster than a tab is closed, so its server is held meanwhile.
    const [pid] = host.languageServers();
    process.kill(pid!, 'SIGSTOP');
    try {
      await start();
      await expect.poll(storePage, patient).toContain('…*');
      await host.inHost.evaluate(async (vscode) => {
        const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
        await vscode.window.tabGroups.close(
          tabs.filter(({ label }) => label.includes('Explanation of Store')),
        );
      });
    } finally {
      process.kill(pid!, 'SIGCONT');
    }
    await expect.poll(isRunning, patient).toBe(false);
    expect(await offer()).toContain('Explain with Landmark');
  });

  it('can be cancelled while the editor is still asked where it is used', async () => {
    await host.inHost.evaluate((vscode) => {
      const hanging = vscode.languages.registerReferenceProvider('python', {
        provideReferences: () => new Promise(() => undefined),
      });
      Object.assign(globalThis, { hanging });
    });
    await start();
    await host.workbench.clickNotification('Explanation of Store', 'Cancel');
    await expect.poll(storePage, patient).toContain('*Stopped.*');
    expect(await offer()).toContain('Explain with Landmark');
    await host.inHost.evaluate(() => {
      (globalThis as unknown as { hanging: { dispose(): void } }).hanging.dispose();
    });
  });

  it('is seen as it comes, with where the symbol is defined and used', async () => {
    await host.inHost.evaluate((vscode, file) => {
      const at = (line: number): InstanceType<typeof vscode.Location> =>
        new vscode.Location(vscode.Uri.file(file), new vscode.Range(line, 0, line, 5));
      vscode.languages.registerDefinitionProvider('python', { provideDefinition: () => at(3) });
      vscode.languages.registerReferenceProvider('python', { provideReferences: () => [at(3), at(8)] });
    }, host.path('store.py'));
    await host.workbench.closeTabs();
    await host.workbench.openFile(host.path('store.py'));
    // Held, for the toy has said everything before the page is drawn a second time.
    const [pid] = host.languageServers();
    process.kill(pid!, 'SIGSTOP');
    try {
      await start();
      await expect.poll(storePage, patient).toContain('## Used in\n\n- [u1] store.py:9');
      expect(await storePage()).not.toContain('## Sources');
    } finally {
      process.kill(pid!, 'SIGCONT');
    }
    await expect.poll(storePage, patient).toContain('## Sources');
    const text = await storePage();
    expect(text).toContain(
      '## Defined in\n\n- [d1] store.py:4\n\n## Used in\n\n- [u1] store.py:9\n\n## Sources',
    );
    await host.workbench.screenshot('hover-explanation-places');
    const hover = await host.workbench.hover(host.path('store.py'), place.line, place.column);
    expect(await hover.innerText()).toMatch(/Defined in: store\.py:4\s+Used in: store\.py:9/);
    await hover.locator('a', { hasText: 'store.py:9' }).click();
    await expect
      .poll(async () => (await host.workbench.editor())?.selection, patient)
      .toMatchObject({ startLine: 9 });
  });
});

describe('a selection', () => {
  it('is explained by a code action', async () => {
    const titles = await host.inHost.evaluate(async (vscode, file) => {
      const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
      const range = new vscode.Range(6, 0, 8, 0);
      await vscode.window.showTextDocument(document, { selection: range, viewColumn: vscode.ViewColumn.One });
      type Actions = { title: string }[];
      const actions = await vscode.commands.executeCommand<Actions>(
        'vscode.executeCodeActionProvider',
        document.uri,
        range,
      );
      return actions.map(({ title }) => title);
    }, host.path('store.py'));
    expect(titles).toContain('Explain selection with Landmark');
    await host.workbench.executeCommand('landmark.explain.selection');
    const texts = await host.inHost.evaluate((vscode) =>
      vscode.workspace.textDocuments.map((document) => document.getText()),
    );
    expect(texts.some((text) => text.startsWith('# store.py:7-8'))).toBe(true);
  });

  it('has a lens above definitions only where it is asked for', async () => {
    const lenses = (): Promise<number> =>
      host.inHost.evaluate(async (vscode, file) => {
        type Lenses = { command?: { command: string } }[];
        const uri = vscode.Uri.file(file);
        const found = await vscode.commands.executeCommand<Lenses>('vscode.executeCodeLensProvider', uri, 10);
        return found.filter(({ command }) => command?.command === 'landmark.explain').length;
      }, host.path('store.py'));
    expect(await lenses()).toBe(0);
    await host.inHost.evaluate((vscode) => {
      vscode.languages.registerDocumentSymbolProvider('python', {
        provideDocumentSymbols: () => {
          const range = new vscode.Range(9, 4, 11, 4);
          return [new vscode.DocumentSymbol('put', '', vscode.SymbolKind.Method, range, range)];
        },
      });
    });
    await host.workbench.setSetting('landmark.codeLens.enabled', true);
    await expect.poll(lenses).toBe(1);
  });

  it('asks nothing of any other machine', () => {
    expect(host.foreignRequests).toEqual([]);
    expect(host.consoleErrors).toEqual([]);
  });
});
