import { resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import type {
  Arm,
  InitializationOptions,
  ProviderChoice,
  Scope,
  TeamStoreAccess,
} from '../protocol/messages';
import { seedMax, temperatureMax } from '../protocol/sampling';
import { failure } from './failures';
import { workspacePath } from './location';

/** Options every command takes. */
export interface GlobalOptions {
  cache?: string;
  provider?: ProviderChoice;
  model?: string;
  reader?: string;
  teamEndpoint?: string;
  teamBucket?: string;
  teamPrefix?: string;
  teamRegion?: string;
  teamAccess?: TeamStoreAccess;
  threads?: number;
  exclude: string[];
  include: string[];
  /** False after --no-color. */
  color: boolean;
}

export interface RootOptions extends GlobalOptions {
  root: string;
  json?: boolean;
}

const arms: readonly Arm[] = ['landmark', 'lexical', 'hybrid'];
const providers: readonly ProviderChoice[] = ['auto', 'cuda', 'cpu'];

export const rootOption = (): Option =>
  new Option('--root <dir>', 'folder of the workspace').default('.', 'the current folder');

export const jsonOption = (): Option => new Option('--json', 'print one JSON value a line');

export const armOption = (): Option =>
  new Option('--arm <arm>', 'how blocks are found (default: hybrid)').choices(arms);

/** Given once for each path: a list after one option would take the question's words too. */
export const scopeOption = (): Option =>
  new Option('--scope <path>', 'only this file or folder; may be given several times')
    .argParser((path: string, before: string[]) => [...before, path])
    .default([], 'the whole folder');

/** The part of the folder that was named with `--scope`; folders are told by the slash they end on. */
export function scopeOf({ root, scope }: { root: string; scope: readonly string[] }): { scope?: Scope } {
  const absolute = resolve(root);
  return scope.length === 0 ? {} : { scope: { paths: scope.map((path) => workspacePath(absolute, path)) } };
}

/** What of a folder is read, beside its ignore files. */
export const patternOptions = (): Option[] =>
  [
    new Option('--exclude <pattern>', 'paths to leave out, as in .gitignore; may be given several times'),
    new Option('--include <pattern>', 'paths to read although an ignore file leaves them out'),
  ].map((option) =>
    option.argParser((pattern: string, before: string[]) => [...before, pattern]).default([], 'none'),
  );

export const waitOption = (): Option => new Option('--wait', 'finish the index before searching it');

export const providerOption = (): Option =>
  new Option(
    '--provider <provider>',
    'what the model runs on (default: CUDA where it starts, else the CPU)',
  ).choices(providers);

/** Where a team shares what its machines have read; every one of them may stand in the environment instead. */
export const teamStoreOptions = (): Option[] => [
  new Option('--team-endpoint <url>', 'S3-compatible store that a team shares (default: none)').env(
    'LANDMARK_TEAM_STORE_ENDPOINT',
  ),
  new Option('--team-bucket <name>', 'its bucket').env('LANDMARK_TEAM_STORE_BUCKET'),
  new Option('--team-prefix <path>', 'folder inside the bucket').env('LANDMARK_TEAM_STORE_PREFIX'),
  new Option('--team-region <name>', 'region of the bucket').env('LANDMARK_TEAM_STORE_REGION'),
  new Option('--team-access <access>', 'take what is there, or put what is read there too (default: read)')
    .choices(['read', 'readWrite'] satisfies TeamStoreAccess[])
    .env('LANDMARK_TEAM_STORE_ACCESS'),
];

export function positiveInteger(value: string): number {
  const count = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(count) || count < 1) {
    throw new InvalidArgumentError('It must be a whole number from 1.');
  }
  return count;
}

export function temperature(value: string): number {
  const given = Number(value);
  if (!/^\d*\.?\d+$/.test(value) || given > temperatureMax) {
    throw new InvalidArgumentError(`It must be a number from 0 to ${temperatureMax}, such as 0.7.`);
  }
  return given;
}

export function seed(value: string): number {
  const given = Number(value);
  if (!/^\d+$/.test(value) || given > seedMax) {
    throw new InvalidArgumentError(`It must be a whole number from 0 to ${seedMax}.`);
  }
  return given;
}

/** A model package is named, or given as a folder: whatever holds a separator is a folder. */
export function packageNameOrFolder(value: string): string {
  return /[\\/]/.test(value) || value === '.' || value === '..' ? resolve(value) : value;
}

export function initializationOptions(options: GlobalOptions): InitializationOptions {
  return {
    ...(options.cache === undefined ? {} : { cacheFolder: resolve(options.cache) }),
    ...(options.provider === undefined ? {} : { provider: options.provider }),
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    ...(options.model === undefined ? {} : { modelPackage: options.model }),
    ...(options.reader === undefined ? {} : { readerPackage: options.reader }),
    ...(options.exclude.length > 0 && { exclude: options.exclude }),
    ...(options.include.length > 0 && { include: options.include }),
    ...teamStoreOf(options),
  };
}

/** An empty value is none: it is how a variable of the environment is switched off for one command. */
function teamStoreOf(options: GlobalOptions): Pick<InitializationOptions, 'teamStore'> {
  const { teamEndpoint, teamBucket, teamPrefix, teamRegion, teamAccess } = options;
  if (!teamEndpoint) return {};
  if (!teamBucket) throw failure.teamBucketMissing();
  return {
    teamStore: {
      endpoint: teamEndpoint,
      bucket: teamBucket,
      ...(teamPrefix && { prefix: teamPrefix }),
      ...(teamRegion && { region: teamRegion }),
      access: teamAccess ?? 'read',
    },
  };
}
