/** Puts a question's blocks into a context, as `ask` does, so that the same context can be decoded from twice. */

import { consideredBlocks, defaultMaxTokens, instructionFor } from '../../server/answering/ask';
import { chooseBlocks, defaultReadLimits, type ReadLimits } from '../../server/answering/context';
import { rootsOf } from '../../server/answering/roots';
import { prepareKeys, route } from '../../server/answering/route';
import { RunClock, type Run } from '../../server/answering/run';
import { scopedBlocks } from '../../server/answering/scope';
import { prepare, type Prepared } from '../../server/answering/speak';
import type { Workspaces } from '../../server/answering/workspaces';
import { topBlocks } from '../../server/landmark/fusion';
import type { ModelHost } from '../../server/model/modelHost';

const silent = (): void => undefined;
const never = new AbortController().signal;

/** A workspace opened for one request after the other. */
export async function openRun(root: string, host: ModelHost, workspaces: Workspaces): Promise<Run> {
  const roots = rootsOf({ root });
  const index = await workspaces.index(roots, silent, never);
  const stores = await workspaces.stores();
  return { roots, index, host, ...stores, emit: silent, signal: never, clock: new RunClock() };
}

export async function prepareQuestion(
  run: Run,
  question: string,
  limits: ReadLimits = defaultReadLimits,
): Promise<Prepared> {
  const { index, host } = run;
  const scope = scopedBlocks(index, undefined, run.roots);
  await prepareKeys(index, host, { question, scope, windows: 'likeliest' }, silent, never);
  const { scores } = await route(index, host, question, 'hybrid', scope);
  const reading = chooseBlocks(index, topBlocks(scores, consideredBlocks), limits);
  return prepare(run, { ...reading, instruction: instructionFor(question), maxTokens: defaultMaxTokens });
}
