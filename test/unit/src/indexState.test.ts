import { describe, expect, it } from 'vitest';
import type { IndexReport } from '../../../protocol/messages';
import { initialState, next, wantsBuild, type IndexEvent, type IndexState } from '../../../src/index/state';

const report: IndexReport = {
  files: 2,
  windows: 3,
  blocks: 9,
  tokens: 500,
  encodedWindows: 3,
  encodedTokens: 500,
  bytesOnDisk: 1000,
  tokensPerSecond: 250,
  elapsedMs: 2000,
  skipped: {},
  skippedFiles: [],
  linesCut: 0,
};
const progress = (done: number, total: number): IndexEvent => ({
  type: 'progress',
  step: 'index',
  done,
  total,
  remainingSeconds: 90,
  waitsFor: 'typing',
});
const finished: IndexEvent = { type: 'finished', report };
const failed = (why: 'modelMissing' | 'retry' | 'other'): IndexEvent => ({
  type: 'failed',
  message: 'why',
  why,
});
const after = (state: IndexState, ...events: IndexEvent[]): IndexState => events.reduce(next, state);
const building = after(initialState(true, false), { type: 'started' });

describe('the index', () => {
  it('does nothing before the user agrees', () => {
    const state = initialState(false, false);
    expect(wantsBuild(state)).toBe(false);
    expect(
      after(state, { type: 'filesChanged' }, { type: 'modelReady' }, { type: 'resumed' }, { type: 'paused' }),
    ).toEqual(state);
    expect(wantsBuild(after(state, { type: 'agreed' }))).toBe(true);
  });

  it('begins on its own in a workspace that was agreed to, but not where it was paused', () => {
    expect(wantsBuild(initialState(true, false))).toBe(true);
    expect(initialState(true, true).phase).toBe('paused');
    expect(initialState(false, true).phase).toBe('notAgreed');
  });

  it('counts while it builds, and is ready after', () => {
    const half = after(building, progress(2, 4));
    expect(half).toMatchObject({ phase: 'building', step: 'index', done: 2, total: 4 });
    expect(half).toMatchObject({ remainingSeconds: 90, waitsFor: 'typing' });
    expect(after(half, finished)).toMatchObject({ remainingSeconds: null, waitsFor: null });
    expect(after(half, finished)).toMatchObject({ phase: 'ready', tokensPerSecond: 250, report, done: 0 });
  });

  it('says no speed where nothing had to be read', () => {
    const nothingNew = { ...report, encodedTokens: 0, tokensPerSecond: 0 };
    expect(after(building, { type: 'finished', report: nothingNew }).tokensPerSecond).toBeNull();
  });

  it('is paused and resumed', () => {
    const paused = after(building, { type: 'paused' });
    expect(paused.phase).toBe('paused');
    expect(after(paused, progress(1, 2)).done).toBe(0);
    expect(after(paused, { type: 'filesChanged' }).phase).toBe('paused');
    expect(after(paused, failed('other')).phase).toBe('paused');
    expect(after(paused, { type: 'resumed' }).phase).toBe('due');
  });

  it('follows changed files, also those that change while it builds', () => {
    const ready = after(building, finished);
    expect(after(ready, { type: 'filesChanged' }).phase).toBe('due');
    const changed = after(building, { type: 'filesChanged' });
    expect(changed.phase).toBe('building');
    expect(after(changed, finished).phase).toBe('due');
    expect(after(changed, finished, { type: 'started' }, finished).phase).toBe('ready');
  });

  it('waits for a model that is missing', () => {
    const blocked = after(building, failed('modelMissing'));
    expect(blocked.phase).toBe('blocked');
    expect(wantsBuild(blocked)).toBe(false);
    expect(after(blocked, { type: 'modelReady' }).phase).toBe('due');
    expect(after(building, { type: 'modelReady' }).phase).toBe('building');
  });

  it('is tried again after a crash, and keeps the reason of another failure', () => {
    expect(after(building, failed('retry')).phase).toBe('due');
    const stuck = after(building, failed('other'));
    expect(stuck).toMatchObject({ phase: 'failed', problem: 'why' });
    expect(after(stuck, { type: 'agreed' })).toMatchObject({ phase: 'due', problem: '' });
    expect(after(stuck, { type: 'filesChanged' }).phase).toBe('due');
  });

  it('is forgotten with the consent', () => {
    expect(after(building, finished, { type: 'cleared' })).toEqual(initialState(false, false));
  });
});
