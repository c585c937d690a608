/** VS Code's server process, and with it the extension host and whatever the extension starts. */

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { driverFolder, type Profile } from './profile';
import { socketVariable } from '../driver/messages';

const startMs = 30_000;

export interface ServerOptions {
  serverRoot: string;
  profile: Profile;
  trust: 'granted' | 'asked';
  proposedApi: 'enabled' | 'disabled';
  env: Readonly<Record<string, string>>;
}

export class ServerProcess {
  private output = '';

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
    process.once('exit', this.kill);
  }

  /** Starts it on a free port of the loopback interface; resolves with the page's address. */
  static async start(options: ServerOptions): Promise<{ server: ServerProcess; url: string }> {
    const { serverRoot, profile, trust } = options;
    const args = [
      join(serverRoot, 'out', 'server-main.js'),
      ...[
        '--host',
        '127.0.0.1',
        '--port',
        '0',
        '--without-connection-token',
        '--accept-server-license-terms',
      ],
      ...['--telemetry-level', 'off', '--disable-getting-started-override'],
      ...profileArguments(profile),
      ...(trust === 'asked' ? [] : ['--disable-workspace-trust']),
    ];
    // A group of its own, so that nothing it started outlives it.
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      cwd: profile.root,
      env: { ...environment(profile), [socketVariable]: profile.socket, ...options.env },
    });
    const server = new ServerProcess(child);
    const port = await server.port();
    // Named in the address, and not to the server as its default: a default folder belongs to another remote host than
    // the files that are opened later, so that the explorer would not know them as its own.
    const kind = profile.workspace.endsWith('.code-workspace') ? 'workspace' : 'folder';
    const query = new URLSearchParams({ [kind]: profile.workspace });
    if (options.proposedApi === 'enabled') query.set('payload', JSON.stringify([['enableProposedApi', '']]));
    return { server, url: `http://127.0.0.1:${port}/?${query.toString()}` };
  }

  get log(): string {
    return this.output;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    const isRunning = this.child.exitCode === null && this.child.signalCode === null;
    this.kill();
    process.off('exit', this.kill);
    if (isRunning) await ended;
  }

  private readonly kill = (): void => {
    try {
      process.kill(-this.child.pid!, 'SIGKILL');
    } catch {
      // The group has ended on its own.
    }
  };

  private port(): Promise<number> {
    return new Promise((resolve, reject) => {
      const fail = (reason: string): void => {
        this.kill();
        reject(new Error(`VS Code's server ${reason}:\n${this.output}`));
      };
      const timer = setTimeout(() => {
        fail(`did not listen within ${startMs / 1000} seconds`);
      }, startMs);
      this.child.once('exit', (code) => {
        clearTimeout(timer);
        fail(`ended with code ${code}`);
      });
      this.child.stdout?.on('data', () => {
        const listening = /Extension host agent listening on (\d+)/.exec(this.output);
        if (!listening) return;
        clearTimeout(timer);
        resolve(Number(listening[1]));
      });
    });
  }
}

/** Installs an extension as `code --install-extension` does. */
export function installVsix(serverRoot: string, profile: Profile, vsix: string): void {
  const args = [
    join(serverRoot, 'out', 'server-main.js'),
    ...profileArguments(profile),
    ...['--install-extension', vsix, '--force'],
  ];
  execFileSync(process.execPath, args, { env: environment(profile), stdio: 'pipe', cwd: profile.root });
}

function profileArguments(profile: Profile): string[] {
  const { userData, extensions, root } = profile;
  return [
    ...['--user-data-dir', userData, '--extensions-dir', extensions],
    ...['--server-data-dir', join(root, 'server')],
  ];
}

/** The suite's environment without what npm, vitest or an editor around it has put there. */
function environment(profile: Profile): Record<string, string> {
  const foreign =
    /^(npm_|VSCODE_|VITEST|VITE_|ELECTRON_|NODE_|LANDMARK_)|^(TEST|DEV|PROD|MODE|SSR|BASE_URL)$/i;
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !foreign.test(entry[0]),
  );
  return {
    ...Object.fromEntries(kept),
    LANDMARK_CACHE: profile.cache,
    // No marketplace: nothing is looked up there, and the page asks it nothing.
    EXTENSIONS_GALLERY: '{}',
  };
}

/** The path of a bundled in-host module. */
export function inHostModule(profile: Profile, name: string): string {
  return join(driverFolder(profile), 'inhost', `${name}.js`);
}
