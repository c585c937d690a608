import { isAbsolute } from 'node:path';
import type {
  Arm,
  AskParams,
  CancelParams,
  ExplainParams,
  IndexParams,
  InitializationOptions,
  ModelAddParams,
  ModelNameParams,
  ProviderChoice,
  SearchParams,
  StatusParams,
  SummarizeParams,
} from '../../protocol/messages';
import { flag, integer, object, oneOf, optional, text, where, type Check } from './check';

/** More hits than anyone reads; bounds the answer's size. */
const topMax = 10_000;
/** Beyond any model's context; bounds how long one request may generate. */
const tokensMax = 32_768;

const arms: readonly Arm[] = ['landmark', 'lexical', 'hybrid'];
const providers: readonly ProviderChoice[] = ['auto', 'cuda', 'cpu'];

// The file system throws on NUL, which would look like a broken invariant.
const name = where(
  (value): value is string => typeof value === 'string' && value !== '' && !value.includes('\0'),
  'must be a string that is neither empty nor holds a NUL',
);
const absolutePath = where(
  (value): value is string => typeof value === 'string' && isAbsolute(value) && !value.includes('\0'),
  'must be an absolute path',
);
const lineOrColumn = integer(1, Number.MAX_SAFE_INTEGER);
const streamToken = optional(name);
const arm = optional(oneOf(arms));

/** What each request's parameters must look like before the engine sees them. */
export const params = {
  initialization: object<InitializationOptions>({
    modelPackage: optional(name),
    cacheFolder: optional(absolutePath),
    provider: optional(oneOf(providers)),
    kvQuotaBytes: optional(integer(0, Number.MAX_SAFE_INTEGER)),
  }),
  index: object<IndexParams>({ root: absolutePath, streamToken }),
  search: object<SearchParams>({
    root: absolutePath,
    streamToken,
    question: text,
    top: optional(integer(1, topMax)),
    arm,
    wait: optional(flag),
  }),
  ask: object<AskParams>({
    root: absolutePath,
    streamToken,
    question: text,
    arm,
    wait: optional(flag),
    maxTokens: optional(integer(1, tokensMax)),
  }),
  explain: object<ExplainParams>({
    root: absolutePath,
    streamToken,
    path: name,
    line: lineOrColumn,
    column: optional(lineOrColumn),
  }),
  summarize: object<SummarizeParams>({ root: absolutePath, streamToken, path: name }),
  status: orNothing(object<StatusParams>({ root: optional(absolutePath) })),
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
