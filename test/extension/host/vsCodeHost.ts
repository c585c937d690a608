/** A real VS Code in a real browser, from a fresh profile to the end of every process. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type BrowserContext, type ConsoleMessage, type Frame, type Page } from 'playwright-core';
import type { InHostResult } from '../driver/messages';
import { InHost } from './inHost';
import { ensureHost } from './install.mjs';
import { languageServers } from './processes';
import { createProfile, type Profile, type ProfileOptions } from './profile';
import { inHostModule, installVsix, ServerProcess } from './serverProcess';
import { Workbench } from './workbench';

export interface HostOptions extends ProfileOptions {
  /** `asked`: workspaces start untrusted (restricted mode). Default: `granted`. */
  trust?: 'granted' | 'asked';
  /** Environment of the extension host and the language server. */
  env?: Readonly<Record<string, string>>;
  viewport?: { width: number; height: number };
}

const readyMs = 60_000;

/** Nothing but the loopback interface can be reached, whatever the page tries. */
const browserArguments = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost',
];

/** What code-server's wrapper would serve, and Microsoft's closed parts; their absence is told on the console. */
const absentFiles = /\/(manifest\.json|_static\/.*|.*\/vsda\/rust\/web\/.*|update\/check)$/;
const absentFeatures =
  /Manifest fetch from|\[Service Worker\] registration|fetching the script|Long running operations during shutdown/;

export class VsCodeHost {
  /** Addresses the page asked for that are not on the loopback host. A suite asserts that there are none. */
  readonly foreignRequests: string[] = [];
  /** Errors on the page's console and uncaught ones, without those that this host itself causes. */
  readonly consoleErrors: string[] = [];
  private isLeaving = false;

  private constructor(
    readonly profile: Profile,
    readonly inHost: InHost,
    private readonly server: ServerProcess,
    private readonly context: BrowserContext,
    readonly page: Page,
    readonly workbench: Workbench,
  ) {
    context.on('request', (request) => {
      if (!isLocal(request.url()) && !isWebviewFile(request.url())) this.foreignRequests.push(request.url());
    });
    context.on('requestfailed', (request) => {
      const wentOut = request.failure()?.errorText.includes('ERR_NAME_NOT_RESOLVED') ?? false;
      if (wentOut && isWebviewFile(request.url())) this.foreignRequests.push(request.url());
    });
    page.on('websocket', (socket) => {
      if (!isLocal(socket.url())) this.foreignRequests.push(socket.url());
    });
    page.on('console', (message) => {
      if (message.type() !== 'error' || this.isLeaving || isOfHost(message)) return;
      this.consoleErrors.push(message.text());
    });
    page.on('pageerror', (error) => this.consoleErrors.push(error.stack ?? error.message));
  }

  /** Starts VS Code and waits until its window stands and its extensions may run. */
  static async launch(options: HostOptions): Promise<VsCodeHost> {
    const { serverRoot, chromium: executablePath } = ensureHost();
    const profile = await createProfile(options);
    const undo: (() => unknown)[] = [
      () => {
        rmSync(profile.root, { recursive: true, force: true, maxRetries: 3 });
      },
    ];
    try {
      if (options.vsix !== undefined) installVsix(serverRoot, profile, options.vsix);
      const inHost = await InHost.listen(profile.socket);
      undo.unshift(() => {
        inHost.close();
      });
      const { trust = 'granted', env = {} } = options;
      const proposedApi = options.chat === 'present' ? 'enabled' : 'disabled';
      const { server, url } = await ServerProcess.start({ serverRoot, profile, trust, proposedApi, env });
      undo.unshift(() => server.stop());
      const context = await chromium.launchPersistentContext(profile.browserData, {
        executablePath,
        args: browserArguments,
        viewport: options.viewport ?? { width: 1280, height: 800 },
        permissions: ['clipboard-read', 'clipboard-write'],
      });
      undo.unshift(() => context.close());
      const page = context.pages()[0] ?? (await context.newPage());
      const host = new VsCodeHost(profile, inHost, server, context, page, new Workbench(page, inHost));
      await page.goto(url);
      await host.ready();
      if (options.theme) await host.workbench.themeShown(options.theme);
      return host;
    } catch (error) {
      for (const step of undo) await step();
      throw error;
    }
  }

  /** The absolute path of a file of the workspace's folder. */
  path(relative: string): string {
    return join(this.profile.workspace, relative);
  }

  /** `Developer: Reload Window`: what extensions keep is written first, and the extension host starts anew. */
  async reload(): Promise<void> {
    // What is under way in the window that is left ends in errors that no user sees.
    this.isLeaving = true;
    const isMain = (frame: Frame): boolean => frame === this.page.mainFrame();
    const left = this.page.waitForEvent('framenavigated', { predicate: isMain, timeout: readyMs });
    await this.inHost.evaluate((vscode) => {
      void vscode.commands.executeCommand('workbench.action.reloadWindow');
    });
    await left;
    this.inHost.forget();
    this.isLeaving = false;
    await this.ready();
  }

  /** Runs the tests of test/extension/inhost/<name>.ts inside the extension host. */
  runInHost(name: string): Promise<InHostResult[]> {
    return this.inHost.run(inHostModule(this.profile, name));
  }

  /** Process ids of this VS Code's language servers. */
  languageServers(): number[] {
    return languageServers(this.profile.extensions).map(({ pid }) => pid);
  }

  /** What VS Code's server has printed. */
  get serverLog(): string {
    return this.server.log;
  }

  async close(): Promise<void> {
    await this.context.close();
    this.inHost.close();
    await this.server.stop();
    rmSync(this.profile.root, { recursive: true, force: true, maxRetries: 3 });
  }

  private async ready(): Promise<void> {
    await this.page.locator('.monaco-workbench .statusbar-item').first().waitFor({ timeout: readyMs });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`No extension host within ${readyMs / 1000} seconds:\n${this.server.log}`));
      }, readyMs);
    });
    await Promise.race([this.inHost.connected(), late]);
    clearTimeout(timer);
  }
}

function isLocal(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return !/^(https?|wss?):$/.test(protocol) || ['127.0.0.1', 'localhost'].includes(hostname);
}

/**
 * A webview's files have addresses of a host that VS Code's service worker stands for: no request leaves the page.
 * One that the worker did not answer would, and fails here, as the browser resolves no names.
 */
function isWebviewFile(url: string): boolean {
  return new URL(url).hostname.endsWith('.vscode-resource.vscode-cdn.net');
}

function isOfHost(message: ConsoleMessage): boolean {
  const { url } = message.location();
  const path = URL.canParse(url) ? new URL(url).pathname : '';
  return absentFiles.test(path) || absentFeatures.test(message.text());
}
