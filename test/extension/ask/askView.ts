/** The Ask panel in its view in a real VS Code: what all of its suites do. */

import type { VsCodeHost } from '../host/vsCodeHost';
import type { Violation, Webview } from '../host/webview';

/** An answer of the toy, on a machine that may be busy. */
export const patience = { timeout: 40_000 };

/** Asks and does not wait for what comes of it. */
export async function ask(view: Webview, question: string): Promise<void> {
  await view.locator('.composer textarea').fill(question);
  await view.locator('.composer textarea').press('Enter');
}

/** Asks and waits until the answer is complete. */
export async function askAndWait(view: Webview, question: string): Promise<void> {
  const turns = await view.locator('.turn').count();
  await ask(view, question);
  await view.locator('.turn').nth(turns).locator('.read-line').waitFor(patience);
}

/** The page lets the window's own colour through, which a check of one frame cannot see. */
export async function violations(view: Webview): Promise<Violation[]> {
  const frame = await view.frame();
  await frame.evaluate(() => {
    interface Styled {
      style: { setProperty(name: string, value: string): void };
    }
    const { document } = globalThis as unknown as { document: { documentElement: Styled } };
    document.documentElement.style.setProperty('background', 'var(--vscode-sideBar-background)');
  });
  return view.accessibilityViolations();
}

/** Brings the panel up in its view. */
export async function openPanel(host: VsCodeHost): Promise<Webview> {
  const view = host.workbench.webview({ purpose: 'webviewView' });
  await host.workbench.executeCommand('landmark.ask');
  await view.locator('.composer textarea').waitFor();
  return view;
}
