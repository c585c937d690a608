import type { StreamEvent } from '../../protocol/messages';
import type { WorkspaceIndex } from '../indexing/workspaceIndex';
import type { ModelHost } from '../model/modelHost';
import type { Emit } from './engine';
import type { Run } from './run';
import type { Workspaces } from './workspaces';

/** What a request does with an index; it may be done twice, and the first one then counts for nothing. */
export type WorkOn<Result> = (index: WorkspaceIndex, emit: Emit, signal: AbortSignal) => Promise<Result>;

export interface Ahead {
  /** The index of the last request; undefined where it is surely not the one of now. */
  known: WorkspaceIndex | undefined;
  /** The index of now: `known` itself where nothing changed. */
  current: Promise<WorkspaceIndex>;
  /** Called once what was told ahead holds. */
  onHeld?: () => void;
}

/**
 * Works ahead on the index of the last request while files are still looked over: in a large workspace that takes as
 * long as routing, on a core that would wait for the model, and mostly nothing changed. What is told on the way is held
 * until that is sure. Where something did change, the work begins anew.
 */
export async function workAhead<Result>(
  { known, current, onHeld }: Ahead,
  work: WorkOn<Result>,
  emit: Emit,
  signal: AbortSignal,
): Promise<Result> {
  if (!known) return work(await current, emit, signal);
  const ahead = new AbortController();
  const held = new HeldEvents(emit);
  const first = work(known, held.emit, AbortSignal.any([signal, ahead.signal]));
  const settled = first.then(
    () => undefined,
    () => undefined,
  );
  try {
    const index = await current;
    if (index === known) {
      onHeld?.();
      held.release();
      return await first;
    }
    ahead.abort();
    // Two of them would wait for one model.
    await settled;
    return await work(index, emit, signal);
  } finally {
    ahead.abort();
    await settled;
  }
}

export interface AheadParts {
  workspaces: Workspaces;
  host: ModelHost;
}

/** Runs a request's pipeline ahead on the index of the last request. */
export async function runAhead<Result>(
  { workspaces, host }: AheadParts,
  { roots, emit, signal, clock }: Pick<Run, 'roots' | 'emit' | 'signal' | 'clock'>,
  pipeline: (run: Run) => Promise<Result>,
): Promise<Result> {
  const known = await workspaces.lastIndex(roots);
  const current = workspaces.index(roots, emit, signal);
  const onHeld = (): void => {
    if (clock.firstTokenMs > 0) clock.firstTokenMs = clock.now();
  };
  const work: WorkOn<Result> = async (index, emit, signal) =>
    pipeline({ roots, index, host, ...(await workspaces.stores()), emit, signal, clock });
  return workAhead({ known, current, onHeld }, work, emit, signal);
}

/** Keeps events until they may be told. */
class HeldEvents {
  #held: StreamEvent[] | undefined = [];

  constructor(private readonly tell: Emit) {}

  readonly emit: Emit = (event) => {
    if (this.#held) this.#held.push(event);
    else this.tell(event);
  };

  release(): void {
    const events = this.#held ?? [];
    this.#held = undefined;
    events.forEach(this.tell);
  }
}
