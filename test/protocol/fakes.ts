import { setImmediate as turn } from 'node:timers/promises';
import type {
  AnswerResult,
  BlockHit,
  Citation,
  StreamEvent,
  SummaryResult,
  SummarySection,
} from '../../protocol/messages';
import type { Emit, Engine } from '../../server/answering/engine';
import { failure, throwIfCancelled } from '../../server/errors';

export const hit: BlockHit = {
  path: 'src/cache.ts',
  startLine: 3,
  endLine: 5,
  score: 0.5,
  probability: 0.5,
  landmarkScore: 0.4,
  landmarkLayers: [
    { layer: 7, share: 0.7, heads: [0.1, 0.6] },
    { layer: 2, share: 0.4, heads: [0.5, -0.1] },
    { layer: 5, share: -0.1, heads: [-0.1, 0] },
  ],
  lexicalScore: 2,
  landmarkRank: 2,
  lexicalRank: 1,
  words: ['cleared'],
};

export const citation: Citation = {
  n: 1,
  path: 'src/cache.ts',
  startLine: 3,
  endLine: 5,
  score: 0.5,
  sha256: 'ab'.repeat(32),
  text: 'function clear() {\n  entries = [];\n}\n',
};

export const answer: AnswerResult = {
  answer: 'It is cleared by clear. Nobody calls it.',
  sentences: [
    { text: 'It is cleared by clear.', citations: [1] },
    { text: 'Nobody calls it.', citations: [] },
  ],
  citations: [citation],
  abstained: false,
  read: [hit],
  nearest: [],
  coverage: { blocks: 1_204, landmarkBlocks: 96, lexicalBlocks: 1_204 },
  timings: {
    indexMs: 0,
    routeMs: 5,
    firstTokenMs: 2_100,
    totalMs: 3_100,
    promptTokens: 3_334,
    cachedTokens: 2_310,
    generatedTokens: 41,
  },
  notes: [],
};

export const section: SummarySection = {
  title: 'clear',
  path: 'src/cache.ts',
  startLine: 1,
  endLine: 9,
  sentences: [{ text: 'A cache.', citations: [1] }],
};

export const summary: SummaryResult = { ...answer, blocksRead: 2, blocksTotal: 2, sections: [section] };

/** What the fake engine streams for an answer, in order. */
export const answerEvents: StreamEvent[] = [
  { type: 'progress', phase: 'route', done: 0, total: 1, message: '' },
  { type: 'routed', blocks: [hit], coverage: answer.coverage },
  { type: 'context', promptTokens: 3_334, cachedTokens: 2_310, contextTokens: 8_191 },
  { type: 'token', text: 'It is cleared' },
  { type: 'token', text: ' by clear.' },
  { type: 'sentence', index: 0, sentence: answer.sentences[0]!, citations: [citation] },
  { type: 'token', text: ' Nobody calls it.' },
  { type: 'sentence', index: 1, sentence: answer.sentences[1]!, citations: [] },
];

/**
 * How the fake engine behaves is asked for by the question; what goes on streams the number of its process, and `echo`
 * the parameters.
 */
export type Behaviour =
  'answer' | 'echo' | 'slow' | 'blocking' | 'missing' | 'broken' | 'die' | 'late' | 'deaf';

export interface FakeEngine extends Engine {
  /** What the engine was asked, with the parameters as they arrived. */
  calls: { name: string; params: unknown }[];
  /** Native runs that were started by a `blocking` question. */
  runCount: number;
  isDisposed: boolean;
}

export function createFakeEngine(): FakeEngine {
  const calls: FakeEngine['calls'] = [];
  let hasModel = false;
  const engine: FakeEngine = {
    calls,
    runCount: 0,
    isDisposed: false,
    index: (params, emit) => {
      calls.push({ name: 'index', params });
      emit({ type: 'progress', phase: 'index', done: 3, total: 4, message: '' });
      return Promise.resolve({
        files: 2,
        windows: 4,
        blocks: 9,
        tokens: 500,
        encodedWindows: 4,
        encodedTokens: 500,
        bytesOnDisk: 7_000,
        tokensPerSecond: 1_000,
        elapsedMs: 500,
        skipped: { binary: 1 },
        skippedFiles: [{ path: 'logo.png', reason: 'binary' }],
        linesCut: 0,
      });
    },
    indexEstimate: (params) => {
      calls.push({ name: 'indexEstimate', params });
      return Promise.resolve({
        files: 2,
        bytes: 3_000,
        blocks: 9,
        tokens: 500,
        tokensToEncode: 300,
        seconds: 0.5,
        bytesOnDisk: 9_000,
      });
    },
    indexClear: (params) => {
      calls.push({ name: 'indexClear', params });
      return Promise.resolve({ windows: 4, bytesFreed: 7_000 });
    },
    whyNot: (params) => {
      calls.push({ name: 'whyNot', params });
      return Promise.resolve({ best: hit, rank: 31, blocks: 90, lastRead: hit });
    },
    search: (params) => {
      calls.push({ name: 'search', params });
      return Promise.resolve({ blocks: [hit], coverage: answer.coverage, answerProbability: 0.9 });
    },
    ask: async (params, emit, signal) => {
      calls.push({ name: 'ask', params });
      if (params.question === 'echo') emit({ type: 'token', text: JSON.stringify(params) });
      await behave(engine, params.question, emit, signal);
      return answer;
    },
    explain: (params) => {
      calls.push({ name: 'explain', params });
      return Promise.resolve(answer);
    },
    summarize: (params, emit) => {
      calls.push({ name: 'summarize', params });
      emit({ type: 'section', index: 0, total: 1, section });
      return Promise.resolve(summary);
    },
    summarizeChanges: (params) => {
      calls.push({ name: 'summarizeChanges', params });
      return Promise.resolve(summary);
    },
    verify: (params) => {
      calls.push({ name: 'verify', params });
      return Promise.resolve({ strengths: [{ sentence: 0, n: 1, fall: 0.25, strength: 'strong' }] });
    },
    status: (params) => {
      calls.push({ name: 'status', params });
      return Promise.resolve({
        serverVersion: '0.0.0',
        model: { state: hasModel ? 'ready' : 'missing', name: 'toy' },
      });
    },
    modelAdd: (params, emit) => {
      calls.push({ name: 'modelAdd', params });
      hasModel = true;
      emit({ type: 'progress', phase: 'fetch', done: 1_000_000, total: 4_000_000, message: '' });
      return Promise.resolve({ ...model, note: 'It is not packed.' });
    },
    modelList: () => Promise.resolve({ packages: [model] }),
    modelVerify: (params) => {
      calls.push({ name: 'modelVerify', params });
      return Promise.resolve({ name: 'toy', ok: true, files: [] });
    },
    modelRemove: (params) => {
      calls.push({ name: 'modelRemove', params });
      return Promise.resolve({ name: 'toy', bytesFreed: 12 });
    },
    dispose: () => {
      engine.isDisposed = true;
      return Promise.resolve();
    },
  };
  return engine;
}

const model = {
  name: 'toy',
  folder: '/models/toy',
  state: 'ready' as const,
  weightsFolder: '/cache/toy',
  bytesOnDisk: 5_000_000,
  licence: 'Apache-2.0',
};

async function behave(engine: FakeEngine, behaviour: string, emit: Emit, signal: AbortSignal): Promise<void> {
  switch (behaviour as Behaviour) {
    case 'missing':
      throw failure.modelMissing('toy');
    case 'broken':
      throw new Error('a shape does not fit');
    case 'die':
      process.stderr.write('the last line\n');
      process.exit(9);
      break;
    case 'slow':
      for (;;) {
        throwIfCancelled(signal);
        emit({ type: 'token', text: `${process.pid} ` });
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    case 'blocking':
      for (;;) {
        throwIfCancelled(signal);
        engine.runCount += 1;
        emit({ type: 'token', text: 'word ' });
        blockFor(50);
        // One turn reads what has come, one decodes it, one takes it from the queue of messages.
        for (let turns = 0; turns < 3; turns += 1) await turn();
      }
    case 'deaf':
      emit({ type: 'token', text: `${process.pid} ` });
      await new Promise<never>(() => undefined);
      break;
    case 'late':
      setTimeout(() => {
        emit({ type: 'token', text: 'after the answer' });
      }, 10);
      break;
    default:
      for (const event of answerEvents) emit(event);
  }
}

/** Stands for a native run: nothing else happens in this process meanwhile. */
function blockFor(ms: number): void {
  const endMs = Date.now() + ms;
  while (Date.now() < endMs);
}
