import { InferenceSession } from 'onnxruntime-node';
import { failure } from '../errors';
import { hasCudaLibrary } from './cuda';
import { messageOf } from './manifest';
import type { GraphPaths, Provider, SaveSpec, SessionOptions } from './runtime';

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

/** Weights smaller than this stay in the graph's file. */
const savedWeightBytesMin = 1_024;

/** Starts a graph on the CPU to save it; takes seconds, in which it holds this thread. */
export async function saveGraph({ graphPath, savedPath, savedWeightsFile }: SaveSpec): Promise<void> {
  const session = await InferenceSession.create(graphPath, {
    executionProviders: ['cpu'],
    // What is left to `all` fits a graph to one processor; it is done when the saved graph is opened.
    graphOptimizationLevel: 'extended',
    optimizedModelFilePath: savedPath,
    extra: {
      session: {
        optimized_model_external_initializers_file_name: savedWeightsFile,
        optimized_model_external_initializers_min_size_in_bytes: String(savedWeightBytesMin),
        save_external_prepacked_constant_initializers: '1',
      },
    },
  });
  await session.release();
}

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
    const graphs = graphsFor(paths, provider);
    const others = [...problems];
    if (graphs.length === 0) {
      problems.push(`${provider}: the model is not converted for it; run \`landmark model add\` again`);
    }
    for (const path of graphs) {
      try {
        const session = await open(path, provider, options.threads);
        const note = others.length > 0 && options.provider === 'cuda' ? fallbackNote(others) : undefined;
        return { session, provider, ...(note !== undefined && { note }) };
      } catch (error) {
        problems.push(`${provider}: ${firstLine(messageOf(error))}`);
      }
    }
  }
  throw failure.providerFailed(problems.join('; '));
}

/** Without its packed form a graph is the same and takes more memory, so that a packed one that fails is not missed. */
function graphsFor(paths: GraphPaths, provider: Provider): string[] {
  const graphs = provider === 'cpu' ? [paths.packed, paths.cpu] : [paths[provider]];
  return graphs.filter((path) => path !== undefined);
}

function fallbackNote(problems: readonly string[]): string {
  return `CUDA was asked for but could not be used (${problems.join('; ')}); running on the CPU.`;
}

/** Messages of the runtime go on with where in its sources they come from. */
export function firstLine(text: string): string {
  return text.split('\n', 1)[0]!.slice(0, 300);
}
