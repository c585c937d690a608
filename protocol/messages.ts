/**
 * Every message between a client (editor or command line) and the language server.
 *
 * Transport: LSP base protocol over stdio. Requests carry everything the server needs, so that a client can
 * be restarted between any two of them. Paths are relative to `root`, with forward slashes; lines are 1-based
 * and inclusive. Progress and streamed text travel as notifications that name the request's `streamToken`.
 */

import type { LayerShare } from './layerShare';
import type { StreamToken } from './models';
import type { SamplingParams } from './sampling';
import type { TeamStoreSettings, TeamStoreStatus } from './teamStore';

export type {
  ModelAddParams,
  ModelListResult,
  ModelNameParams,
  ModelRemoveResult,
  ModelSummary,
  ModelVerifyResult,
  StreamToken,
} from './models';
export type { LayerShare } from './layerShare';
export type { TeamStoreAccess, TeamStoreSettings, TeamStoreStatus } from './teamStore';

/** Sent by the client at start, in `initialize.initializationOptions`. */
export interface InitializationOptions {
  /** Folder of the model package (manifest, graphs, landmarks, tokenizer). Default: the one shipped. */
  modelPackage?: string;
  /**
   * Name or folder of a package that reads and answers instead of it; `auto`: the largest that is on this machine and fits
   * its memory; `none`, the default: the model package itself.
   */
  readerPackage?: string;
  /** Folder for converted weights and stores. Default: the user's cache folder. */
  cacheFolder?: string;
  /** Which execution provider to use. Default `auto`: CUDA where it starts, else the CPU. */
  provider?: ProviderChoice;
  /** Cores the model may use at once. Default 0: as many as ONNX Runtime finds, one thread a physical core. */
  threads?: number;
  /** Most bytes of KV blocks kept on disk. */
  kvQuotaBytes?: number;
  /** Glob patterns of paths to leave out of every folder, in the syntax of .gitignore. */
  exclude?: string[];
  /** The same for single folders, as the editor's own settings have it. */
  folderExcludes?: FolderExclude[];
  /** Where encoded windows are shared. Without it nothing is, and nothing is asked for. */
  teamStore?: TeamStoreSettings;
  /** Patterns of paths to read although ignore files or `folderExcludes` leave them out; `exclude` has the last word. */
  include?: string[];
  /** What encoding in the background does while the machine runs on battery. Default `slow`. */
  onBattery?: BatteryChoice;
}

/** What one folder leaves out. */
export interface FolderExclude {
  /** Absolute. */
  root: string;
  exclude: string[];
}

/** `pause`: nothing; `slow`: a part of the time; `full`: as on mains. */
export type BatteryChoice = 'pause' | 'slow' | 'full';
export type ProviderChoice = 'auto' | 'cuda' | 'cpu';
export type Arm = 'landmark' | 'lexical' | 'hybrid';

/** A folder of a workspace that has several. */
export interface NamedFolder {
  /** Unique in the workspace and free of slashes. */
  name: string;
  /** Absolute path. */
  root: string;
}

export interface RootedRequest {
  /** Absolute path of the workspace folder; of several, the first. */
  root: string;
  /** All folders of a workspace of several. Every path then begins with the name of its folder and a slash. */
  folders?: NamedFolder[];
  streamToken?: StreamToken;
}

/** The part of a workspace that a question is about. */
export interface Scope {
  /** Files, and folders that end on a slash; at least one. */
  paths: string[];
  /** Paths that hold no text are left out and named in a note; the request is refused where none holds any. */
  leaveOut?: boolean;
}

// ---- landmark/index: the client wants every window of the folder searchable. -------------------------------

export interface IndexParams extends RootedRequest {
  /** Also puts what the team store lacks of the folder's landmark keys, and waits for it. */
  share?: boolean;
  /** Files that the user has open, the most wanted first; they are encoded first. */
  openEditors?: string[];
}

export interface IndexReport {
  files: number;
  windows: number;
  blocks: number;
  tokens: number;
  /** What this run encoded; 0 when everything was already stored. */
  encodedWindows: number;
  encodedTokens: number;
  /** Windows that this run took from the team store, where one is named. */
  fetchedWindows?: number;
  /** Windows that this run put into the team store, where it was asked to. */
  sharedWindows?: number;
  bytesOnDisk: number;
  tokensPerSecond: number;
  elapsedMs: number;
  /** Number of files left out, by reason. */
  skipped: Partial<Record<SkipReason, number>>;
  /** The files left out (at most 1,000 named), each with its reason. */
  skippedFiles: { path: string; reason: SkipReason }[];
  /** Lines that were cut because they exceed the line limit. */
  linesCut: number;
}

export type SkipReason =
  | 'ignored'
  | 'binary'
  | 'notUtf8'
  | 'tooLarge'
  | 'unreadable'
  | 'symlink'
  | 'empty'
  | 'overFileLimit'
  /** Written by a program, by its name, its header or its packed lines. */
  | 'generated'
  /** Belongs to another folder of the same workspace. */
  | 'openedTwice';

// ---- landmark/index/estimate: what a build would cost, before the user agrees to one. -----------------------

export type IndexEstimateParams = RootedRequest;

export interface IndexEstimate {
  files: number;
  bytes: number;
  blocks: number;
  tokens: number;
  /** Tokens of windows without stored landmark keys. */
  tokensToEncode: number;
  /** From the speed measured on this machine, or from a default until there is a measurement. */
  seconds: number;
  /** What landmark keys and the quota of KV blocks may take on disk at most. */
  bytesOnDisk: number;
}

// ---- landmark/index/clear: forget what is stored of the folder's windows. ------------------------------------

export type IndexClearParams = RootedRequest;

export interface IndexClearResult {
  windows: number;
  bytesFreed: number;
}

// ---- landmark/search: rank blocks for a question, without reading them. ------------------------------------

export interface SearchParams extends RootedRequest {
  question: string;
  /** How many blocks to return. Default 50. */
  top?: number;
  arm?: Arm;
  scope?: Scope;
  /** Finish the index first. */
  wait?: boolean;
}

export interface BlockHit {
  path: string;
  startLine: number;
  endLine: number;
  /** Which of the blocks of exactly these lines, from 1 where it is not the first: a long line fills several. */
  piece?: number;
  /**
   * The score that ranks the list, by arm: landmark score, BM25 score, or for both the probability; what follows the
   * candidates of fusion has scores below 0, and a package without weights of fusion ranks by reciprocal-rank sums.
   */
  score: number;
  /**
   * How likely the block is to hold the answer, 0 to 1; null where that is not known: one arm alone, a package without
   * weights of fusion, a block without a landmark key or far down in both arms.
   */
  probability: number | null;
  /** Inner product of landmark query and key, -1..1; null where the block has no landmark key yet. */
  landmarkScore: number | null;
  /** Which layers and heads that score comes from, largest layer first; empty where it is not above 0. */
  landmarkLayers: LayerShare[];
  /** BM25 score; 0 where no word matches. */
  lexicalScore: number;
  /** Place in the ranking of each arm, from 1; null where the arm has no evidence for the block. */
  landmarkRank: number | null;
  lexicalRank: number | null;
  /** Words of the question that stand in the block, as the question spells them (at most 12). */
  words: string[];
}

export interface SearchResult {
  blocks: BlockHit[];
  coverage: Coverage;
  /**
   * How likely it is that the scope holds an answer, 0 to 1, by what is known before reading; `ask` abstains under the
   * model package's threshold. Null where one arm alone was asked.
   */
  answerProbability: number | null;
}

/** How much of the workspace each arm could see when the question was routed. */
export interface Coverage {
  blocks: number;
  landmarkBlocks: number;
  lexicalBlocks: number;
}

// ---- landmark/whyNot: how near a file came to being read for a question. ------------------------------------

/** The question as it was asked. */
export interface WhyNotParams
  extends Pick<AskParams, 'question' | 'thread' | 'scope' | 'arm'>, RootedRequest {
  path: string;
}

export interface WhyNotResult {
  /** The file's best block, or null where nothing of the file matches at all. */
  best: BlockHit | null;
  /** Its place among all blocks, from 1. */
  rank: number | null;
  /** How many blocks were ranked. */
  blocks: number;
  /** The last block that would have been read: what the file's best block had to beat. */
  lastRead: BlockHit | null;
}

// ---- landmark/ask, landmark/explain, landmark/summarize: stream an answer with citations. ------------------

/** An earlier question of the same thread with its answer. */
export interface Turn {
  question: string;
  answer: string;
}

export interface AskParams extends RootedRequest, SamplingParams {
  question: string;
  /** Earlier turns, oldest first (the last 8 are used); the question may refer to them. */
  thread?: Turn[];
  scope?: Scope;
  arm?: Arm;
  wait?: boolean;
  maxTokens?: number;
  /** Answers from the nearest blocks also where there does not seem to be an answer. */
  anyway?: boolean;
}

export interface ExplainParams extends RootedRequest {
  path: string;
  line: number;
  /** 1-based; without it the line's first identifier is explained. */
  column?: number;
  /** Last line of a selection that begins on `line`; the selection is explained instead of a symbol. */
  endLine?: number;
  /** Where the editor's language features find the symbol defined and used (at most 32 are read). */
  related?: Place[];
}

export interface Place {
  path: string;
  startLine: number;
  endLine: number;
}

export interface SummarizeParams extends RootedRequest {
  /** A file, or a folder that ends on a slash; an empty path is the whole workspace. */
  path: string;
  /** A selection of a file. */
  startLine?: number;
  endLine?: number;
  /** A file's outline by its language features; without it sections are made of windows. */
  outline?: OutlineEntry[];
}

export interface OutlineEntry {
  title: string;
  startLine: number;
  endLine: number;
}

/** landmark/summarizeChanges: the client has made a difference of two revisions. */
export interface SummarizeChangesParams extends RootedRequest {
  /** Names the two revisions, for the text. */
  title: string;
  files: ChangedFile[];
}

export interface ChangedFile {
  path: string;
  /** Unified difference of the file, without its header. */
  diff: string;
}

export interface Citation {
  /** The number shown in the answer, from 1. */
  n: number;
  path: string;
  startLine: number;
  endLine: number;
  score: number;
  /** SHA-256 of the block's text as it was read. */
  sha256: string;
  /** The block's text as it was read. */
  text: string;
}

export interface AnswerSentence {
  text: string;
  /** Numbers of the citations this sentence rests on; empty where nothing that was read supports it. */
  citations: number[];
}

export interface Timings {
  indexMs: number;
  routeMs: number;
  /** From the request's arrival to the first streamed token. */
  firstTokenMs: number;
  totalMs: number;
  promptTokens: number;
  /** Prompt tokens whose keys and values came from the store instead of being encoded. */
  cachedTokens: number;
  generatedTokens: number;
}

export interface AnswerResult {
  answer: string;
  sentences: AnswerSentence[];
  citations: Citation[];
  /** True where the workspace does not seem to contain an answer; `nearest` then says where to look. */
  abstained: boolean;
  /** The blocks that were read, in the order they stand in the context. */
  read: BlockHit[];
  nearest: BlockHit[];
  coverage: Coverage;
  timings: Timings;
  /** What the user should know: a cut question, a provider that fell back, an answer at its length limit. */
  notes: string[];
}

/** landmark/summarize adds proof that every block was read. */
export interface SummaryResult extends AnswerResult {
  blocksRead: number;
  blocksTotal: number;
  /** `sentences` and `answer` speak of the whole; these of its parts, with the same numbers. */
  sections: SummarySection[];
}

export interface SummarySection {
  /** The outline's title, a path, or empty. */
  title: string;
  path: string;
  startLine: number;
  endLine: number;
  sentences: AnswerSentence[];
}

// ---- landmark/status ---------------------------------------------------------------------------------------

export interface StatusParams {
  root?: string;
  folders?: NamedFolder[];
}

export interface StatusResult {
  serverVersion: string;
  model: ModelStatus;
  workspace?: {
    root: string;
    files: number;
    windows: number;
    blocks: number;
    landmarkBlocks: number;
    warmWindows: number;
    bytesOnDisk: number;
    /** Files whose windows all have landmark keys. */
    filesSearchable: number;
    kvQuotaBytes: number;
    skipped: Partial<Record<SkipReason, number>>;
    skippedFiles: { path: string; reason: SkipReason }[];
  };
  /** Absent where none is named. */
  teamStore?: TeamStoreStatus;
}

export interface ModelStatus {
  /** `missing`: weights not fetched. `failed`: present but unusable; `problem` says why and what to do. */
  state: 'ready' | 'notLoaded' | 'missing' | 'failed';
  name: string;
  /** The package that reads and answers, where it is another one than `name`, which routes. */
  reader?: string;
  provider?: 'cuda' | 'cpu';
  /** Why the asked-for provider is not used, or why CUDA is not used any more. */
  providerNote?: string;
  problem?: string;
}

// ---- landmark/cancel: stops the request that streams under this token; $/cancelRequest does the same by id. --

export interface CancelParams {
  streamToken: StreamToken;
}

// ---- Notifications, server to client. ----------------------------------------------------------------------

export interface StreamParams {
  streamToken: StreamToken;
  event: StreamEvent;
}

export type StreamEvent =
  | ProgressEvent
  | { type: 'routed'; blocks: BlockHit[]; coverage: Coverage }
  /** The context stands: so many tokens are read, so many of them from the store or remembered, of so many that fit. */
  | { type: 'context'; promptTokens: number; cachedTokens: number; contextTokens: number }
  | { type: 'token'; text: string }
  | { type: 'sentence'; index: number; sentence: AnswerSentence; citations: Citation[] }
  /** A part of a summary is done; its citations are numbered on their own until the result arrives. */
  | { type: 'section'; index: number; total: number; section: SummarySection };

export interface ProgressEvent {
  type: 'progress';
  phase: ProgressPhase;
  done: number;
  total: number;
  message: string;
  /** Told once enough was measured; without time spent waiting. */
  remainingSeconds?: number;
  /** What the work waits for before it goes on; absent while it runs. */
  waitsFor?: WaitReason;
}

/** A question goes first; a user types; the machine runs on battery. */
export type WaitReason = 'question' | 'typing' | 'battery';

export type ProgressPhase = 'fetch' | 'convert' | 'model' | 'walk' | 'index' | 'route' | 'read' | 'generate';

/** Method names; one place, so that client and server cannot drift apart. */
export const method = {
  index: 'landmark/index',
  indexEstimate: 'landmark/index/estimate',
  indexClear: 'landmark/index/clear',
  search: 'landmark/search',
  whyNot: 'landmark/whyNot',
  ask: 'landmark/ask',
  explain: 'landmark/explain',
  summarize: 'landmark/summarize',
  summarizeChanges: 'landmark/summarizeChanges',
  verify: 'landmark/verify',
  status: 'landmark/status',
  cancel: 'landmark/cancel',
  modelAdd: 'landmark/model/add',
  modelList: 'landmark/model/list',
  modelVerify: 'landmark/model/verify',
  modelRemove: 'landmark/model/remove',
  stream: 'landmark/stream',
} as const;
