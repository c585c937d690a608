/** A fresh profile for one VS Code: settings, the extension under test, the driver, and a cache of its own. */

import { build } from 'esbuild';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import manifest from '../../../package.json';
import { repositoryRoot, testCacheFolder } from '../../oracle/fixtures';
import { run } from '../../endtoend/landmark';

/** Each with the class that the window has once it is shown. */
export const themes = {
  light: { name: 'Default Light Modern', shownBy: 'vs' },
  dark: { name: 'Default Dark Modern', shownBy: 'vs-dark' },
  highContrast: { name: 'Default High Contrast', shownBy: 'hc-black' },
  highContrastLight: { name: 'Default High Contrast Light', shownBy: 'hc-light' },
} as const;
export type Theme = keyof typeof themes;

/** A folder that is made for the suite and removed after it. */
export interface WorkspaceFiles {
  /** What the window calls it. Default: `workspace`. */
  name?: string;
  /** Contents by path. */
  files: Readonly<Record<string, string | Buffer>>;
}

export interface ProfileOptions {
  /** What is opened: a folder, a .code-workspace file, or files to make a folder of. */
  workspace: string | WorkspaceFiles;
  theme?: Theme;
  settings?: Readonly<Record<string, unknown>>;
  /**
   * `toy` stands the toy package in the default package's place: quick, and its answers are gibberish. `default` is
   * the shipped package with the base weights of the checkout's cache, which `npm test` fetches. Default: `toy`.
   */
  model?: 'toy' | 'default';
  /** `missing`: the base weights have not been fetched yet. Default: `added`. */
  weights?: 'added' | 'missing';
  /** Installs this file instead of the checkout's build. */
  vsix?: string;
  /** `present`: the editor has a chat of its own, as with Copilot. Default: `absent`, as VS Code comes. */
  chat?: 'present' | 'absent';
}

/** Absolute paths of what VS Code is started on. */
export interface Profile {
  root: string;
  workspace: string;
  userData: string;
  extensions: string;
  /** For LANDMARK_CACHE: nothing a suite does touches the user's own cache. */
  cache: string;
  socket: string;
  browserData: string;
}

export async function createProfile(options: ProfileOptions): Promise<Profile> {
  // Sockets' paths are limited to about 100 characters, so the names are short.
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'landmark-')));
  const profile: Profile = {
    root,
    workspace: createWorkspace(root, options.workspace),
    userData: join(root, 'user'),
    extensions: join(root, 'extensions'),
    cache: join(root, 'cache'),
    socket: join(root, 'driver.sock'),
    browserData: join(root, 'browser'),
  };
  mkdirSync(profile.extensions);
  writeSettings(profile, options);
  if (options.vsix === undefined) stageExtension(profile, options.model ?? 'toy');
  await stageDriver(profile);
  if (options.chat === 'present') await stageChatHost(profile);
  await fillCache(profile, options);
  return profile;
}

function createWorkspace(root: string, workspace: string | WorkspaceFiles): string {
  if (typeof workspace === 'string') return workspace;
  const folder = join(root, workspace.name ?? 'workspace');
  mkdirSync(folder);
  for (const [path, content] of Object.entries(workspace.files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** VS Code as a user would have it, but still: no welcome pages, no hints, no look-ups of its own. */
const quietSettings: Record<string, unknown> = {
  'editor.accessibilitySupport': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.autofetch': false,
  'git.openRepositoryInParentFolders': 'never',
  'json.schemaDownload.enable': false,
  'npm.fetchOnlinePackageInfo': false,
  'security.workspace.trust.startupPrompt': 'never',
  'telemetry.telemetryLevel': 'off',
  'typescript.disableAutomaticTypeAcquisition': true,
  'update.mode': 'none',
  'window.autoDetectColorScheme': false,
  'window.autoDetectHighContrast': false,
  'workbench.enableExperiments': false,
  'workbench.localHistory.enabled': false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
};

/** Settings with machine scope are read from the machine's file only, as the window is a remote one. */
function writeSettings(profile: Profile, { theme = 'light', settings = {} }: ProfileOptions): void {
  const all = Object.entries({ ...quietSettings, 'workbench.colorTheme': themes[theme].name, ...settings });
  const sections = [manifest.contributes.configuration].flat() as {
    properties: Record<string, { scope?: string }>;
  }[];
  const isOfMachine = ([name]: [string, unknown]): boolean =>
    sections.some(({ properties }) => properties[name]?.scope?.startsWith('machine') ?? false);
  for (const [folder, entries] of [
    ['User', all.filter((entry) => !isOfMachine(entry))],
    ['Machine', all.filter(isOfMachine)],
  ] as const) {
    mkdirSync(join(profile.userData, folder), { recursive: true });
    const text = JSON.stringify(Object.fromEntries(entries), null, 2);
    writeFileSync(join(profile.userData, folder, 'settings.json'), text);
  }
}

/** The checkout's build, laid out as an installed extension. Copied: the server looks for models beside its bundle. */
function stageExtension(profile: Profile, model: 'toy' | 'default'): void {
  const { publisher, name, version } = manifest;
  const target = join(profile.extensions, `${publisher}.${name}-${version}`);
  if (!existsSync(join(repositoryRoot, 'dist', 'extension.js'))) {
    throw new Error('dist/extension.js is missing; run `npm run build` first.');
  }
  const isTopFile = (file: string): boolean => /^package\.(nls\.)?.*json$|^README\.md$/.test(file);
  const topFiles = readdirSync(repositoryRoot).filter(
    (file) => isTopFile(file) && file !== 'package-lock.json',
  );
  for (const entry of [...topFiles, 'dist', 'media', 'l10n']) {
    const from = join(repositoryRoot, entry);
    if (existsSync(from)) cpSync(from, join(target, entry), { recursive: true, filter: isNoBench });
  }
  const shipped = 'qwen2.5-coder-0.5b-landmark';
  const source = model === 'toy' ? 'toy-landmark' : shipped;
  cpSync(join(repositoryRoot, 'models', source), join(target, 'models', shipped), { recursive: true });
  // Its weights are in no cache, so nothing reads with it until it is fetched.
  const reader = model === 'toy' ? 'toy-reader' : 'qwen2.5-coder-1.5b-reader';
  cpSync(join(repositoryRoot, 'models', reader), join(target, 'models', reader), { recursive: true });
  mkdirSync(join(target, 'node_modules'));
  for (const runtime of ['onnxruntime-node', 'onnxruntime-common']) {
    symlinkSync(join(repositoryRoot, 'node_modules', runtime), join(target, 'node_modules', runtime));
  }
}

const isNoBench = (path: string): boolean => !/[\\/]bench-[^\\/]*$/.test(path);

const suites = join(repositoryRoot, 'test', 'extension');

async function stageDriver(profile: Profile): Promise<void> {
  const modules = readdirSync(join(suites, 'inhost')).filter((name) => name.endsWith('.ts'));
  await stageTestExtension('driver', driverFolder(profile), [
    { in: join(suites, 'driver', 'driver.ts'), out: 'driver' },
    ...modules.map((name) => ({ in: join(suites, 'inhost', name), out: `inhost/${name.slice(0, -3)}` })),
  ]);
}

async function stageChatHost(profile: Profile): Promise<void> {
  const target = join(profile.extensions, 'landmark-tests.chat-host-1.0.0');
  await stageTestExtension('chatHost', target, [
    { in: join(suites, 'chatHost', 'chatHost.ts'), out: 'chatHost' },
  ]);
}

async function stageTestExtension(
  name: string,
  target: string,
  entryPoints: { in: string; out: string }[],
): Promise<void> {
  await build({
    outdir: target,
    entryPoints,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    sourcemap: 'inline',
    external: ['vscode'],
    logLevel: 'warning',
  });
  // As it is: VS Code reads a manifest's fields, none of which name this checkout.
  writeFileSync(join(target, 'package.json'), readFileSync(join(suites, name, 'package.json')));
}

/** In-host modules lie inside the driver's folder, or VS Code would not know whose `vscode` they ask for. */
export function driverFolder(profile: Profile): string {
  return join(profile.extensions, 'landmark-tests.driver-1.0.0');
}

async function fillCache(
  { cache }: Profile,
  { model = 'toy', weights = 'added' }: ProfileOptions,
): Promise<void> {
  mkdirSync(cache);
  if (weights === 'missing') return;
  if (model === 'default') {
    // The weights of the checkout's cache, but a store of its own.
    symlinkSync(join(testCacheFolder, 'models'), join(cache, 'models'));
    return;
  }
  const { exitCode, stderr } = await run(cache, ['model', 'add']);
  if (exitCode !== 0) throw new Error(`The toy model could not be added: ${stderr}`);
}
