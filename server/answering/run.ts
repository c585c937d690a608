import type { WorkspaceIndex } from '../indexing/workspaceIndex';
import type { ModelHost } from '../model/modelHost';
import type { WindowStore } from '../store/windowStore';
import type { Emit } from './engine';
import type { Roots } from './roots';
import type { ToldMemory } from './summarize/toldMemory';

/** What a pipeline works with, for one request. */
export interface Run {
  roots: Roots;
  index: WorkspaceIndex;
  host: ModelHost;
  store: WindowStore;
  /** Keys and values of the package that reads; `store` itself where that is the package that routes. */
  kvStore: WindowStore;
  /** What the package that reads has told of passages. */
  told: ToldMemory;
  emit: Emit;
  signal: AbortSignal;
  clock: RunClock;
}

/** Times of one request, in milliseconds since it arrived. */
export class RunClock {
  private readonly start = performance.now();
  indexMs = 0;
  routeMs = 0;
  firstTokenMs = 0;

  now(): number {
    return performance.now() - this.start;
  }
}
