import { describe, expect, test } from 'vitest';
import { limits } from '../../../src/ask/model/limits';
import { fromStored, toStored } from '../../../src/ask/model/stored';
import { after, answer, asked, environment } from './support/samples';
import { emptyState } from '../../../src/ask/model/state';

const answered = after([asked('t1', 'First?'), { type: 'answered', turnId: 't1', result: answer() }]);

describe('stored threads', () => {
  test('come back as they were', () => {
    const stored: unknown = JSON.parse(JSON.stringify(toStored(answered)));
    expect({ ...emptyState(environment), ...fromStored(stored) }).toEqual(answered);
  });

  test('show what was being answered as interrupted', () => {
    const working = after(
      [
        asked('t2', 'Second?', { atMs: 2_000 }),
        { type: 'spoken', turnId: 't2', text: 'Half', tokens: 1, atMs: 2_100 },
      ],
      answered,
    );
    const { threads } = fromStored(JSON.parse(JSON.stringify(toStored(working))));
    expect(threads[0]!.turns.map(({ status, text }) => [status, text.slice(0, 4)])).toEqual([
      ['answered', 'A re'],
      ['interrupted', 'Half'],
    ]);
  });

  test('stay within what the editor stores, the open thread and the latest first', () => {
    const long = 'x'.repeat(limits.answerChars);
    const state = after(
      Array.from({ length: 30 }, (_, i) => [
        asked(`t${i}`, `Question ${i}`, { threadId: `thread-${i}`, atMs: i }),
        { type: 'answered' as const, turnId: `t${i}`, result: answer({ answer: long, sentences: [] }) },
      ]).flat(),
    );
    const stored = toStored({ ...state, activeThreadId: 'thread-0' });
    expect(JSON.stringify(stored).length).toBeLessThan(limits.storedChars * 1.01);
    const ids = stored.threads.map(({ id }) => id);
    expect(ids).toContain('thread-0');
    expect(ids).toContain('thread-29');
    expect(ids).not.toContain('thread-1');
  });

  test.each([
    undefined,
    null,
    'text',
    { version: 2, threads: [] },
    { version: 1, threads: 'none' },
    { version: 1, threads: [{ id: 1 }, null, { id: 'a', title: 'b', turns: [{ id: 'c' }] }] },
  ])('are nothing where something else is stored: %j', (stored) => {
    expect(fromStored(stored)).toEqual({ threads: [], activeThreadId: null });
  });
});
