import { InferenceSession } from 'onnxruntime-node';
import { failure } from '../errors';
import { hasCudaLibrary } from './cuda';
import { messageOf } from './manifest';
import type { GraphPaths, Provider, SessionOptions } from './runtime';

export interface OpenedSession {
  session: InferenceSession;
  provider: Provider;
  /** Why the first choice was not taken. */
  note?: string;
}

/** Starts a graph on the first provider of a list. Replaced in tests to make a provider fail. */
export type OpenGraph = (
  graph: string | Uint8Array,
  provider: Provider,
  threads: number,
) => Promise<InferenceSession>;

export const openGraph: OpenGraph = (graph, provider, threads) =>
  InferenceSession.create(graph as string, {
    executionProviders: provider === 'cuda' ? ['cuda', 'cpu'] : ['cpu'],
    graphOptimizationLevel: 'all',
    ...(threads > 0 && { intraOpNumThreads: threads }),
    // Between runs the cores belong to the user.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });

/**
 * Starts a graph on the first provider that works.
 *
 * CUDA is tried where its library is installed; `auto` then falls back without a word, `cuda` says why.
 *
 * @param paths the graph for each provider
 */
export async function openSession(
  paths: GraphPaths,
  options: SessionOptions,
  open: OpenGraph = openGraph,
  cudaAvailable: boolean = hasCudaLibrary(),
): Promise<OpenedSession> {
  const wanted: Provider[] = options.provider === 'cpu' || !cudaAvailable ? ['cpu'] : ['cuda', 'cpu'];
  const problems: string[] = [];
  if (options.provider === 'cuda' && !cudaAvailable) {
    problems.push('its library is not installed, see docs/cuda.md');
  }
  for (const provider of wanted) {
    const path = paths[provider];
    if (path === undefined) {
      problems.push(`${provider}: the model is not converted for it; run \`landmark model add\` again`);
      continue;
    }
    try {
      const session = await open(path, provider, options.threads);
      const note = problems.length > 0 && options.provider === 'cuda' ? fallbackNote(problems) : undefined;
      return { session, provider, ...(note !== undefined && { note }) };
    } catch (error) {
      problems.push(`${provider}: ${firstLine(messageOf(error))}`);
    }
  }
  throw failure.providerFailed(problems.join('; '));
}

function fallbackNote(problems: readonly string[]): string {
  return `CUDA was asked for but could not be used (${problems.join('; ')}); running on the CPU.`;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!.slice(0, 300);
}
