import type { Locator, Page } from 'playwright-core';

/** Half a minute for a file dialog on a machine that is busy. */
const pathAttemptsMax = 75;
const pathLookUpMs = 400;

/** VS Code's one box for commands, choices and typed answers. */
export class QuickInput {
  readonly widget: Locator;
  readonly input: Locator;
  private readonly rows: Locator;

  constructor(private readonly page: Page) {
    this.widget = page.locator('.quick-input-widget:visible');
    this.input = this.widget.locator('.quick-input-box input');
    this.rows = this.widget.locator('.quick-input-list .monaco-list-row');
  }

  async type(text: string): Promise<void> {
    await this.input.waitFor();
    await this.input.fill(text);
  }

  /** The choices as they are shown, those that fit on the screen. */
  async choices(): Promise<string[]> {
    return this.rows.locator('.label-name').allInnerTexts();
  }

  /** Takes the choice whose label is or contains the text. */
  async pick(label: string): Promise<void> {
    await this.rows.locator('.label-name', { hasText: label }).first().click();
    // The mouse would stay over what lies behind the list and show its hint; nothing is at the window's foot.
    const { width, height } = this.page.viewportSize()!;
    await this.page.mouse.move(width / 2, height - 1);
  }

  async accept(): Promise<void> {
    await this.page.keyboard.press('Enter');
  }

  /**
   * Answers a file dialog. It looks a path up after it was typed and takes it only then, and one that is still being
   * opened writes its own folder over what was typed: so the path is typed and accepted until the dialog is gone.
   */
  async acceptPath(path: string): Promise<void> {
    await this.input.waitFor();
    for (let attempt = 0; attempt < pathAttemptsMax; attempt++) {
      const typed = await this.input.inputValue({ timeout: pathLookUpMs }).catch(() => path);
      if (typed !== path) await this.input.fill(path).catch(() => undefined);
      await this.page.waitForTimeout(pathLookUpMs);
      if (!(await this.widget.isVisible())) return;
      await this.accept();
    }
    throw new Error(`The file dialog did not take ${path}.`);
  }

  async cancel(): Promise<void> {
    await this.page.keyboard.press('Escape');
    await this.widget.waitFor({ state: 'hidden' });
  }
}
