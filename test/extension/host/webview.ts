import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { ElementHandle, Frame, FrameLocator, Locator, Page } from 'playwright-core';

export interface WebviewFilter {
  /** Default: this extension. */
  extensionId?: string;
  /** `webviewView`: in the side bar or panel; `customEditor` or `webviewPanel`: among the editors. */
  purpose?: string;
}

export interface Violation {
  /** Rule of axe-core, and what it is about. */
  id: string;
  help: string;
  nodes: string[];
}

/** As much of axe-core as is used; its own types need the DOM's. */
interface AxeCore {
  run(): Promise<{ violations: { id: string; help: string; nodes: { html: string }[] }[] }>;
}

/** A webview: VS Code puts the extension's page into a frame within a frame. */
export class Webview {
  private readonly outer: string;

  constructor(
    private readonly page: Page,
    { extensionId = 'landmark.landmark', purpose }: WebviewFilter,
  ) {
    const ofPurpose = purpose === undefined ? '' : `[src*="purpose=${purpose}"]`;
    this.outer = `iframe.webview.ready[src*="extensionId=${extensionId}"]${ofPurpose}`;
  }

  /** For locators into the extension's page; they wait until the page is there. */
  get content(): FrameLocator {
    return this.page.frameLocator(this.outer).frameLocator('#active-frame');
  }

  locator(selector: string): Locator {
    return this.content.locator(selector);
  }

  /** The extension's page itself, to run code in it. */
  async frame(): Promise<Frame> {
    const element = await this.content.locator(':root').elementHandle();
    const frame = await (element as ElementHandle | null)?.ownerFrame();
    if (!frame) throw new Error('The webview has no page.');
    return frame;
  }

  /** What axe-core finds wrong with the page: an empty list where nothing is. */
  async accessibilityViolations(): Promise<Violation[]> {
    const frame = await this.frame();
    const path = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
    // Evaluated from outside, so the page's content security policy neither stops it nor has to be loosened.
    await frame.evaluate(readFileSync(path, 'utf8'));
    return frame.evaluate(async () => {
      const { axe } = globalThis as unknown as { axe: AxeCore };
      const { violations } = await axe.run();
      return violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map(({ html }) => html) }));
    });
  }
}
