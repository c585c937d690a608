/** A request that begins before it is known whether files changed. */

import { expect, test } from 'vitest';
import type { StreamEvent } from '../../../protocol/messages';
import { workAhead, type WorkOn } from '../../../server/answering/ahead';
import { CancelledError } from '../../../server/errors';
import type { WorkspaceIndex } from '../../../server/indexing/workspaceIndex';

const never = new AbortController().signal;
/** All that is asked of an index here is which one it is. */
const [old, now] = [{ name: 'old' }, { name: 'now' }] as unknown as [WorkspaceIndex, WorkspaceIndex];
const nameOf = (index: WorkspaceIndex): string => (index as unknown as { name: string }).name;
const token = (text: string): StreamEvent => ({ type: 'token', text });

/** Says which index it works on, before and after a turn of the event loop. */
function worker(): { work: WorkOn<string>; done: string[] } {
  const done: string[] = [];
  const work: WorkOn<string> = async (index, emit, signal) => {
    emit(token(`begins on ${nameOf(index)}`));
    await new Promise(setImmediate);
    if (signal.aborted) throw new CancelledError();
    emit(token(`ends on ${nameOf(index)}`));
    done.push(nameOf(index));
    return nameOf(index);
  };
  return { work, done };
}

function later<Value>(value: Value): { promise: Promise<Value>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<Value>(
    (told) =>
      (resolve = () => {
        told(value);
      }),
  );
  return { promise, resolve };
}

test('tells nothing until nothing has changed for sure, and then all, in order', async () => {
  const { work, done } = worker();
  const told: StreamEvent[] = [];
  const looking = later(old);
  let held = 0;
  const onHeld = (): void => {
    held++;
  };
  const ahead = { known: old, current: looking.promise, onHeld };
  const result = workAhead(ahead, work, (event) => told.push(event), never);
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect([done, told, held]).toEqual([['old'], [], 0]);
  looking.resolve();
  expect(await result).toBe('old');
  expect([told, held]).toEqual([[token('begins on old'), token('ends on old')], 1]);
});

test('begins anew where something changed, and tells of that alone', async () => {
  const { work, done } = worker();
  const told: StreamEvent[] = [];
  const ahead = { known: old, current: Promise.resolve(now) };
  expect(await workAhead(ahead, work, (event) => told.push(event), never)).toBe('now');
  expect(done).toEqual(['now']);
  expect(told).toEqual([token('begins on now'), token('ends on now')]);
});

test('waits for the index where none is known', async () => {
  const { work, done } = worker();
  const ahead = { known: undefined, current: Promise.resolve(now) };
  expect(await workAhead(ahead, work, () => undefined, never)).toBe('now');
  expect(done).toEqual(['now']);
});

test('a failure ahead counts only where nothing changed', async () => {
  const failing: WorkOn<string> = (index) =>
    index === old ? Promise.reject(new Error('of the old')) : Promise.resolve('now');
  const run = (current: WorkspaceIndex): Promise<string> =>
    workAhead({ known: old, current: Promise.resolve(current) }, failing, () => undefined, never);
  await expect(run(old)).rejects.toThrow('of the old');
  expect(await run(now)).toBe('now');
});

test('ends with what ends the look over the files, and with a cancel', async () => {
  const { work, done } = worker();
  const ahead = { known: old, current: Promise.reject(new Error('the folder is gone')) };
  await expect(workAhead(ahead, work, () => undefined, never)).rejects.toThrow('the folder is gone');
  expect(done).toEqual([]);
  const controller = new AbortController();
  const looking = { known: old, current: Promise.resolve(old) };
  const cancelled = workAhead(looking, work, () => undefined, controller.signal);
  controller.abort();
  await expect(cancelled).rejects.toThrow(CancelledError);
});
