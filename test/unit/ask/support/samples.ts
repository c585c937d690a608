/** Turns and answers that the tests of the Ask panel share. */

import type { AnswerResult, BlockHit, Citation } from '../../../../protocol/messages';
import { reduce } from '../../../../src/ask/model/reducer';
import { emptyState, type Action, type AskState, type Environment } from '../../../../src/ask/model/state';

export const environment: Environment = {
  folder: 'local',
  isTrusted: true,
  model: 'ready',
  modelProblem: '',
  index: 'complete',
  folders: ['src/flask/'],
  currentFile: 'src/flask/app.py',
  openEditors: ['src/flask/app.py', 'src/flask/ctx.py'],
};

export function hit(path: string, startLine: number, more: Partial<BlockHit> = {}): BlockHit {
  return {
    path,
    startLine,
    endLine: startLine + 8,
    score: 0.0423,
    probability: null,
    landmarkScore: 0.71,
    landmarkLayers: [],
    lexicalScore: 11.4,
    landmarkRank: 1,
    lexicalRank: 2,
    words: ['request', 'context'],
    ...more,
  };
}

export function citation(n: number, path: string, startLine: number, text: string): Citation {
  const endLine = startLine + text.split('\n').length - 1;
  return { n, path, startLine, endLine, score: 0.8, sha256: `${n}`.repeat(64), text };
}

const pushText = `    def push(self) -> None:
        """Push this context so that it is the active one."""
        if self._cv_token is not None:
            raise RuntimeError(f"Context {self!r} is already pushed.")

        self._cv_token = _cv_app.set(self)  # kept for pop()
        appcontext_pushed.send(self.app, _async_wrapper=self.app.ensure_sync)`;

export const answerParts = [
  'A request context is pushed by `RequestContext.push`, which first makes sure that an app context is active.',
  'It stores a token with `_cv_app.set(self)`, so that `pop` can restore what was there before:',
  '```python\nctx = app.request_context(environ)\nctx.push()  # now `request` works\ntry:\n    return app.full_dispatch_request()\nfinally:\n    ctx.pop()\n```',
  'Signals are sent on both occasions.',
  'This is how most web frameworks do it.',
];

export const citations = [
  citation(1, 'src/flask/ctx.py', 367, pushText),
  citation(
    2,
    'src/flask/app.py',
    1466,
    'ctx = self.request_context(environ)\nerror = None\ntry:\n    try:\n        ctx.push()',
  ),
];

export const sentences = [
  { text: answerParts[0]!, citations: [1] },
  { text: answerParts[1]!, citations: [1, 2] },
  { text: answerParts[2]!, citations: [2] },
  { text: answerParts[3]!, citations: [1] },
  { text: answerParts[4]!, citations: [] },
];

export const answerMarkdown = `${answerParts[0]} ${answerParts[1]}\n\n${answerParts[2]}\n\n${answerParts[3]} ${answerParts[4]}`;

export const read = [
  hit('src/flask/app.py', 1466),
  hit('src/flask/app.py', 900, { lexicalRank: null, words: [] }),
  hit('src/flask/ctx.py', 367),
];

export function answer(more: Partial<AnswerResult> = {}): AnswerResult {
  return {
    answer: answerMarkdown,
    sentences,
    citations,
    abstained: false,
    read,
    nearest: read.slice(0, 2),
    coverage: { blocks: 5_312, landmarkBlocks: 5_312, lexicalBlocks: 5_312 },
    timings: {
      indexMs: 3,
      routeMs: 210,
      firstTokenMs: 900,
      totalMs: 6_900,
      promptTokens: 1_503,
      cachedTokens: 1_420,
      generatedTokens: 84,
    },
    notes: [],
    ...more,
  };
}

export function asked(
  turnId: string,
  question: string,
  more: Partial<Extract<Action, { type: 'asked' }>> = {},
): Action {
  const scope = { choice: { kind: 'workspace' } as const, files: [], paths: null };
  return {
    type: 'asked',
    threadId: 'thread-1',
    turn: { id: turnId, question, scope },
    replaces: null,
    atMs: 1_000,
    ...more,
  };
}

export function after(actions: readonly Action[], state: AskState = emptyState(environment)): AskState {
  return actions.reduce(reduce, state);
}
