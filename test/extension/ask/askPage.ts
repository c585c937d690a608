/** The page of the Ask panel on its own, in a browser, with a host that only takes notes. */

import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { HostMessage, PageMessage } from '../../../src/ask/messages';
import { reduce } from '../../../src/ask/model/reducer';
import { emptyState, type Action, type AskState } from '../../../src/ask/model/state';
import { pageHtml } from '../../../src/ask/pageHtml';
import { pageEnglish } from '../../../src/ask/strings';
import { repositoryRoot } from '../../oracle/fixtures';
import { ensureHost } from '../host/install.mjs';
import { themeVariables, type PageTheme } from './themeVariables';

const origin = 'http://page.test';

export interface OpenOptions {
  state?: AskState;
  theme?: PageTheme;
  width?: number;
  height?: number;
}

/** Builds the page once and opens it as often as is wanted. */
export class AskPageBrowser {
  private constructor(
    private readonly browser: Browser,
    private readonly files: ReadonlyMap<string, Uint8Array>,
  ) {}

  static async launch(): Promise<AskPageBrowser> {
    const { outputFiles } = await build({
      absWorkingDir: repositoryRoot,
      bundle: true,
      format: 'iife',
      target: 'chrome132',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      loader: { '.ttf': 'file' },
      assetNames: '[name]',
      outdir: join(repositoryRoot, 'dist'),
      write: false,
      entryPoints: [
        { in: 'media/ask/main.tsx', out: 'ask' },
        { in: 'media/ask/style/ask.css', out: 'ask' },
      ],
    });
    const files = new Map(outputFiles.map(({ path, contents }) => [path.split('/').at(-1)!, contents]));
    const browser = await chromium.launch({
      executablePath: ensureHost().chromium,
      args: ['--no-sandbox', '--force-color-profile=srgb'],
    });
    return new AskPageBrowser(browser, files);
  }

  async open({ state = emptyState(), theme = 'dark', width = 360, height = 720 }: OpenOptions = {}) {
    const page = await this.browser.newPage({ viewport: { width, height } });
    const askPage = new AskPage(page, state);
    await page.route('**', async (route) => {
      const url = new URL(route.request().url());
      const name = url.pathname.slice(1);
      askPage.requests.push(url.href);
      if (url.origin !== origin) return route.abort();
      if (name === '') {
        const body = pageHtml({ source: origin, script: '/ask.js', style: '/ask.css' });
        return route.fulfill({ contentType: 'text/html', body });
      }
      const file = this.files.get(name);
      if (!file) return route.fulfill({ status: 404 });
      const contentType = name.endsWith('.js')
        ? 'text/javascript'
        : name.endsWith('.css')
          ? 'text/css'
          : 'font/ttf';
      return route.fulfill({ contentType, body: Buffer.from(file) });
    });
    page.on('console', (message) => {
      if (message.type() === 'error') askPage.errors.push(message.text());
    });
    page.on('pageerror', (error) => askPage.errors.push(error.message));
    await askPage.start(theme);
    return askPage;
  }

  async close(): Promise<void> {
    await this.browser.close();
  }
}

/** One opened page, and what it said to its host. */
export class AskPage {
  readonly received: PageMessage[] = [];
  readonly requests: string[] = [];
  readonly errors: string[] = [];
  private seq = 0;

  constructor(
    readonly page: Page,
    public state: AskState,
  ) {}

  async start(theme: PageTheme): Promise<void> {
    const { page } = this;
    await page.exposeFunction('tellHost', (message: PageMessage) => {
      this.received.push(message);
    });
    await page.addInitScript(() => {
      const storage = (globalThis as unknown as { sessionStorage: Record<string, string | undefined> })
        .sessionStorage;
      Object.assign(globalThis, {
        acquireVsCodeApi: () => ({
          postMessage: (message: unknown) => {
            (globalThis as unknown as { tellHost(message: unknown): void }).tellHost(message);
          },
          getState: () => JSON.parse(storage['saved'] ?? 'null') as unknown,
          setState: (state: unknown) => {
            storage['saved'] = JSON.stringify(state);
          },
        }),
      });
    });
    await this.load(theme);
  }

  /** The page as it begins, with what it kept for itself when it was loaded before. */
  async load(theme: PageTheme): Promise<void> {
    const { page } = this;
    this.seq = 0;
    await page.goto(`${origin}/`);
    const { bodyClass, variables } = themeVariables[theme];
    await page.evaluate(
      ([names, values]) => {
        interface Styled {
          className: string;
          style: { setProperty(name: string, value: string): void };
        }
        const { document } = globalThis as unknown as { document: { documentElement: Styled; body: Styled } };
        document.body.className = names;
        for (const [name, value] of Object.entries(values)) {
          document.documentElement.style.setProperty(`--vscode-${name}`, value);
        }
        document.body.style.setProperty('background', values['sideBar-background']!);
      },
      [bodyClass, variables] as const,
    );
    const { state } = this;
    await this.send({ type: 'init', state, seq: 0, strings: pageEnglish, language: 'en', colors: {} });
    await page.waitForSelector('main', { timeout: 10_000 }).catch((error: unknown) => {
      throw new Error(`The page stays empty: ${this.errors.join('\n')}`, { cause: error });
    });
  }

  async act(...actions: Action[]): Promise<void> {
    for (const action of actions) {
      this.state = reduce(this.state, action);
      this.seq += 1;
      await this.send({ type: 'action', seq: this.seq, action });
    }
    await this.settle();
  }

  async send(message: HostMessage): Promise<void> {
    await this.page.evaluate((data) => {
      (globalThis as unknown as { postMessage(data: unknown): void }).postMessage(data);
    }, message);
  }

  /** Until what was sent has been drawn. */
  async settle(): Promise<void> {
    await this.page.evaluate(
      () =>
        new Promise<void>((resolve) => {
          const browser = globalThis as unknown as { requestAnimationFrame(call: () => void): void };
          browser.requestAnimationFrame(() => {
            browser.requestAnimationFrame(() => {
              browser.requestAnimationFrame(resolve);
            });
          });
        }),
    );
  }

  /** Rules of axe-core that the page breaks, each with the elements that do. */
  async violations(): Promise<string[]> {
    const path = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
    await this.page.evaluate(readFileSync(path, 'utf8'));
    return this.page.evaluate(async () => {
      interface Found {
        violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[];
      }
      const { axe } = globalThis as unknown as { axe: { run(): Promise<Found> } };
      const { violations } = await axe.run();
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
      );
    });
  }

  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: join(repositoryRoot, 'test/extension/screenshots', `${name}.png`) });
  }

  async close(): Promise<void> {
    await this.page.close();
  }
}
