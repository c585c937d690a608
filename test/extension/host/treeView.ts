import type { Locator, Page } from 'playwright-core';
import type { PageElement } from './pageElement';

export interface ShownRow {
  label: string;
  description: string;
  /** Counts from 1. */
  level: number;
  isExpanded: boolean | undefined;
  /** What a screen reader says. */
  name: string;
}

/** A native tree; only rows that fit on the screen exist, as VS Code makes no others. */
export class TreeView {
  readonly pane: Locator;

  constructor(page: Page, title: string) {
    const header = page.locator('.pane-header', { has: page.locator('.title', { hasText: title }) });
    // A container with one view shows no header of the view: its title is the container's.
    const alone = page.locator('.composite.viewlet, .part', {
      has: page.locator('.composite.title, .title-label', { hasText: title }),
    });
    this.pane = page.locator('.pane', { has: header }).or(alone.locator('.pane')).first();
  }

  row(label: string | RegExp): Locator {
    return this.pane.locator('.monaco-list-row', { hasText: label }).first();
  }

  rows(): Promise<ShownRow[]> {
    return this.pane.locator('.monaco-list-row').evaluateAll((rows: PageElement[]) =>
      rows.map((row) => {
        const textOf = (selector: string): string => row.querySelector(selector)?.textContent.trim() ?? '';
        const expanded = row.getAttribute('aria-expanded');
        return {
          label: textOf('.label-name'),
          description: textOf('.label-description'),
          level: Number(row.getAttribute('aria-level')),
          isExpanded: expanded === null ? undefined : expanded === 'true',
          name: row.getAttribute('aria-label') ?? '',
        };
      }),
    );
  }

  /** Shows the last rows: of those that do not fit there are none in the page. */
  async scrollToEnd(): Promise<void> {
    await this.pane.locator('.monaco-list').focus();
    await this.pane.page().keyboard.press('End');
  }

  /** Opens a closed row or closes an open one. */
  async toggle(label: string | RegExp): Promise<void> {
    await this.row(label).locator('.monaco-tl-twistie').click();
  }

  /** Clicks an inline action of a row by its name. */
  async clickAction(label: string | RegExp, action: string): Promise<void> {
    const row = this.row(label);
    await row.hover();
    await row.locator(`.action-label[aria-label^="${action}"]`).click();
  }

  /** What an empty view says, with its buttons' words. */
  welcomeText(): Promise<string> {
    return this.pane.locator('.welcome-view-content').innerText();
  }
}
