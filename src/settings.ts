import * as vscode from 'vscode';
import type {
  BatteryChoice,
  FolderExclude,
  InitializationOptions,
  ProviderChoice,
  TeamStoreSettings,
} from '../protocol/messages';
import { excludePatterns, type ExcludeSetting } from './excludes';
import { localFolders } from './roots';

export const configurationSection = 'landmark';
const bytesPerGigabyte = 1e9;

export function settings(): vscode.WorkspaceConfiguration {
  return vscode.workspace.getConfiguration(configurationSection);
}

/** What the server is started with. The settings that name folders are those of the machine, never a workspace's. */
export function initializationOptions(): InitializationOptions {
  const configuration = settings();
  const cacheFolder = ofMachine(configuration, 'cacheFolder');
  const modelPackage = ofMachine(configuration, 'model.package');
  const readerPackage = readerSetting();
  const teamStore = teamStoreSettings();
  const threads = configuration.get<number>('model.threads', 0);
  const quota = configuration.get<number>('index.quota', 0);
  return {
    provider: configuration.get<ProviderChoice>('provider', 'auto'),
    exclude: excludePatterns(configuration.get<unknown[]>('index.exclude', [])),
    folderExcludes: folderExcludes(configuration),
    include: excludePatterns(configuration.get<unknown[]>('index.include', [])),
    onBattery: batteryChoice(configuration.get<unknown>('index.onBattery')),
    ...(cacheFolder !== '' && { cacheFolder }),
    ...(modelPackage !== '' && { modelPackage }),
    ...(readerPackage !== '' && { readerPackage }),
    ...(teamStore && { teamStore }),
    ...(threads > 0 && { threads }),
    ...(quota > 0 && { kvQuotaBytes: Math.round(quota * bytesPerGigabyte) }),
  };
}

/**
 * The store that a team shares, where the user has named one. A folder that is not trusted is not held against it: its
 * names would tell what it holds, and what was read of it does not belong to the team.
 */
export function teamStoreSettings(): TeamStoreSettings | undefined {
  if (!vscode.workspace.isTrusted) return undefined;
  const configuration = settings();
  const read = (name: string): string => ofMachine(configuration, `teamStore.${name}`);
  const [endpoint, bucket, prefix, region] = [
    read('endpoint'),
    read('bucket'),
    read('prefix'),
    read('region'),
  ];
  if (endpoint === '' || bucket === '') return undefined;
  return {
    endpoint,
    bucket,
    ...(prefix !== '' && { prefix }),
    ...(region !== '' && { region }),
    access: read('access') === 'readWrite' ? 'readWrite' : 'read',
  };
}

/** A value that the server does not know would keep it from starting. */
function batteryChoice(value: unknown): BatteryChoice {
  return value === 'pause' || value === 'full' ? value : 'slow';
}

/** The package that answers; empty: the one that is shipped. */
export function modelPackageSetting(): string {
  return ofMachine(settings(), 'model.package');
}

/** What reads and answers: a package, `auto` or `none`. */
export function readerSetting(): string {
  return ofMachine(settings(), 'model.reader');
}

/**
 * A setting with machine scope cannot stand in a workspace's settings; read here without them as well, so that no
 * change of a scope in the manifest can open a way for a repository to name a path.
 */
function ofMachine(configuration: vscode.WorkspaceConfiguration, name: string): string {
  const { globalValue, defaultValue } = configuration.inspect<string>(name) ?? {};
  return (globalValue ?? defaultValue ?? '').trim();
}

/** The editor's own lists, which each folder may have its own of. */
function folderExcludes(configuration: vscode.WorkspaceConfiguration): FolderExclude[] {
  if (!configuration.get<boolean>('index.useEditorExcludes', true)) return [];
  return localFolders().map(({ uri }) => {
    const ofEditor = ['files', 'search'].map((section) =>
      vscode.workspace.getConfiguration(section, uri).get<ExcludeSetting>('exclude', {}),
    );
    return { root: uri.fsPath, exclude: excludePatterns([], ...ofEditor) };
  });
}
