import { readerVerdict } from './refusal';
import type { Run } from './run';
import { prepare, type Speech, type Spoken } from './speak';

/** What the package that routes makes of the blocks, where another one reads them. */
export interface Judged extends Pick<Spoken, 'promptTokens' | 'cachedTokens'> {
  /** Log odds of a refusal; undefined where the package was not trained to refuse. */
  verdict: number | undefined;
}

/**
 * Reads the blocks and the question with the package that routes, before the one that answers does: a larger base was not taught to
 * tell whether they answer, and takes longer for the reading that a refusal saves.
 */
export async function judgeApart(run: Run, speech: Speech): Promise<Judged> {
  const judging: Run = { ...run, host: run.host.judge, kvStore: run.store };
  const prepared = await prepare(judging, speech);
  const { context, prompt } = prepared;
  try {
    const promptTokens = context.cache.length + prompt.length;
    const verdict = await readerVerdict(judging, prepared);
    return { verdict, promptTokens, cachedTokens: context.cachedTokens };
  } finally {
    context.cache.dispose();
  }
}
