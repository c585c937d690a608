// Installs the VS Code that the extension suites run in, once, into the ignored folder .vscode-test/ of the checkout.
//
//   node test/extension/host/install.mjs
//
// VS Code comes from the npm package code-server, which carries VS Code's server, workbench and extension host
// unchanged but for a web client that works without Microsoft's services. Its wrapper (login, proxy) is not used, and
// its install script is not run: that one refuses root and downloads binaries from other places. What the script does
// is done here, with the two native modules the suites need and the ripgrep of this checkout's own lock file.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** VS Code 1.100.3: the oldest that package.json's `engines.vscode` allows. */
const version = '4.100.3';
const integrity =
  'sha512-q/Fh2DOxCRNhC/WiG/6sAhSKnj7ZACTVBaeeZ+rWjol//0FCbl/qg1ln5ecZ99jYcfqMxZZAyWcN+YBIo0DgpA==';
/** Goes up when the steps below change, so that what an older script left is made anew. */
const revision = 2;

const repository = join(import.meta.dirname, '..', '..', '..');
const cache = join(repository, '.vscode-test');
const folder = join(cache, `vscode-${version}-r${revision}-node${process.versions.modules}`);
const done = join(folder, 'installed.json');

/** The Chromium the pages run in: the one that was named, or the first that exists. */
const browsers = process.env.LANDMARK_CHROMIUM
  ? [process.env.LANDMARK_CHROMIUM]
  : [
      '/usr/bin/chromium',
      '/usr/bin/chromium-browser',
      '/usr/bin/google-chrome',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ];

/** Makes sure that everything is there: { serverRoot, chromium }. Throws an error that says what to do. */
export function ensureHost() {
  const chromium = browsers.find((path) => existsSync(path));
  if (!chromium) {
    throw new Error(
      `No Chromium was found (${browsers.join(', ')}). ` +
        'Install it (Debian: apt-get install chromium) or set LANDMARK_CHROMIUM to its path.',
    );
  }
  if (!existsSync(done)) install();
  return { serverRoot: join(folder, 'vscode'), chromium };
}

function install() {
  if (process.platform === 'win32') throw new Error('The extension suites run on Linux and macOS.');
  for (const tool of ['npm', 'tar', 'make', 'g++', 'python3']) requireTool(tool);
  const started = Date.now();
  const building = `${folder}.${process.pid}`;
  rmSync(building, { recursive: true, force: true });
  mkdirSync(building, { recursive: true });
  try {
    step('fetching VS Code (42 MB)', () => fetchServer(building));
    const server = join(building, 'vscode');
    step('installing its packages', () => {
      installPackages(server);
      installPackages(join(server, 'extensions'));
      symlinkSync('node_modules', join(server, 'node_modules.asar'));
      linkRipgrep(server);
    });
    // Without the log writer no output channel has any text; the watchdog ends an extension host whose server is gone.
    step('building its log writer and watchdog', () => {
      build(server, '@vscode/spdlog');
      build(server, 'native-watchdog');
    });
    writeFileSync(join(building, 'installed.json'), JSON.stringify({ version, revision }));
    rmSync(folder, { recursive: true, force: true });
    renameSync(building, folder);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  console.log(`VS Code is installed (${Math.round((Date.now() - started) / 1000)} s).`);
}

function requireTool(tool) {
  if (spawnSync(tool, ['--version'], { stdio: 'ignore' }).status === 0) return;
  throw new Error(
    `${tool} is needed to install VS Code for the extension suites and was not found. ` +
      'Debian: apt-get install make g++ python3 chromium',
  );
}

function step(name, work) {
  console.log(`VS Code ${version}: ${name}`);
  work();
}

function fetchServer(target) {
  npm(target, 'pack', `code-server@${version}`, '--silent');
  const archive = join(target, `code-server-${version}.tgz`);
  const actual = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (actual !== integrity) {
    throw new Error(`The package code-server@${version} is not the pinned one: it has ${actual}.`);
  }
  run(target, 'tar', ['-xzf', archive, '--strip-components=2', 'package/lib/vscode']);
  rmSync(archive);
}

/** The lock file inside the package pins every package but a few peers, which `npm ci` refuses. */
function installPackages(cwd) {
  npm(cwd, 'install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error');
}

/** Search and file listing run ripgrep at this path. */
function linkRipgrep(server) {
  const require = createRequire(import.meta.url);
  const name = `@vscode/ripgrep-${process.platform}-${process.arch}`;
  const binary = join(dirname(require.resolve(`${name}/package.json`)), 'bin', 'rg');
  const target = join(server, 'node_modules', '@vscode', 'ripgrep', 'bin');
  mkdirSync(target, { recursive: true });
  symlinkSync(binary, join(target, 'rg'));
}

function build(server, module) {
  // Headers that came with Node are used where there are some; else node-gyp downloads them.
  const prefix = dirname(dirname(process.execPath));
  const hasHeaders = existsSync(join(prefix, 'include', 'node', 'node.h'));
  const nodeGyp = `node "$npm_config_node_gyp" rebuild --silent${hasHeaders ? ` --nodedir="${prefix}"` : ''}`;
  npm(server, 'explore', module, '--', nodeGyp);
}

function npm(cwd, ...args) {
  run(cwd, 'npm', args);
}

function run(cwd, command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status === 0) return;
  const output = `${stderr ?? ''}${stdout ?? ''}${error ? String(error) : ''}`.slice(0, 2000);
  throw new Error(`\`${command} ${args.join(' ')}\` failed while VS Code was installed:\n${output}`);
}

if (process.argv[1] === import.meta.filename) {
  try {
    ensureHost();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
