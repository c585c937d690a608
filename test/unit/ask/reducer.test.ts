import { describe, expect, test } from 'vitest';
import { limits } from '../../../src/ask/model/limits';
import { asInterrupted } from '../../../src/ask/model/reducer';
import {
  activeThread,
  emptyState,
  findTurn,
  type Action,
  type AskState,
  type SourceCheck,
} from '../../../src/ask/model/state';
import { questionHistory, earlierTurns, searchThreads } from '../../../src/ask/model/threads';
import { namesNearest } from '../../../src/ask/model/turn';
import { strengthText } from '../../../src/ask/model/words';
import { pageEnglish } from '../../../src/ask/strings';
import {
  after,
  answer,
  answerMarkdown,
  answerParts,
  asked,
  citations,
  hit,
  read,
  sentences,
} from './support/samples';

const words = { strings: pageEnglish, language: 'en' };
const question = 'How is a request context pushed?';

function say(turnId: string, text: string, atMs: number, tokens = 1): Action {
  return { type: 'spoken', turnId, text, tokens, atMs };
}

function turn(state: AskState, turnId = 't1') {
  return findTurn(state, turnId)!.turn;
}

describe('an answer that streams', () => {
  test('gathers text, sentences, citations and numbers', () => {
    const state = after([
      asked('t1', question),
      {
        type: 'streamed',
        turnId: 't1',
        event: { type: 'routed', blocks: read, coverage: { blocks: 9, landmarkBlocks: 4, lexicalBlocks: 9 } },
      },
      {
        type: 'streamed',
        turnId: 't1',
        event: { type: 'context', promptTokens: 1_503, cachedTokens: 1_420, contextTokens: 8_191 },
      },
      say('t1', answerParts[0]!, 1_000, 10),
      {
        type: 'streamed',
        turnId: 't1',
        event: { type: 'sentence', index: 0, sentence: sentences[0]!, citations: [citations[0]!] },
      },
      say('t1', ' More', 2_000, 10),
    ]);
    expect(turn(state)).toMatchObject({
      status: 'working',
      text: `${answerParts[0]} More`,
      sentences: [sentences[0]],
      citations: [citations[0]],
      read,
      work: {
        promptTokens: 1_503,
        cachedTokens: 1_420,
        contextTokens: 8_191,
        generatedTokens: 20,
        tokensPerSecond: 20,
      },
    });
  });

  test('is replaced by the result', () => {
    const state = after([
      asked('t1', question),
      say('t1', 'A first draft', 1_000),
      { type: 'answered', turnId: 't1', result: answer() },
    ]);
    expect(turn(state)).toMatchObject({ status: 'answered', text: answerMarkdown, sentences, citations });
    expect(turn(state).work.tokensPerSecond).toBeCloseTo(14, 0);
  });

  test('ignores what arrives after a stop, and keeps what had come', () => {
    const state = after([
      asked('t1', question),
      say('t1', 'Half an', 1_000),
      { type: 'stopped', turnId: 't1' },
      say('t1', ' answer', 1_100),
      { type: 'answered', turnId: 't1', result: answer() },
    ]);
    expect(turn(state)).toMatchObject({ status: 'stopped', text: 'Half an' });
  });

  test('keeps what had come where the server goes away', () => {
    const failure = { kind: 'gone', message: 'gone' } as const;
    const state = after([
      asked('t1', question),
      say('t1', 'Half an', 1_000),
      { type: 'failed', turnId: 't1', failure },
    ]);
    expect(turn(state)).toMatchObject({ status: 'failed', text: 'Half an', failure });
  });

  test('makes no hole where a sentence is missing', () => {
    const event = { index: 3, sentence: sentences[0]!, citations: [] };
    const state = after([
      asked('t1', question),
      { type: 'streamed', turnId: 't1', event: { type: 'sentence', ...event } },
    ]);
    expect(turn(state).sentences).toEqual([]);
  });

  test('stays within its limits', () => {
    const state = after([
      asked('t1', 'q'.repeat(100_000)),
      say('t1', 'x'.repeat(1_000_000), 1_000),
      say('t1', 'y'.repeat(1_000_000), 1_100),
    ]);
    expect(turn(state).question).toHaveLength(limits.questionChars);
    expect(turn(state).text).toHaveLength(limits.answerChars);
    const long = { ...citations[0]!, text: 'z'.repeat(1_000_000) };
    const answered = after(
      [
        {
          type: 'answered',
          turnId: 't1',
          result: answer({ citations: Array.from({ length: 1_000 }, () => long) }),
        },
      ],
      state,
    );
    expect(turn(answered).citations).toHaveLength(limits.citations);
    expect(turn(answered).citations[0]!.text).toHaveLength(limits.citationChars);
  });

  test('shows what would not be seen', () => {
    const state = after([asked('t1', 'Who\u202e?'), say('t1', 'a\u202eb\u0007c\ue000d\r\ne', 1_000)]);
    expect(turn(state).question).toBe('Who\ufffd?');
    expect(turn(state).text).toBe('a\ufffdb\ufffdc\ufffdd\ne');
  });

  test('that fails without the model names places that may help', () => {
    const failure = { kind: 'modelMissing' as const, message: 'Not here.' };
    const nearest = Array.from({ length: 1_000 }, (_, i) => hit(`a${i}.py`, 1));
    const state = after([asked('t1', question), { type: 'failed', turnId: 't1', failure, nearest }]);
    expect(turn(state)).toMatchObject({ status: 'failed', failure, abstained: false });
    expect(turn(state).nearest).toHaveLength(limits.hits);
    expect(namesNearest(turn(state))).toBe(true);
    expect(namesNearest({ ...turn(state), failure: { kind: 'gone', message: '' } })).toBe(false);
  });

  test('keeps what its sources carry, and forgets a check that a closed window ended', () => {
    const strengths = [{ sentence: 0, n: 1, fall: 0.4, strength: 'strong' as const }];
    const running = after([
      asked('t1', question),
      { type: 'answered', turnId: 't1', result: answer() },
      { type: 'sourcesChecked', turnId: 't1', check: { state: 'running' } },
    ]);
    expect(turn(running).check).toEqual({ state: 'running' });
    expect(asInterrupted(running.threads[0]!).turns[0]).not.toHaveProperty('check');
    const done = after(
      [{ type: 'sourcesChecked', turnId: 't1', check: { state: 'done', strengths } }],
      running,
    );
    expect(asInterrupted(done.threads[0]!).turns[0]!.check).toEqual({ state: 'done', strengths });
    expect(strengthText(turn(done).check, 1, words)).toEqual({
      text: 'clearly used',
      title: 'With these lines each word of the sentence is 1.49 times as likely as without them.',
    });
    expect(strengthText(turn(done).check, 2, words)).toBeUndefined();
    const stopped = after([{ type: 'sourcesChecked', turnId: 't1', check: null }], running);
    expect(turn(stopped)).not.toHaveProperty('check');
    const failed: SourceCheck = { state: 'failed', message: `Changed.\u202e${'x'.repeat(10_000)}` };
    const told = turn(after([{ type: 'sourcesChecked', turnId: 't1', check: failed }], running)).check;
    expect(told).toMatchObject({
      state: 'failed',
      message: expect.stringMatching(/^Changed\.\ufffdx{900,}/) as string,
    });
  });

  test('remembers which citation has changed, until it has not', () => {
    const state = after([
      asked('t1', question),
      { type: 'answered', turnId: 't1', result: answer() },
      { type: 'citationChecked', turnId: 't1', n: 2, state: 'changed' },
    ]);
    expect(turn(state).changes).toEqual([{ n: 2, state: 'changed' }]);
    const checked = after([{ type: 'citationChecked', turnId: 't1', n: 2, state: 'same' }], state);
    expect(turn(checked).changes).toEqual([]);
  });
});

describe('threads', () => {
  const two = after([
    asked('t1', question),
    { type: 'answered', turnId: 't1', result: answer() },
    asked('t2', 'And who pops it?', { atMs: 2_000 }),
    { type: 'stopped', turnId: 't2' },
    { type: 'threadStarted' },
    asked('t3', 'Where are blueprints registered?', { threadId: 'thread-2', atMs: 3_000 }),
    { type: 'stopped', turnId: 't3' },
  ]);

  test('are named after their first question, the latest first', () => {
    expect(two.threads.map(({ title }) => title)).toEqual(['Where are blueprints registered?', question]);
    expect(activeThread(two)?.id).toBe('thread-2');
  });

  test('drop what follows a question that is asked again', () => {
    const state = after(
      [asked('t4', 'How is it popped?', { threadId: 'thread-1', replaces: 't1', atMs: 4_000 })],
      two,
    );
    expect(activeThread(state)).toMatchObject({ id: 'thread-1', title: 'How is it popped?' });
    expect(activeThread(state)?.turns.map(({ id }) => id)).toEqual(['t4']);
  });

  test('keep a title of their own when they go on, and when their first question changes', () => {
    const state = after(
      [
        { type: 'threadRenamed', threadId: 'thread-1', title: '  Contexts\n' },
        asked('t4', 'How is it popped?', { replaces: 't1', atMs: 4_000 }),
        asked('t5', 'Why?', { atMs: 5_000 }),
      ],
      two,
    );
    expect(activeThread(state)?.title).toBe('Contexts');
    expect(after([{ type: 'threadRenamed', threadId: 'thread-1', title: ' ' }], two)).toBe(two);
  });

  test('are deleted with a way back', () => {
    const deleted = after([{ type: 'threadDeleted', threadId: 'thread-2' }], two);
    expect(deleted.threads).toHaveLength(1);
    expect(deleted.activeThreadId).toBeNull();
    const back = after([{ type: 'threadBroughtBack' }], deleted);
    expect(back.threads).toEqual(two.threads);
    expect(back.activeThreadId).toBe('thread-2');
  });

  test('are limited in number and in length', () => {
    const many = Array.from({ length: limits.threads + 5 }, (_, i) =>
      asked(`t${i}`, `Question ${i}`, { threadId: `thread-${i}`, atMs: i }),
    );
    expect(after(many).threads).toHaveLength(limits.threads);
    expect(after(many).threads[0]!.title).toBe(`Question ${limits.threads + 4}`);
    const long = Array.from({ length: limits.turns + 5 }, (_, i) =>
      asked(`t${i}`, `Question ${i}`, { atMs: i }),
    );
    expect(after(long).threads[0]!.turns).toHaveLength(limits.turns);
  });

  test('are found by words of their questions and answers', () => {
    const ids = (query: string): string[] => searchThreads(two.threads, query).map(({ id }) => id);
    expect(ids('')).toEqual(['thread-2', 'thread-1']);
    expect(ids('SIGNALS occasions')).toEqual(['thread-1']);
    expect(ids('blueprints signals')).toEqual([]);
  });

  test('give the questions of the open thread first, the latest first', () => {
    expect(questionHistory({ ...two, activeThreadId: 'thread-1' })).toEqual([
      'And who pops it?',
      question,
      'Where are blueprints registered?',
    ]);
    expect(questionHistory(emptyState())).toEqual([]);
  });

  test('tell the server the turns before a question that have an answer', () => {
    const [, first] = two.threads;
    expect(earlierTurns(first, null)).toEqual([{ question, answer: answerMarkdown }]);
    expect(earlierTurns(first, 't1')).toEqual([]);
    expect(earlierTurns(undefined, null)).toEqual([]);
  });
});
