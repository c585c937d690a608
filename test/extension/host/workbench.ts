/** The page object: what a user sees and does in VS Code's window. */

import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { repositoryRoot } from '../../oracle/fixtures';
import type { InHost } from './inHost';
import type { PageElement } from './pageElement';
import { themes, type Theme } from './profile';
import { QuickInput } from './quickInput';
import { TreeView } from './treeView';
import { Webview, type WebviewFilter } from './webview';

export interface EditorState {
  uri: string;
  languageId: string;
  text: string;
  isDirty: boolean;
  /** Lines and columns count from 1, as the status bar shows them. */
  selection: { startLine: number; startColumn: number; endLine: number; endColumn: number };
  selectedText: string;
}

export interface ShownNotification {
  message: string;
  buttons: string[];
}

export interface ShownStatusItem {
  /** `publisher.name` of the extension and, where given, the item's own id. */
  id: string;
  text: string;
  label: string;
}

const screenshots = join(repositoryRoot, 'test', 'extension', 'screenshots');

export class Workbench {
  readonly quickInput: QuickInput;

  constructor(
    readonly page: Page,
    private readonly inHost: InHost,
  ) {
    this.quickInput = new QuickInput(page);
  }

  /** Runs a command as a user does: F1, its title, Enter. */
  async runCommand(title: string): Promise<void> {
    await this.page.keyboard.press('F1');
    await this.quickInput.type(`>${title}`);
    await this.quickInput.pick(title);
  }

  /** Runs a command by its id, for steps that are not what a suite is about. */
  async executeCommand(command: string, ...given: unknown[]): Promise<unknown> {
    return this.inHost.evaluate(
      async (api, [id, args]) =>
        JSON.parse(JSON.stringify((await api.commands.executeCommand(id, ...args)) ?? null)) as unknown,
      [command, given] as const,
    );
  }

  /** Opens a file and, where a line is given, puts the cursor on it. */
  async openFile(path: string, line = 1, column = 1): Promise<void> {
    await this.inHost.evaluate(
      async (api, [file, lineIndex, columnIndex]) => {
        const at = new api.Position(lineIndex, columnIndex);
        await api.window.showTextDocument(api.Uri.file(file), {
          preview: false,
          selection: new api.Range(at, at),
        });
      },
      [path, line - 1, column - 1] as const,
    );
    await this.page.locator('.editor-instance .view-line').first().waitFor();
  }

  /** The editor that has or last had the focus. */
  editor(): Promise<EditorState | undefined> {
    return this.inHost.evaluate((api) => {
      const editor = api.window.activeTextEditor;
      if (!editor) return undefined;
      const { document, selection } = editor;
      return {
        uri: document.uri.toString(),
        languageId: document.languageId,
        text: document.getText(),
        isDirty: document.isDirty,
        selection: {
          startLine: selection.start.line + 1,
          startColumn: selection.start.character + 1,
          endLine: selection.end.line + 1,
          endColumn: selection.end.character + 1,
        },
        selectedText: document.getText(selection),
      };
    });
  }

  /** The titles of the open tabs, in order. */
  tabs(): Promise<string[]> {
    return this.inHost.evaluate((api) =>
      api.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label)),
    );
  }

  closeTabs(): Promise<unknown> {
    return this.executeCommand('workbench.action.closeAllEditors');
  }

  /** Shows the hover of a place in a file and returns its element; its text is `innerText()`. */
  async hover(path: string, line: number, column: number): Promise<Locator> {
    await this.openFile(path, line, column);
    await this.executeCommand('workbench.action.focusActiveEditorGroup');
    await this.executeCommand('editor.action.showHover');
    const shown = this.page.locator('.monaco-editor .monaco-hover:not(.hidden) .monaco-hover-content').last();
    await shown.waitFor();
    return shown;
  }

  /** The notification that contains this text; Playwright's `waitFor()` on it waits until it is shown. */
  notification(text: string | RegExp): Locator {
    return this.page.locator('.notification-list-item', { hasText: text }).first();
  }

  /** The notifications that are shown, the newest first. */
  notifications(): Promise<ShownNotification[]> {
    // One look at the page, so that nothing moves between two reads; the same below.
    return this.page
      .locator('.notifications-toasts .notification-list-item')
      .evaluateAll((items: PageElement[]) =>
        items.map((item) => ({
          message: item.querySelector('.notification-list-item-message')?.textContent ?? '',
          buttons: [...item.querySelectorAll('.monaco-text-button')].map(({ textContent }) => textContent),
        })),
      );
  }

  async clickNotification(text: string | RegExp, button: string): Promise<void> {
    await this.notification(text).locator('.monaco-text-button', { hasText: button }).click();
  }

  /** Status bar items of extensions and of VS Code itself, from left to right. */
  statusItems(): Promise<ShownStatusItem[]> {
    return this.page.locator('.statusbar-item[id]').evaluateAll((items: PageElement[]) =>
      items.map((item) => ({
        id: item.id,
        text: item.textContent.trim(),
        label: item.querySelector('[aria-label]')?.getAttribute('aria-label') ?? '',
      })),
    );
  }

  /** The status bar item whose id begins so, `landmark.landmark` for this extension's. */
  statusItem(id: string): Locator {
    return this.page.locator(`.statusbar-item[id^="${id}"]`).first();
  }

  /** The tree of a view by the view's title, in whichever container it is shown. */
  tree(title: string): TreeView {
    return new TreeView(this.page, title);
  }

  /** Drags the side bar's edge so that it ends at this many pixels from the left. */
  async dragSideBar(right: number): Promise<void> {
    const bar = (await this.page.locator('.part.sidebar').boundingBox())!;
    const y = bar.y + bar.height / 2;
    await this.page.mouse.move(bar.x + bar.width, y);
    await this.page.mouse.down();
    await this.page.mouse.move(right, y, { steps: 8 });
    await this.page.mouse.up();
  }

  webview(filter: WebviewFilter = {}): Webview {
    return new Webview(this.page, filter);
  }

  /** How long an extension took to load and activate, from VS Code's own page about it. */
  async activationMs(displayName: string): Promise<number> {
    await this.executeCommand('workbench.action.showRuntimeExtensions');
    const row = this.page.locator('.runtime-extensions-editor .extension', {
      has: this.page.getByText(displayName, { exact: true }),
    });
    const text = await row.locator('.activation-time').innerText();
    return Number(/([\d.]+)ms/.exec(text)?.[1]);
  }

  /** Sets a user setting in the running window. */
  async setSetting(name: string, value: unknown): Promise<void> {
    await this.inHost.evaluate(
      (api, [section, given]) => api.workspace.getConfiguration().update(section, given, true),
      [name, value] as const,
    );
  }

  async setTheme(theme: Theme): Promise<void> {
    await this.setSetting('workbench.colorTheme', themes[theme].name);
    await this.themeShown(theme);
  }

  /** A theme is read from disk after the window stands, and after the setting is written. */
  async themeShown(theme: Theme): Promise<void> {
    await this.page.locator(`.monaco-workbench.${themes[theme].shownBy}`).waitFor();
  }

  /**
   * Takes a picture in every theme, and ends in the light one.
   *
   * @param show brings up what a change of the theme closes
   */
  async screenshotInThemes(name: string, show?: () => Promise<unknown>): Promise<void> {
    for (const theme of [
      ...(Object.keys(themes) as Theme[]).filter((each) => each !== 'light'),
      'light',
    ] as const) {
      await this.setTheme(theme);
      await show?.();
      await this.screenshot(`${name}-${theme}`);
    }
  }

  /** Writes test/extension/screenshots/<name>.png, after what moves has come to rest. */
  async screenshot(name: string, of: Pick<Page, 'screenshot'> = this.page): Promise<string> {
    const path = join(screenshots, `${name}.png`);
    await of.screenshot({ path, animations: 'disabled', caret: 'hide' });
    return path;
  }
}
