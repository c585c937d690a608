import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { assertInvariant } from '../../errors';
import type { GraphPaths, OnFallBack, Provider, SessionOptions } from '../runtime';
import { openGraph, openSession, type OpenGraph } from '../sessions';
import { fallBackNote, isOutOfMemory } from './cudaFailures';
import { int8Inputs } from './int8';

type Feeds = InferenceSession.FeedsType;
type Fetches = InferenceSession.FetchesType;
type Results = InferenceSession.OnnxValueMapType;

/** How many tokens or windows one run takes at most. */
export interface RunSize {
  readonly most: number;
  /** It is not halved below this. */
  readonly least: number;
  /** What the device had room for; on the CPU it is always `most`. */
  fits: number;
}

export function runSize(most: number, least: number): RunSize {
  return { most, least, fits: most };
}

/** A session, and what its graph is given in every run beside what the caller gives. */
interface ReadySession {
  session: InferenceSession;
  inputs: Readonly<Record<string, Tensor>>;
}

/** How a graph leaves CUDA. */
interface FallBack {
  openOnCpu: () => Promise<InferenceSession>;
  tell: OnFallBack;
}

/** A run of several tokens or windows took more memory than the device has: fewer of them may fit. */
class DeviceFullError extends Error {
  constructor(override readonly cause: unknown) {
    super('The device has no memory for this run.');
  }
}

/**
 * The session of one graph, which outlives a failing device: a run that finds no memory is repeated in smaller pieces,
 * and one that fails otherwise, or is as small as can be, is repeated on the CPU, where everything runs from then on.
 * Inputs and caches are arrays of the caller, so nothing is lost with a session. A failure on the CPU is a failure.
 */
export class GuardedSession {
  private current: ReadySession;
  /** As long as it runs on CUDA. */
  private fallBack: FallBack | undefined;
  private moving: Promise<void> | undefined;

  private constructor(ready: ReadySession, fallBack?: FallBack) {
    this.current = ready;
    this.fallBack = fallBack;
  }

  /** @param fallBack without it a failure is a failure */
  static async over(session: InferenceSession, fallBack?: FallBack): Promise<GuardedSession> {
    return new GuardedSession(await readySession(session), fallBack);
  }

  /** Whether the graph has an input of this name. */
  takes(input: string): boolean {
    return this.current.session.inputNames.includes(input);
  }

  /**
   * Runs the graph. Of several tokens or windows only within `inPieces`, which makes the run smaller where it must be.
   *
   * @param feeds gets what the graph is given in every run, too
   */
  async run(feeds: Feeds, fetches: Fetches): Promise<Results> {
    if (this.moving) await this.moving;
    const used = this.current;
    // Where nothing is ever repeated the caller's object does: a token allocates nothing here.
    if (!this.fallBack) return used.session.run(Object.assign(feeds, used.inputs), fetches);
    // The caller's object may be made ready for its next run while this one is repeated.
    const own = { ...feeds };
    try {
      return await used.session.run({ ...own, ...used.inputs }, fetches);
    } catch (error) {
      if (!(await this.hasLeft(used, error))) throw error;
    }
    return this.current.session.run({ ...own, ...this.current.inputs }, fetches);
  }

  /**
   * Does `total` tokens or windows in as few runs as fit the device. A piece that does not fit is done again, so until
   * its run has succeeded it must not have changed anything.
   */
  async inPieces(
    size: RunSize,
    total: number,
    runPiece: (start: number, count: number) => Promise<void>,
  ): Promise<void> {
    let start = 0;
    while (start < total) {
      const count = Math.min(this.fallBack ? size.fits : size.most, total - start);
      try {
        await runPiece(start, count);
        start += count;
      } catch (error) {
        if (!(error instanceof DeviceFullError)) throw error;
        await this.makeRoom(size, count, error.cause);
      }
    }
  }

  /** Gives up the session that is in use, after a change of it that is under way. */
  async release(): Promise<void> {
    await this.moving?.catch(() => undefined);
    this.fallBack = undefined;
    await this.current.session.release();
  }

  /** After a failure: whether another session is in use now, on which the run may be repeated. */
  private async hasLeft(used: ReadySession, error: unknown): Promise<boolean> {
    // Another run has failed at the same time, and was first.
    if (this.current !== used) return true;
    if (!this.fallBack) return false;
    if (isOutOfMemory(error)) throw new DeviceFullError(error);
    await this.leave(error);
    return true;
  }

  /** After a run of `count` found no memory. */
  private async makeRoom(size: RunSize, count: number, cause: unknown): Promise<void> {
    // Meanwhile another run has found that even the smallest does not fit.
    if (!this.fallBack) return;
    if (count > size.least) size.fits = Math.min(size.fits, Math.max(size.least, Math.ceil(count / 2)));
    else await this.leave(cause);
  }

  private leave(cause: unknown): Promise<void> {
    return (this.moving ??= this.moveToCpu(cause).finally(() => (this.moving = undefined)));
  }

  private async moveToCpu(cause: unknown): Promise<void> {
    assertInvariant(this.fallBack !== undefined, 'a session leaves CUDA once');
    const { openOnCpu, tell } = this.fallBack;
    const left = this.current.session;
    this.current = await readySession(await openOnCpu());
    this.fallBack = undefined;
    tell(fallBackNote(cause));
    // A device that is gone cannot be given anything back.
    await left.release().catch(() => undefined);
  }
}

async function readySession(session: InferenceSession): Promise<ReadySession> {
  return { session, inputs: await int8Inputs(session) };
}

export interface GuardOptions {
  /** Told once a graph leaves CUDA in the middle of its work. */
  onFallBack?: OnFallBack;
  /** Replaced in tests to make a provider fail. */
  open?: OpenGraph;
  /** Default: whether CUDA's library is installed. */
  cudaAvailable?: boolean;
}

interface Graph extends SessionOptions {
  graphPaths: GraphPaths;
}

/** One tiny run of a graph. */
export type Probe = (session: GuardedSession) => Promise<unknown>;

/**
 * Starts a graph on the first provider that works. CUDA counts as working once it has run the graph: a driver or a
 * library that does not fit often shows at the first run only.
 */
export async function openGuarded(
  graph: Graph,
  probe: Probe,
  { onFallBack = () => undefined, open = openGraph, cudaAvailable }: GuardOptions = {},
): Promise<{ session: GuardedSession; provider: Provider; note?: string }> {
  const { session, ...rest } = await openSession(graph.graphPaths, graph, probed(open, probe), cudaAvailable);
  if (rest.provider === 'cpu') return { session: await GuardedSession.over(session), ...rest };
  const onCpu: Graph = { ...graph, provider: 'cpu' };
  const fallBack: FallBack = {
    openOnCpu: async () => (await openSession(onCpu.graphPaths, onCpu, open)).session,
    tell: onFallBack,
  };
  return { session: await GuardedSession.over(session, fallBack), ...rest };
}

function probed(open: OpenGraph, probe: Probe): OpenGraph {
  return async (graph, provider, ...rest) => {
    const session = await open(graph, provider, ...rest);
    if (provider !== 'cuda') return session;
    try {
      await probe(await GuardedSession.over(session));
    } catch (error) {
      await session.release().catch(() => undefined);
      throw error;
    }
    return session;
  };
}
