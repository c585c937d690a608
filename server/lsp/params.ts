import { isAbsolute } from 'node:path';
import type {
  FolderExclude,
  AnswerSentence,
  Arm,
  AskParams,
  BatteryChoice,
  CancelParams,
  ChangedFile,
  ExplainParams,
  IndexClearParams,
  IndexEstimateParams,
  IndexParams,
  InitializationOptions,
  ModelAddParams,
  ModelNameParams,
  NamedFolder,
  OutlineEntry,
  Place,
  ProviderChoice,
  Scope,
  SearchParams,
  StatusParams,
  SummarizeChangesParams,
  SummarizeParams,
  TeamStoreAccess,
  TeamStoreSettings,
  Turn,
  WhyNotParams,
} from '../../protocol/messages';
import { seedMax, temperatureMax } from '../../protocol/sampling';
import type { CitedLines, ReadPlace, VerifyParams } from '../../protocol/verify';
import {
  decimal,
  flag,
  integer,
  listOf,
  object,
  oneOf,
  optional,
  text,
  unique,
  where,
  type Check,
} from './check';

/** More hits than anyone reads; bounds the answer's size. */
const topMax = 10_000;
/** More than a machine has that talks with its user; a mistyped number must not start thousands of threads. */
const threadsMax = 512;
/** Beyond any model's context; bounds how long one request may generate. */
const tokensMax = 32_768;
/** More folders than an editor shows at once; each is walked for every request. */
const foldersMax = 64;
/** More editors than anyone has open. */
const openEditorsMax = 1_000;
/** More patterns than a person writes; every path of the workspace is held against all of them. */
const excludeMax = 1_000;
/** A scope of more than this is a folder. */
const scopePathsMax = 1_000;
/** More turns than a day of talking brings; the last few are used. */
const turnsMax = 1_000;
/** Places an editor may find for one symbol; the first 32 are read. */
const placesMax = 10_000;
/** More symbols than a file within the size limit has lines worth a name. */
const outlineMax = 100_000;
/** Files of the largest difference that is worth looking at; a few dozen are summarized. */
const changedFilesMax = 10_000;

/** More than an answer of the most tokens has. */
const sentencesMax = 10_000;
/** More than blocks are read for an answer. */
const citationsMax = 1_000;

const arms: readonly Arm[] = ['landmark', 'lexical', 'hybrid'];
const accesses: readonly TeamStoreAccess[] = ['read', 'readWrite'];
const providers: readonly ProviderChoice[] = ['auto', 'cuda', 'cpu'];
const batteryChoices: readonly BatteryChoice[] = ['pause', 'slow', 'full'];

// The file system throws on NUL, which would look like a broken invariant.
const name = where(
  (value): value is string => typeof value === 'string' && value !== '' && !value.includes('\0'),
  'must be a string that is neither empty nor holds a NUL',
);
const absolutePath = where(
  (value): value is string => typeof value === 'string' && isAbsolute(value) && !value.includes('\0'),
  'must be an absolute path',
);
/** A name that is the first part of a path, and nothing else. */
const folderName = where(
  (value): value is string => typeof value === 'string' && /^(?!\.{1,2}$)[^/\\\0]+$/.test(value),
  'must be a name without slashes',
);
/** The empty path is the whole workspace. */
const pathOrRoot = where(
  (value): value is string => typeof value === 'string' && !value.includes('\0'),
  'must be a string without a NUL',
);
const lineOrColumn = integer(1, Number.MAX_SAFE_INTEGER);
const streamToken = optional(name);
const arm = optional(oneOf(arms));

const folders = optional(
  unique(
    listOf(object<NamedFolder>({ name: folderName, root: absolutePath }), 1, foldersMax),
    (folder) => folder.name,
    'must have folders of different names',
  ),
);
/** What every request says of its workspace. */
const rooted = { root: absolutePath, folders, streamToken };
const thread = optional(listOf(object<Turn>({ question: text, answer: text }), 0, turnsMax));
const place = object<Place>({ path: name, startLine: lineOrColumn, endLine: lineOrColumn });
const readPlace = object<ReadPlace>({
  path: name,
  startLine: lineOrColumn,
  endLine: lineOrColumn,
  piece: optional(integer(0, placesMax)),
});
const number = integer(1, Number.MAX_SAFE_INTEGER);
const scope = optional(object<Scope>({ paths: listOf(name, 1, scopePathsMax), leaveOut: optional(flag) }));

/** What each request's parameters must look like before the engine sees them. */
export const params = {
  initialization: object<InitializationOptions>({
    modelPackage: optional(name),
    readerPackage: optional(name),
    cacheFolder: optional(absolutePath),
    provider: optional(oneOf(providers)),
    threads: optional(integer(0, threadsMax)),
    kvQuotaBytes: optional(integer(0, Number.MAX_SAFE_INTEGER)),
    exclude: optional(listOf(text, 0, excludeMax)),
    folderExcludes: optional(
      listOf(
        object<FolderExclude>({ root: absolutePath, exclude: listOf(text, 0, excludeMax) }),
        0,
        foldersMax,
      ),
    ),
    // Whether they name a place is told in the status: a wrong one leaves the server as it is without.
    teamStore: optional(
      object<TeamStoreSettings>({
        endpoint: text,
        bucket: text,
        prefix: optional(text),
        region: optional(text),
        access: oneOf(accesses),
      }),
    ),
    include: optional(listOf(text, 0, excludeMax)),
    onBattery: optional(oneOf(batteryChoices)),
  }),
  index: object<IndexParams>({
    ...rooted,
    share: optional(flag),
    openEditors: optional(listOf(name, 0, openEditorsMax)),
  }),
  indexEstimate: object<IndexEstimateParams>(rooted),
  indexClear: object<IndexClearParams>(rooted),
  search: object<SearchParams>({
    ...rooted,
    question: text,
    top: optional(integer(1, topMax)),
    arm,
    scope,
    wait: optional(flag),
  }),
  whyNot: object<WhyNotParams>({ ...rooted, question: text, thread, path: name, arm, scope }),
  ask: object<AskParams>({
    ...rooted,
    question: text,
    thread,
    scope,
    arm,
    wait: optional(flag),
    maxTokens: optional(integer(1, tokensMax)),
    temperature: optional(decimal(0, temperatureMax)),
    seed: optional(integer(0, seedMax)),
    anyway: optional(flag),
  }),
  explain: object<ExplainParams>({
    ...rooted,
    path: name,
    line: lineOrColumn,
    column: optional(lineOrColumn),
    endLine: optional(lineOrColumn),
    related: optional(listOf(place, 0, placesMax)),
  }),
  summarize: object<SummarizeParams>({
    ...rooted,
    path: pathOrRoot,
    startLine: optional(lineOrColumn),
    endLine: optional(lineOrColumn),
    outline: optional(
      listOf(
        object<OutlineEntry>({ title: text, startLine: lineOrColumn, endLine: lineOrColumn }),
        0,
        outlineMax,
      ),
    ),
  }),
  summarizeChanges: object<SummarizeChangesParams>({
    ...rooted,
    title: text,
    files: listOf(object<ChangedFile>({ path: name, diff: text }), 0, changedFilesMax),
  }),
  verify: object<VerifyParams>({
    ...rooted,
    question: text,
    thread,
    answer: text,
    sentences: listOf(
      object<AnswerSentence>({ text, citations: listOf(number, 0, citationsMax) }),
      0,
      sentencesMax,
    ),
    citations: listOf(
      object<CitedLines>({
        n: number,
        path: name,
        startLine: lineOrColumn,
        endLine: lineOrColumn,
        sha256: text,
      }),
      0,
      citationsMax,
    ),
    read: listOf(readPlace, 0, placesMax),
  }),
  status: orNothing(object<StatusParams>({ root: optional(absolutePath), folders })),
  cancel: object<CancelParams>({ streamToken: name }),
  modelAdd: orNothing(
    object<ModelAddParams>({ package: optional(name), file: optional(absolutePath), streamToken }),
  ),
  modelName: orNothing(object<ModelNameParams>({ package: optional(name) })),
  /** A request that needs nothing takes whatever it is sent. */
  none: (): object => ({}),
};

/** Where every field is optional, leaving the parameters out says the same as an empty object. */
function orNothing<Params>(check: Check<Params>): Check<Params> {
  return (value) => check(value ?? {});
}
