import type {
  AnswerResult,
  AskParams,
  ExplainParams,
  IndexClearParams,
  IndexClearResult,
  IndexEstimate,
  IndexEstimateParams,
  IndexParams,
  IndexReport,
  ModelAddParams,
  ModelListResult,
  ModelNameParams,
  ModelRemoveResult,
  ModelSummary,
  ModelVerifyResult,
  SearchParams,
  SearchResult,
  StatusParams,
  StatusResult,
  StreamEvent,
  SummarizeChangesParams,
  SummarizeParams,
  SummaryResult,
  WhyNotParams,
  WhyNotResult,
} from '../../protocol/messages';
import type { VerifyParams, VerifyResult } from '../../protocol/verify';

/** Where a pipeline reports what happens while it works. */
export type Emit = (event: StreamEvent) => void;

/**
 * What the language server can do, free of LSP: protocol parameters in, protocol results out. Expected
 * failures are thrown as `ExpectedError`, a cancelled request as `CancelledError`.
 */
export interface Engine {
  index(params: IndexParams, emit: Emit, signal: AbortSignal): Promise<IndexReport>;
  indexEstimate(params: IndexEstimateParams, emit: Emit, signal: AbortSignal): Promise<IndexEstimate>;
  indexClear(params: IndexClearParams, emit: Emit, signal: AbortSignal): Promise<IndexClearResult>;
  search(params: SearchParams, emit: Emit, signal: AbortSignal): Promise<SearchResult>;
  whyNot(params: WhyNotParams, emit: Emit, signal: AbortSignal): Promise<WhyNotResult>;
  ask(params: AskParams, emit: Emit, signal: AbortSignal): Promise<AnswerResult>;
  explain(params: ExplainParams, emit: Emit, signal: AbortSignal): Promise<AnswerResult>;
  summarize(params: SummarizeParams, emit: Emit, signal: AbortSignal): Promise<SummaryResult>;
  summarizeChanges(params: SummarizeChangesParams, emit: Emit, signal: AbortSignal): Promise<SummaryResult>;
  verify(params: VerifyParams, emit: Emit, signal: AbortSignal): Promise<VerifyResult>;
  status(params: StatusParams): Promise<StatusResult>;
  modelAdd(params: ModelAddParams, emit: Emit, signal: AbortSignal): Promise<ModelSummary>;
  modelList(): Promise<ModelListResult>;
  modelVerify(params: ModelNameParams): Promise<ModelVerifyResult>;
  modelRemove(params: ModelNameParams): Promise<ModelRemoveResult>;
  dispose(): Promise<void>;
}
