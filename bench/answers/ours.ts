/** The product itself: its engine, with the store of the cache folder. */

import type { AnswerResult } from '../../protocol/messages';
import { createEngine } from '../../server/answering/createEngine';
import type { Engine } from '../../server/answering/engine';
import type { Answered, Arm } from './arms';
import { citationProblem, textOf } from './citations';
import type { Lines } from './judge';
import type { Setup } from './setup';

const never = new AbortController().signal;
const silent = (): void => undefined;

/** As the command line makes it. */
export function openEngine({ cacheFolder, model, reader, threads }: Setup): Promise<Engine> {
  return createEngine({
    ...{ cacheFolder, threads, provider: 'cpu' },
    modelPackage: model.folder,
    ...(reader && { readerPackage: reader.folder }),
  });
}

export async function openOurs(setup: Setup): Promise<Arm> {
  const engine = await openEngine(setup);
  return {
    prepare: async (root) => {
      await engine.index({ root }, silent, never);
    },
    answer: async ({ root, question }) => {
      // The first time encodes windows that have no stored KV yet; what is timed is a workspace that was warm.
      await engine.ask({ root, question, maxTokens: 1 }, silent, never);
      return answeredOf(root, await engine.ask({ root, question }, silent, never));
    },
    close: () => engine.dispose(),
  };
}

/** @param root the folder that its paths begin in */
export function answeredOf(root: string, result: AnswerResult): Answered {
  const byNumber = new Map(result.citations.map((citation) => [citation.n, citation]));
  const { timings, answer, abstained } = result;
  return {
    answer,
    abstained,
    sentences: result.sentences.map(({ text, citations }) => ({
      text,
      cited: citations.map((n) => linesOf(byNumber.get(n)!)),
    })),
    read: result.read.map((hit) => ({ ...linesOf(hit), text: textOf(root, hit) ?? '' })),
    promptTokens: timings.promptTokens,
    generatedTokens: timings.generatedTokens,
    seconds: timings.totalMs / 1000,
    citationProblems: result.citations.flatMap((citation) => citationProblem(root, citation) ?? []),
  };
}

function linesOf({ path, startLine, endLine }: Lines): Lines {
  return { path, startLine, endLine };
}
