import type { MessagePort } from 'node:worker_threads';
import { assertInvariant } from '../../errors';
import type { Encoder } from '../encoder';
import type { KvCache } from '../kvCache';
import type { Choosing, Reader } from '../reader';
import type { ModelRuntime, OnFallBack } from '../runtime';
import {
  packFailure,
  type Answer,
  type CallName,
  type FromWorker,
  type OpenedGraph,
  type ParamsOf,
  type ResultOf,
  type ToWorker,
} from './messages';

type Handlers = {
  [Name in CallName]: (
    params: ParamsOf<Name>,
    signal: AbortSignal,
  ) => ResultOf<Name> | Promise<ResultOf<Name>>;
};

/** Answers calls on a port with the graphs of a runtime; each call begins when it arrives. */
export function serveModel(port: MessagePort, openRuntime: (onFallBack: OnFallBack) => ModelRuntime): void {
  const runtime = openRuntime((note) => {
    port.postMessage({ note } satisfies FromWorker);
  });
  const handlers = new GraphCalls(runtime).handlers;
  const running = new Map<number, AbortController>();
  const answer = async (message: Exclude<ToWorker, { cancel: number }>): Promise<void> => {
    const { id } = message;
    const controller = new AbortController();
    running.set(id, controller);
    let reply: Answer;
    try {
      const handle = handlers[message.call] as (params: unknown, signal: AbortSignal) => unknown;
      reply = { id, result: await handle(message.params, controller.signal) };
    } catch (error) {
      reply = { id, failure: packFailure(error) };
    }
    running.delete(id);
    port.postMessage(reply, 'result' in reply ? buffersOf(reply.result) : []);
  };
  port.on('message', (message: ToWorker) => {
    if ('cancel' in message) running.get(message.cancel)?.abort();
    else void answer(message);
  });
}

/** Graphs and caches of one worker, by number. */
class GraphCalls {
  private readonly graphs: (Encoder | Reader)[] = [];
  private readonly caches = new Map<number, { cache: KvCache; reader: Reader }>();

  constructor(private readonly runtime: ModelRuntime) {}

  readonly handlers: Handlers = {
    openEncoder: async (spec) => this.number(await this.runtime.openEncoder(spec)),
    openReader: async (spec) => this.number(await this.runtime.openReader(spec)),
    saveGraph: async (spec) => {
      await this.runtime.saveGraph(spec);
      return null;
    },
    timeForms: ({ threads }) => this.runtime.timeForms(threads),
    encodeKeys: ({ graphId, windows }) => this.encoder(graphId).encodeKeys(windows),
    encodeQuery: ({ graphId, tokens, margins }) =>
      this.encoder(graphId).encodeQuery(Array.from(tokens), margins),
    createCache: ({ graphId, cacheId, capacity, given }) => {
      const reader = this.reader(graphId);
      this.caches.set(cacheId, { cache: reader.createCache(capacity, given), reader });
      return null;
    },
    append: ({ cacheId, at, raw }) => {
      this.cacheAt(cacheId, at).cache.take(raw);
      return null;
    },
    disposeCache: ({ cacheId }) => {
      this.caches.get(cacheId)?.cache.dispose();
      this.caches.delete(cacheId);
      return null;
    },
    logitsAfter: async ({ tokens, ...run }, signal) => {
      const { cache, reader } = this.cacheFor(run);
      // The runtime's own array may be part of a larger one, which could not be given away alone.
      return (await reader.logitsAfter(tokens, cache, signal)).slice();
    },
    choiceAfter: ({ tokens, sampling, ...run }, signal) => {
      const { cache, reader } = this.cacheFor(run);
      return reader.choiceAfter(tokens, cache, signal, sampling);
    },
    judge: async ({ tokens, choosing, ...run }, signal) => {
      const { cache, reader } = this.cacheFor(run);
      const choices = new Int32Array(tokens.length);
      await reader.judge(tokens, tokens.length, cache, choices, signal, this.choosing(choosing));
      return choices;
    },
    rawKv: ({ cacheId, at, from, to }, signal) => {
      const { cache, reader } = this.cacheAt(cacheId, at);
      return reader.rawKv(from, to, cache, signal);
    },
    losses: ({ tokens, given, ...run }, signal) => {
      const { cache, reader } = this.cacheFor(run);
      return reader.losses(tokens, given, cache, signal);
    },
    encodeKv: ({ tokens, ...run }, signal) => {
      const { cache, reader } = this.cacheFor(run);
      return reader.encodeKv(tokens, cache, signal);
    },
  };

  private number({ graph, ...rest }: { graph: Encoder | Reader } & Omit<OpenedGraph, 'graph'>): OpenedGraph {
    return { graph: this.graphs.push(graph) - 1, ...rest };
  }

  private encoder(graphId: number): Encoder {
    const graph = this.graphs[graphId];
    assertInvariant(graph !== undefined && 'encodeKeys' in graph, `graph ${graphId} is an encoder`);
    return graph;
  }

  private reader(graphId: number): Reader {
    const graph = this.graphs[graphId];
    assertInvariant(graph !== undefined && 'createCache' in graph, `graph ${graphId} is a reader`);
    return graph;
  }

  private choosing(sent: ParamsOf<'judge'>['choosing']): Choosing | undefined {
    if (!sent || !('cacheId' in sent)) return sent;
    const { cacheId, weight, plausible } = sent;
    return { without: this.cache(cacheId).cache, weight, plausible };
  }

  /** A cache that is ready for a run, and its reader. */
  private cacheFor({ cacheId, at, answersFrom }: Omit<ParamsOf<'logitsAfter'>, 'tokens'>): {
    cache: KvCache;
    reader: Reader;
  } {
    const found = this.cacheAt(cacheId, at);
    found.cache.answersFrom = answersFrom;
    return found;
  }

  /** A cache that holds its first `at` tokens, and its reader. */
  private cacheAt(cacheId: number, at: number): { cache: KvCache; reader: Reader } {
    const found = this.cache(cacheId);
    found.cache.truncate(at);
    return found;
  }

  private cache(cacheId: number): { cache: KvCache; reader: Reader } {
    const found = this.caches.get(cacheId);
    assertInvariant(found !== undefined, `cache ${cacheId} is open`);
    return found;
  }
}

/** What of a result is given away. */
function buffersOf(result: unknown): ArrayBuffer[] {
  if (result instanceof Float32Array || result instanceof Int32Array) return [result.buffer as ArrayBuffer];
  if (Array.isArray(result)) return result.flatMap(buffersOf);
  if (typeof result === 'object' && result !== null) return Object.values(result).flatMap(buffersOf);
  return [];
}
