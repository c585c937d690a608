/** What the index is doing, as a state machine: pure, so that each way through it is tested. */

import type { IndexReport, ProgressPhase, WaitReason } from '../../protocol/messages';

/**
 * `notAgreed`: the user has not been asked, or said no: nothing is indexed. `due`: a build begins as soon as the window
 * is idle. `blocked`: a build is wanted and waits for the model.
 */
export type IndexPhase = 'notAgreed' | 'due' | 'building' | 'paused' | 'ready' | 'blocked' | 'failed';

export interface IndexState {
  phase: IndexPhase;
  /** What the server reports while it builds; `step` is its own word for it. */
  step: ProgressPhase | null;
  done: number;
  total: number;
  /** Null until enough was measured. */
  remainingSeconds: number | null;
  /** Why a build does not go on, or only slowly. */
  waitsFor: WaitReason | null;
  tokensPerSecond: number | null;
  /** Files changed while a build was running: another one follows. */
  changedSince: boolean;
  problem: string;
  report: IndexReport | null;
}

export type IndexEvent =
  | { type: 'agreed' }
  | { type: 'started' }
  | {
      type: 'progress';
      step: ProgressPhase;
      done: number;
      total: number;
      remainingSeconds: number | null;
      waitsFor: WaitReason | null;
    }
  | { type: 'finished'; report: IndexReport }
  | { type: 'paused' }
  | { type: 'resumed' }
  /** `retry`: it is tried again without the user, since the server went away and comes back. */
  | { type: 'failed'; message: string; why: 'modelMissing' | 'retry' | 'other' }
  | { type: 'modelReady' }
  | { type: 'filesChanged' }
  | { type: 'cleared' };

export function initialState(agreed: boolean, paused: boolean): IndexState {
  return { ...nothing, phase: !agreed ? 'notAgreed' : paused ? 'paused' : 'due' };
}

const nothing = {
  step: null,
  done: 0,
  total: 0,
  remainingSeconds: null,
  waitsFor: null,
  tokensPerSecond: null,
  changedSince: false,
  problem: '',
  report: null,
};

export function next(state: IndexState, event: IndexEvent): IndexState {
  switch (event.type) {
    case 'agreed':
      return { ...state, phase: 'due', problem: '' };
    case 'started':
      return { ...nothing, phase: 'building', report: state.report };
    case 'progress': {
      if (state.phase !== 'building') return state;
      const { step, done, total, remainingSeconds, waitsFor } = event;
      return { ...state, step, done, total, remainingSeconds, waitsFor };
    }
    case 'finished': {
      const { report } = event;
      const { tokensPerSecond } = report.encodedTokens > 0 ? report : { tokensPerSecond: null };
      const phase = state.changedSince ? 'due' : 'ready';
      return { ...nothing, phase, report, tokensPerSecond };
    }
    case 'paused':
      return state.phase === 'notAgreed' ? state : { ...state, phase: 'paused', step: null };
    case 'resumed':
      return state.phase === 'paused' ? { ...state, phase: 'due' } : state;
    case 'failed': {
      if (state.phase !== 'building') return state;
      const phase = { modelMissing: 'blocked', retry: 'due', other: 'failed' } as const;
      return { ...state, phase: phase[event.why], problem: event.message, step: null };
    }
    case 'modelReady':
      return state.phase === 'blocked' ? { ...state, phase: 'due', problem: '' } : state;
    case 'filesChanged':
      if (state.phase === 'building') return { ...state, changedSince: true };
      return state.phase === 'ready' || state.phase === 'failed' ? { ...state, phase: 'due' } : state;
    case 'cleared':
      return { ...nothing, phase: 'notAgreed' };
  }
}

/** Whether a build should be begun now. */
export function wantsBuild({ phase }: IndexState): boolean {
  return phase === 'due';
}
